// Beginning an application: what will be asked, for whom one files, and the draft.
import { citizen, officer, requireCitizen, requireOfficer, signedIn } from '../../../platform/access/access.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatDateTime } from '../../../platform/i18n/format.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { Radios } from '../../../platform/view/components/radios/radios.tsx'
import { listProcedures } from '../../catalogue/index.ts'
import { findPerson, listMandates, type Person } from '../../identity/index.ts'
import type { House } from '../change-dossier.ts'
import { INTAKE_PERMISSION } from '../permissions.ts'
import { beginDraft, deleteDraft, insertDraft, listDrafts, readDrafts } from '../store/drafts.ts'
import { texts } from '../texts.ts'
import { applicantOf } from './applicant-page.tsx'
import { brake } from './brake.ts'
import { draftOwner, openDraft } from './draft-access.ts'
import { prefilled, prefilledPlace } from './prefill.ts'

export function startRoutes(house: House): Route[] {
  const portal = house.portalOpen
    ? [
        route({
          method: 'GET',
          path: '/nop-ho-so/:code',
          access: citizen,
          handle: async request => {
            const t = texts(request.lang)
            const actor = requireCitizen(request.actor)
            const { definition } = await house.catalogue.current(house.db, request.param('code'))
            if (definition.form === null || definition.procedure.online === 'in-person')
              throw notFound('not filed online')
            const held = (await listMandates(house.db, actor.id, civilDateOf(request.at))).filter(
              mandate => mandate.side === 'held',
            )
            const begun = (await listDrafts(house.db, draftOwner(house, actor))).filter(
              draft => draft.procedureCode === definition.procedure.code,
            )
            return page({
              title: t('apply.title', { procedure: local(definition.procedure.title, request.lang) }),
              noIndex: true,
              body: (
                <div class="column">
                  <h1>{local(definition.procedure.title, request.lang)}</h1>
                  <p class="lead">
                    {t('apply.intro', {
                      pages: definition.form.pages.length,
                      papers: definition.procedure.components.filter(component => component.filled_in !== true).length,
                    })}
                  </p>
                  <p>{t('apply.saved')}</p>
                  {begun.length === 0 ? null : (
                    <Notice tone="info" title={t('apply.begun')}>
                      <ul>
                        {begun.map(draft => (
                          <li key={draft.id}>
                            <a href={`/ban-nhap/${draft.id}`}>
                              {t('apply.continue-draft', { when: formatDateTime(draft.updatedAt, request.lang) })}
                            </a>
                          </li>
                        ))}
                      </ul>
                    </Notice>
                  )}
                  <form method="post" action={`/nop-ho-so/${definition.procedure.code}`}>
                    {held.length === 0 ? null : (
                      <Radios
                        id="cho"
                        name="cho"
                        legend={t('apply.for-whom')}
                        value="toi"
                        items={[
                          { value: 'toi', label: t('apply.for-me', { name: actor.name }) },
                          ...held.map(mandate => ({ value: mandate.otherId, label: mandate.otherName })),
                        ]}
                      />
                    )}
                    <Button text={t(begun.length === 0 ? 'apply.start' : 'apply.start-new')} />
                  </form>
                </div>
              ),
            })
          },
        }),
        route({
          method: 'POST',
          path: '/nop-ho-so/:code',
          access: citizen,
          handle: async request => {
            const actor = requireCitizen(request.actor)
            const chosen = request.form.text('cho')
            const held = (await listMandates(house.db, actor.id, civilDateOf(request.at))).filter(
              mandate => mandate.side === 'held',
            )
            const principal = held.find(mandate => mandate.otherId === chosen)?.otherId ?? null
            const person = await findPerson(house.db, house.keys, principal ?? actor.id)
            return begin(house, request, person, principal)
          },
        }),
      ]
    : []
  return [
    ...portal,
    route({
      method: 'GET',
      path: '/ban-lam-viec/tiep-nhan',
      access: officer(INTAKE_PERMISSION),
      handle: async request => {
        const t = texts(request.lang)
        requireOfficer(request.actor, INTAKE_PERMISSION)
        const words = request.query('q')
        const items = (await listProcedures(house.db, { words, limit: 30 })).filter(item => item.kind === 'native')
        const begun = []
        for (const draft of await readDrafts(house.db, house.keys, draftOwner(house, request.actor), 10)) {
          const { procedure } = await house.catalogue.byId(house.db, draft.revisionId)
          begun.push({ draft, title: local(procedure.title, request.lang) })
        }
        return page({
          title: t('counter.title'),
          frame: 'desk',
          body: (
            <div class="column">
              <h1>{t('counter.title')}</h1>
              <form method="get" action="/ban-lam-viec/tiep-nhan" class="toolbar" role="search">
                <div class="field">
                  <label class="label" for="q">
                    {t('counter.search')}
                  </label>
                  <input class="input" id="q" name="q" type="search" value={words} />
                </div>
                <Button text={t('counter.find')} secondary />
              </form>
              {begun.length === 0 || words !== '' ? null : (
                <section>
                  <h2>{t('counter.begun')}</h2>
                  <ul class="results">
                    {begun.map(({ draft, title }) => (
                      <li key={draft.id}>
                        <a href={`/ban-nhap/${draft.id}`}>{applicantOf(draft)['ho-ten'] || t('counter.no-name')}</a>
                        <div class="soft small">
                          {title} · {t('draft.saved-at', { when: formatDateTime(draft.updatedAt, request.lang) })}
                        </div>
                      </li>
                    ))}
                  </ul>
                </section>
              )}
              <h2>{t('counter.procedures')}</h2>
              <ul class="results">
                {items.map(item => (
                  <li key={item.code}>
                    <form method="post" action={`/ban-lam-viec/tiep-nhan/${item.code}`}>
                      <button type="submit" class="plain-button">
                        {item.title}
                      </button>
                    </form>
                    <span class="soft small">
                      {item.field} · {item.code}
                    </span>
                  </li>
                ))}
              </ul>
              {items.length === 0 ? <p>{t('counter.none')}</p> : null}
            </div>
          ),
        })
      },
    }),
    route({
      method: 'POST',
      path: '/ban-lam-viec/tiep-nhan/:code',
      access: officer(INTAKE_PERMISSION),
      handle: request => begin(house, request, null, null),
    }),
    route({
      method: 'POST',
      path: '/ban-nhap/:id/xoa',
      access: signedIn,
      handle: async request => {
        const draft = await openDraft(house, request)
        await inTransaction(house.db, tx => deleteDraft(tx, draft.id))
        return redirect(request.actor.kind === 'officer' ? '/ban-lam-viec' : '/ho-so')
      },
    }),
  ]
}

async function begin(
  house: House,
  request: WebRequest,
  person: Person | null,
  principalId: string | null,
): Promise<Answer> {
  const owner = draftOwner(house, request.actor)
  const { definition, revisionId } = await house.catalogue.current(house.db, request.param('code'))
  const { form, procedure } = definition
  if (
    form === null ||
    procedure.kind !== 'native' ||
    (procedure.online === 'in-person' && request.actor.kind === 'citizen')
  )
    throw notFound('not filed here')
  await brake(house, request, 'draft', 200)
  const answers =
    request.actor.kind === 'officer'
      ? await prefilledPlace(house.db, definition, request.actor.post.agencyId, request.at)
      : person === null
        ? {}
        : prefilled(form, person)
  const draft = { owner, procedureCode: procedure.code, revisionId, answers, principalId }
  const make = request.actor.kind === 'citizen' ? beginDraft : insertDraft
  const id = await inTransaction(house.db, tx => make(tx, house.keys, draft, request.at))
  return redirect(
    request.actor.kind === 'officer' ? `/ban-nhap/${id}/nguoi-nop` : `/ban-nhap/${id}/trang/${form.pages[0]?.id}`,
  )
}
