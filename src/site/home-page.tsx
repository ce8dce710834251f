// The home page: one search box, six life events, three true figures of today. And the few pages that belong to no module.

import { SearchBox } from '../modules/catalogue/index.ts'
import { readDay } from '../modules/dossier/index.ts'
import { recentMessages } from '../modules/notifications/index.ts'
import { listPlaces, searchOldPlaces } from '../modules/organisation/index.ts'
import { anyone } from '../platform/access/access.ts'
import { civilDateOf } from '../platform/calendar/civil.ts'
import { bytes, json, page, redirect } from '../platform/http/answer.ts'
import { localPath } from '../platform/http/request.ts'
import { type Route, route } from '../platform/http/route.ts'
import { LANG_COOKIE } from '../platform/http/server.ts'
import { formatNumber } from '../platform/i18n/format.ts'
import type { Platform } from '../platform/module.ts'
import { Button } from '../platform/view/components/button/button.tsx'
import { Table } from '../platform/view/components/table/table.tsx'
import { texts } from './texts.ts'

const EVENTS = ['sinh-con', 'ket-hon', 'nha-dat', 'kinh-doanh', 'xe-co', 'nguoi-than-mat'] as const
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 34"><rect width="30" height="34" rx="3" fill="#9b1c1f"/><path d="M8 31V8l14-4v27z" fill="#f2b632"/><circle cx="18.5" cy="19" r="1.8" fill="#9b1c1f"/></svg>'
const DOSSIER_CODE = /^([A-Z]\d{2}(\.[0-9A-Z]{1,3})*-\d{6}-\d{4,}|[2-9A-HJ-NP-TV-Z]{10})$/

export function siteRoutes(
  platform: Platform,
  options: { province: () => { vi: string; en?: string | undefined } },
): Route[] {
  const mailbox = platform.demo
    ? [
        route({
          method: 'GET',
          path: '/hop-thu',
          access: anyone,
          handle: async request => {
            const t = texts(request.lang)
            const messages = await recentMessages(platform.db, platform.keys, 50)
            return page({
              title: t('mailbox.title'),
              noIndex: true,
              body: (
                <div class="column">
                  <h1>{t('mailbox.title')}</h1>
                  <p>{t('mailbox.intro')}</p>
                  {messages.length === 0 ? <p>{t('mailbox.empty')}</p> : null}
                  <ul class="results">
                    {messages.map(message => (
                      <li key={message.id}>
                        <strong>{message.subject}</strong>
                        <div class="soft small">
                          {message.channel} · {message.channel === 'app' ? '' : message.address} · {message.state}
                        </div>
                        <p class="pre">{message.text}</p>
                        <a href={message.href}>{message.href}</a>
                      </li>
                    ))}
                  </ul>
                </div>
              ),
            })
          },
        }),
      ]
    : []
  return [
    ...mailbox,
    route({
      method: 'GET',
      path: '/icon.svg',
      access: anyone,
      handle: () => bytes(Buffer.from(ICON), 'image/svg+xml; charset=utf-8', null),
    }),
    route({
      method: 'GET',
      path: '/',
      access: anyone,
      cache: { seconds: 2 },
      handle: async request => {
        const { lang } = request
        const t = texts(lang)
        const day = await readDay(platform.db, civilDateOf(request.at))
        const province = lang === 'en' ? (options.province().en ?? options.province().vi) : options.province().vi
        const onTime = day.get('on-time') ?? 0
        const figure = (count: number) => (count > 0 && count < 5 ? '< 5' : formatNumber(Math.max(0, count), lang))
        return page({
          title: t('home.title', { province }),
          islands: ['search'],
          body: (
            <div class="hero">
              <h1>{t('home.title', { province })}</h1>
              <p class="lead">{t('home.lead')}</p>
              <SearchBox value="" lang={lang} />
              <nav aria-label={t('events')}>
                <ul class="events">
                  {EVENTS.map(event => (
                    <li key={event}>
                      <a href={`/thu-tuc?su-kien=${event}`}>{t(`event.${event}`)}</a>
                    </li>
                  ))}
                </ul>
              </nav>
              <h2>{t('home.today')}</h2>
              <ul class="figures">
                {(
                  [
                    ['home.received', day.get('received') ?? 0],
                    ['home.on-time', onTime],
                    ['home.open', day.get('open') ?? 0],
                  ] as const
                ).map(([key, count]) => (
                  <li key={key}>
                    <a href="/tien-do">
                      <b>{figure(count)}</b>
                      <span>{t(key)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/tim',
      access: anyone,
      handle: request => {
        const text = request.query('q')
        const code = text.toUpperCase().replace(/\s/g, '')
        return redirect(
          DOSSIER_CODE.test(code)
            ? `/tra-cuu?ma=${encodeURIComponent(code)}`
            : `/thu-tuc?q=${encodeURIComponent(text)}`,
        )
      },
    }),
    route({
      method: 'POST',
      path: '/ngon-ngu',
      access: anyone,
      handle: request =>
        redirect(localPath(request.form.text('tiep'), '/'), [
          { name: LANG_COOKIE, value: request.form.text('ngon-ngu') === 'en' ? 'en' : 'vi', maxAgeSeconds: 31_536_000 },
        ]),
    }),
    route({
      method: 'GET',
      path: '/dia-gioi/xa',
      access: anyone,
      handle: async request => {
        const places = await listPlaces(platform.db, request.query('tinh') || '-', civilDateOf(request.at))
        return json(places.map(place => ({ code: place.code, name: place.name })))
      },
    }),
    route({
      method: 'GET',
      path: '/dia-gioi',
      access: anyone,
      handle: async request => {
        const t = texts(request.lang)
        const text = request.query('q')
        const found = text === '' ? [] : await searchOldPlaces(platform.db, text, civilDateOf(request.at))
        return page({
          title: t('places.title'),
          body: (
            <div class="column">
              <h1>{t('places.title')}</h1>
              <form method="get" action="/dia-gioi" role="search">
                <div class="field">
                  <label class="label" for="q">
                    {t('places.label')}
                  </label>
                  <input class="input" id="q" name="q" type="search" value={text} />
                </div>
                <Button text={t('places.submit')} />
              </form>
              {text !== '' && found.length === 0 ? <p>{t('places.none')}</p> : null}
              {found.length > 0 ? (
                <Table
                  caption={t('places.title')}
                  captionHidden
                  columns={[{ title: t('places.old') }, { title: t('places.new') }]}
                  rows={found.map(place => ({
                    key: `${place.oldName} ${place.newCode}`,
                    cells: [place.oldName, `${place.newName}, ${place.newProvince}`],
                  }))}
                />
              ) : null}
            </div>
          ),
        })
      },
    }),
  ]
}
