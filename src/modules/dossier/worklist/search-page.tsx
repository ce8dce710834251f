// The search of the agency's dossiers. What is looked for is posted and stands sealed in the address of the results: numbers and
// names of people stay out of histories of browsers and logs of proxies (ASVS 14.2.1), and results can be gone back to.
import { officer, requireOfficer } from '../../../platform/access/access.ts'
import type { OfficerActor } from '../../../platform/access/actor.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import { page, redirect } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import type { Lang } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Pagination } from '../../../platform/view/components/pagination/pagination.tsx'
import { Table } from '../../../platform/view/components/table/table.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import { idNumberIndex } from '../../identity/index.ts'
import type { House } from '../change-dossier.ts'
import { VIEW_PERMISSION } from '../permissions.ts'
import { sayState, toneOfState } from '../say.ts'
import { readQuestion, SEARCH_BOUND, searchDossiers } from '../store/search.ts'
import { texts } from '../texts.ts'

const PATH = '/ban-lam-viec/tim'
const PAGE = 50
/** Characters of a question that are read. */
const MOST = 200
/** An address works for the day it was made in, and for the account that asked. */
const LIFE_MS = 24 * 3_600_000

export function searchRoutes(house: House): Route[] {
  return [
    route({
      method: 'POST',
      path: PATH,
      access: officer(VIEW_PERMISSION),
      handle: async request => {
        const actor = requireOfficer(request.actor, VIEW_PERMISSION)
        const question = { text: request.form.text('q').slice(0, MOST), until: request.at.getTime() + LIFE_MS }
        const sealed = seal(house.keys, 'cookie', JSON.stringify(question), boundTo(actor))
        return redirect(`${PATH}?tim=${sealed.toString('base64url')}`)
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      access: officer(VIEW_PERMISSION),
      handle: async request => {
        const actor = requireOfficer(request.actor, VIEW_PERMISSION)
        const { lang } = request
        const t = texts(lang)
        const text = openQuestion(house, actor, request)
        const asked = readQuestion(text, number => idNumberIndex(house.keys, number))
        const number = Math.min(request.pageNumber(), SEARCH_BOUND / PAGE)
        const items =
          asked === null
            ? []
            : await searchDossiers(house.db, actor.post.agencyId, asked, {
                limit: PAGE + 1,
                offset: (number - 1) * PAGE,
              })
        if (asked?.kind === 'person')
          await audit(house.db, {
            actor,
            action: 'dossier.search-person',
            subject: `agency:${actor.post.agencyId}`,
            at: request.at,
            facts: { found: items.length },
            request: request.parts,
          })
        const core = coreTexts(lang)
        const address = (page: number) =>
          `${PATH}?${new URLSearchParams({ tim: request.query('tim'), trang: String(page) })}`
        return page({
          title: t('search.title'),
          frame: 'desk',
          islands: ['desk'],
          noIndex: true,
          body: (
            <div>
              <h1>{t('search.title')}</h1>
              <SearchForm value={text} lang={lang} />
              {asked === null ? (
                <p>{t('search.too-little')}</p>
              ) : items.length === 0 ? (
                <p>{t('search.none')}</p>
              ) : (
                <Table
                  caption={t('search.title')}
                  captionHidden
                  dense
                  stack
                  rowHeaders
                  columns={[
                    { title: t('column.code') },
                    { title: t('column.applicant') },
                    { title: t('column.subject') },
                    { title: t('column.state') },
                  ]}
                  rows={items.slice(0, PAGE).map(item => ({
                    key: item.id,
                    cells: [
                      <a class="nowrap" href={`/ban-lam-viec/ho-so/${item.id}`}>
                        {item.code ?? item.reference}
                      </a>,
                      item.applicantName,
                      item.procedureTitle,
                      <Tag text={sayState(item.state, lang)} tone={toneOfState(item.state)} />,
                    ],
                  }))}
                />
              )}
              <Pagination
                label={core('frame.pages')}
                current={core('frame.page', { n: number })}
                previous={number > 1 ? { href: address(number - 1), text: core('frame.previous') } : null}
                next={
                  items.length > PAGE && number < SEARCH_BOUND / PAGE
                    ? { href: address(number + 1), text: core('frame.next') }
                    : null
                }
              />
            </div>
          ),
        })
      },
    }),
  ]
}

const boundTo = (actor: OfficerActor) => `search:${actor.accountId}`

/** What an address asks for; '' where it is nobody's, another's or of another day. */
function openQuestion({ keys }: House, actor: OfficerActor, request: WebRequest): string {
  try {
    const sealed = Buffer.from(request.query('tim'), 'base64url')
    const { text, until }: { text: string; until: number } = JSON.parse(
      open(keys, 'cookie', sealed, boundTo(actor)).toString(),
    )
    return until > request.at.getTime() ? text : ''
  } catch {
    return ''
  }
}

export function SearchForm(props: { value: string; lang: Lang }) {
  const t = texts(props.lang)
  return (
    <form class="toolbar" method="post" action={PATH} role="search">
      <div class="field">
        <label class="label" for="tim">
          {t('search.label')}
        </label>
        <input class="input" id="tim" name="q" type="search" value={props.value} data-search />
      </div>
      <Button text={t('search.submit')} secondary />
    </form>
  )
}
