// Finding a procedure: a list that narrows by words, life event or level, and the suggestions of the search box.
import { anyone } from '../../../platform/access/access.ts'
import { json, page } from '../../../platform/http/answer.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Lang } from '../../../platform/i18n/texts.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import { listProcedures, type ProcedureListItem } from '../store/procedures.ts'
import { texts } from '../texts.ts'

const LIMIT = 60

export function searchRoutes(platform: Platform): Route[] {
  return [
    route({
      method: 'GET',
      path: '/thu-tuc',
      access: anyone,
      cache: { seconds: Number.POSITIVE_INFINITY },
      handle: async request => {
        const t = texts(request.lang)
        const words = request.query('q')
        const items = await listProcedures(platform.db, {
          words,
          lifeEvent: request.query('su-kien'),
          level: request.query('cap'),
          field: request.query('linh-vuc'),
          limit: LIMIT + 1,
        })
        return page({
          title: t('list.title'),
          islands: ['search'],
          body: (
            <div class="column">
              <h1>{t('list.title')}</h1>
              <SearchBox value={words} lang={request.lang} />
              <p aria-live="polite">
                {items.length === 0
                  ? t('list.none')
                  : items.length > LIMIT
                    ? t('list.many', { count: LIMIT })
                    : t('list.results', { count: items.length })}
              </p>
              <ProcedureList items={items.slice(0, LIMIT)} lang={request.lang} />
            </div>
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/thu-tuc/goi-y',
      access: anyone,
      handle: async request => {
        const words = request.query('q')
        const items = words.length < 2 ? [] : await listProcedures(platform.db, { words, limit: 8 })
        return json(
          items.map(item => ({
            title: request.lang === 'en' ? (item.titleEn ?? item.title) : item.title,
            href: `/thu-tuc/${item.code}`,
          })),
        )
      },
    }),
  ]
}

/** The one search box of the site: procedures by words, a dossier by its code or reference. */
export function SearchBox(props: { value: string; lang: Lang; big?: boolean }) {
  const t = texts(props.lang)
  return (
    <form method="get" action="/tim" role="search">
      <label class="label" for="q">
        {t('list.search')}
      </label>
      <p class="hint" id="q-hint">
        {t('list.hint')}
      </p>
      <div class="search-box">
        <input
          class="input"
          id="q"
          name="q"
          type="search"
          value={props.value}
          aria-describedby="q-hint"
          autocomplete="off"
          data-suggest="/thu-tuc/goi-y"
        />
        <Button text={t('list.submit')} />
      </div>
    </form>
  )
}

export function ProcedureList(props: { items: readonly ProcedureListItem[]; lang: Lang }) {
  const t = texts(props.lang)
  return (
    <ul class="results">
      {props.items.map(item => (
        <li key={item.code}>
          <a href={`/thu-tuc/${item.code}`}>{props.lang === 'en' ? (item.titleEn ?? item.title) : item.title}</a>
          <div class="soft small">
            {item.field} · {item.code} ·{' '}
            {item.levels.map(level => t(level === 'province' ? 'level.province' : 'level.commune')).join(', ')}{' '}
            <Tag text={t(`online.${item.online as 'full'}`)} tone={item.online === 'full' ? 'good' : 'neutral'} />
          </div>
        </li>
      ))}
    </ul>
  )
}
