// The draft's task list, the applicant at the counter, the review with the promised date, and sending.
import { signedIn } from '../../../platform/access/access.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { dueInstant, nextWorkingInstant } from '../../../platform/calendar/working-time.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { findFile } from '../../../platform/files/file-rows.ts'
import { type Answer, bytes, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { once, requestKey } from '../../../platform/http/request-key.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatDateTime } from '../../../platform/i18n/format.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { normalisePhone } from '../../../platform/identifiers.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { SummaryList } from '../../../platform/view/components/summary-list/summary-list.tsx'
import { type TaskItem, TaskList } from '../../../platform/view/components/task-list/task-list.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { type Definition, sayLimit } from '../../catalogue/index.ts'
import {
  type Answers,
  checkForm,
  isFilled,
  placeCodes,
  prune,
  sayFaults,
  sayFields,
  visibleFields,
  visiblePages,
} from '../../forms/index.ts'
import { findPerson, listMandates, type Person, type PersonId, upsertPerson } from '../../identity/index.ts'
import { type Agency, readCalendar } from '../../organisation/index.ts'
import type { House } from '../change-dossier.ts'
import { draftGone } from '../errors.ts'
import { type Draft, type DraftFile, deleteDraft, lockDraft } from '../store/drafts.ts'
import { placeNames, placesContext } from '../submit/places.ts'
import {
  competentAgency,
  InvalidDossier,
  missingComponents,
  neededComponents,
  submitDossier,
} from '../submit/submit-dossier.ts'
import { texts } from '../texts.ts'
import { APPLICANT, applicantFaults, applicantOf } from './applicant-page.tsx'
import { brake } from './brake.ts'
import { draftOwner, openDraft } from './draft-access.ts'

export function reviewRoutes(house: House): Route[] {
  const opened = async (request: WebRequest) => {
    const draft = await openDraft(house, request)
    const definition = await house.catalogue.byId(house.db, draft.revisionId)
    return { draft, definition }
  }
  return [
    route({
      method: 'GET',
      path: '/ban-nhap/:id',
      access: signedIn,
      handle: async request => {
        const { draft, definition } = await opened(request)
        const t = texts(request.lang)
        const items = tasksOf(draft, definition, request)
        return page({
          title: local(definition.procedure.title, request.lang),
          frame: request.actor.kind === 'officer' ? 'desk' : 'portal',
          noIndex: true,
          body: (
            <div class="column">
              <h1>{local(definition.procedure.title, request.lang)}</h1>
              <p class="hint">{t('draft.saved-at', { when: formatDateTime(draft.updatedAt, request.lang) })}</p>
              <TaskList items={items} />
              {request.actor.kind === 'officer' ? (
                <p>
                  <a href="/ban-lam-viec/tiep-nhan">{t('counter.begun')}</a>
                </p>
              ) : null}
              <form method="post" action={`/ban-nhap/${draft.id}/xoa`}>
                <Button text={t('draft.discard')} danger />
              </form>
            </div>
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/ban-nhap/:id/tep/:file',
      access: signedIn,
      handle: async request => {
        const { draft } = await opened(request)
        const file = await findFile(house.db, request.idParam('file'))
        if (file === null || !draft.content.files.some(each => each.fileId === file.id))
          throw notFound('no such file in the draft')
        const content = house.files.read(file.storeKey)
        if (content === null) throw notFound('bytes are missing')
        return bytes(content, file.mediaType, file.name, true, file.size)
      },
    }),
    route({
      method: 'GET',
      path: '/ban-nhap/:id/kiem-tra',
      access: signedIn,
      handle: async request => {
        const { draft, definition } = await opened(request)
        return drawReview(house, request, draft, definition, {}, 200)
      },
    }),
    route({
      method: 'POST',
      path: '/ban-nhap/:id/gui',
      access: signedIn,
      handle: async request => {
        const { actor, lang, at } = request
        const id = request.idParam<'draft'>('id')
        const key = requestKey(request.form.text('khoa'), { draft: id })
        await brake(house, request, 'filing', 100)
        try {
          const answer = await inTransaction(house.db, tx =>
            once(
              tx,
              actor,
              key,
              at,
              () => lockDraft(tx, house.keys, id, draftOwner(house, actor)),
              async draft => {
                if (draft === null || draft.content.submitKey !== key.key) throw draftGone()
                const definition = await house.catalogue.byId(tx, draft.revisionId)
                const { [APPLICANT]: _applicant, ...answers } = draft.content.answers
                const counter = applicantOf(draft)
                let applicant: Person | null
                if (actor.kind === 'citizen') {
                  // A mandate counts on the day of filing, not on the day the draft was begun.
                  const principalId = draft.content.principalId as PersonId | null
                  const held =
                    principalId === null ||
                    (await listMandates(tx, actor.id, civilDateOf(at))).some(
                      mandate => mandate.side === 'held' && mandate.otherId === principalId,
                    )
                  applicant = held ? await findPerson(tx, house.keys, principalId ?? actor.id) : null
                } else {
                  if (Object.keys(applicantFaults(counter, lang)).length > 0) throw new InvalidDossier({}, [])
                  const details = {
                    kind: 'citizen' as const,
                    name: counter['ho-ten'],
                    idNumber: counter['so-dinh-danh'] || null,
                    phone: counter['dien-thoai'] || null,
                    email: counter.email || null,
                    birthDate: null,
                    assured: false,
                  }
                  // The name stands as the clerk read it: of a number the house may know another, which is not the clerk's to see.
                  applicant = { ...(await upsertPerson(tx, house.keys, details, 'office', at)), name: details.name }
                }
                if (applicant === null) throw draftGone()
                const self = actor.kind === 'citizen' ? await findPerson(tx, house.keys, actor.id) : applicant
                const typed = contactIn(definition, answers)
                const submitted = await submitDossier(house, tx, {
                  actor,
                  channel: actor.kind === 'citizen' ? 'portal' : counter.kenh === 'post' ? 'post' : 'counter',
                  filed: { definition, revisionId: draft.revisionId },
                  answers,
                  papers: papersToSend(definition, answers, draft.content.files),
                  applicant,
                  submitterId: actor.kind === 'citizen' && actor.id !== applicant.id ? actor.id : null,
                  // At the counter what the clerk typed counts, whatever stands in a person's profile.
                  contactPhone:
                    actor.kind === 'officer' ? counter['dien-thoai'] : (typed.phone ?? self?.phone ?? applicant.phone),
                  contactEmail:
                    actor.kind === 'officer'
                      ? counter.email || typed.email
                      : (typed.email ?? self?.email ?? applicant.email),
                  pointId: actor.kind === 'officer' ? actor.post.agencyId : null,
                  foreign: null,
                  // A clerk's own language says nothing of the person's.
                  ...(actor.kind === 'citizen' ? { lang } : {}),
                  at,
                })
                await deleteDraft(tx, draft.id)
                return actor.kind === 'officer'
                  ? `/ban-lam-viec/ho-so/${submitted.id}?da=ghi-nhan`
                  : `/ho-so/${submitted.id}/da-nop`
              },
            ),
          )
          return redirect(answer)
        } catch (error) {
          if (!(error instanceof InvalidDossier)) throw error
          const { draft, definition } = await opened(request)
          const t = texts(lang)
          const errors = {
            ...sayFaults(error.faults, lang),
            ...Object.fromEntries(
              error.missing.map(component => [
                `giay-to.${component}`,
                t('error.paper-missing-named', { paper: paperName(definition, component, lang) }),
              ]),
            ),
          }
          return drawReview(
            house,
            request,
            draft,
            definition,
            Object.keys(errors).length > 0 ? errors : { 'nguoi-nop': t('error.applicant-missing') },
            422,
          )
        }
      },
    }),
  ]
}

/** The phone and e-mail that the form's own answers give, if it asks for them. */
function contactIn(definition: Definition, answers: Answers): { phone: string | null; email: string | null } {
  const fields = definition.form?.pages.flatMap(each => each.fields) ?? []
  const first = (type: string) =>
    fields
      .filter(field => field.type === type)
      .map(field => answers[field.id])
      .find(answer => typeof answer === 'string' && answer !== '')
  const person = fields
    .filter(field => field.type === 'person')
    .map(field => answers[field.id])
    .find(answer => typeof answer === 'object')
  const personPhone = person === undefined ? '' : ((person as Readonly<Record<string, string>>)['dien-thoai'] ?? '')
  return {
    phone: normalisePhone(String(first('phone') ?? personPhone)),
    email: (first('email') as string | undefined) ?? null,
  }
}

function tasksOf(draft: Draft, definition: Definition, request: WebRequest): TaskItem[] {
  const t = texts(request.lang)
  const { answers, done, files } = draft.content
  const pages = definition.form === null ? [] : visiblePages(definition.form, answers)
  const item = (id: string, title: string, href: string, ready: boolean): TaskItem => ({
    id: `viec-${id}`,
    title,
    href,
    status: t(ready ? 'draft.done' : 'draft.open'),
    tone: ready ? 'good' : 'info',
  })
  const given = new Set(files.map(file => file.component))
  const papersReady = request.actor.kind === 'officer' || missingComponents(definition, answers, given).length === 0
  const pagesReady = pages.every(each => done.includes(each.id))
  return [
    ...(request.actor.kind === 'officer'
      ? [
          item(
            'nguoi-nop',
            t('applicant.title'),
            `/ban-nhap/${draft.id}/nguoi-nop`,
            applicantOf(draft)['ho-ten'] !== '',
          ),
        ]
      : []),
    ...pages.map(each =>
      item(each.id, local(each.title, request.lang), `/ban-nhap/${draft.id}/trang/${each.id}`, done.includes(each.id)),
    ),
    item('giay-to', t('papers.title'), `/ban-nhap/${draft.id}/giay-to`, papersReady),
    {
      id: 'viec-gui',
      title: t('review.title'),
      href: pagesReady && papersReady ? `/ban-nhap/${draft.id}/kiem-tra` : null,
      status: t(pagesReady && papersReady ? 'draft.ready' : 'draft.not-yet'),
      tone: pagesReady && papersReady ? 'now' : 'neutral',
    },
  ]
}

async function drawReview(
  house: House,
  request: WebRequest,
  draft: Draft,
  definition: Definition,
  errors: FieldErrors,
  status: number,
): Promise<Answer> {
  const { lang } = request
  const t = texts(lang)
  const { [APPLICANT]: _applicant, ...raw } = draft.content.answers
  const form = definition.form
  const answers = form === null ? raw : prune(form, raw)
  const names = await placeNames(house.db, placeCodes(answers), request.at)
  const places = await placesContext(house.db, answers, request.at)
  const faults =
    form === null || status !== 200
      ? {}
      : checkForm(form, answers, { today: civilDateOf(request.at), communeIn: places.communeIn })
  const shown = { ...sayFaults(faults, lang, form ?? undefined), ...errors }
  const limit = definition.procedure.time_limit
  const calendar = await readCalendar(house.db, 'chung', civilDateOf(request.at))
  const promise = limit === null ? null : dueInstant(calendar, nextWorkingInstant(calendar, request.at), limit)
  const agency = await decider(house, definition, answers, request.at)
  const base = `/ban-nhap/${draft.id}`
  const change = (href: string) => ({ href, text: t('review.change') })
  return page({
    title: t('review.title'),
    status,
    frame: request.actor.kind === 'officer' ? 'desk' : 'portal',
    noIndex: true,
    body: (
      <div class="column">
        <FormErrors errors={shown} lang={lang} />
        <h1>{t('review.title')}</h1>
        <SummaryList
          rows={[
            { name: t('column.subject'), value: local(definition.procedure.title, lang) },
            ...(agency === null ? [] : [{ name: t('review.agency'), value: agency.name }]),
          ]}
        />
        {request.actor.kind === 'officer' ? (
          <section id="nguoi-nop">
            <h2>{t('applicant.title')}</h2>
            <SummaryList
              rows={[
                { name: t('applicant.name'), value: applicantOf(draft)['ho-ten'], change: change(`${base}/nguoi-nop`) },
                { name: t('applicant.id-number'), value: applicantOf(draft)['so-dinh-danh'] },
                { name: t('applicant.phone'), value: applicantOf(draft)['dien-thoai'] },
              ]}
            />
          </section>
        ) : null}
        {(form === null ? [] : visiblePages(form, answers)).map(each => (
          <section key={each.id}>
            <h2>{local(each.title, lang)}</h2>
            <SummaryList
              rows={sayFields(visibleFields(each, answers), answers, lang, names).map(row => ({
                name: row.label,
                value: <span class="pre">{row.text}</span>,
                change: change(`${base}/trang/${each.id}?ve=kiem-tra#${row.id}`),
              }))}
            />
          </section>
        ))}
        <h2>{t('papers.title')}</h2>
        <SummaryList
          rows={neededComponents(definition, answers).map(component => {
            const files = draft.content.files.filter(file => file.component === component.id)
            return {
              name: local(component.name, lang),
              value:
                files.map(file => file.name).join(', ') ||
                t(component.replaced_by === undefined ? 'review.no-file' : 'review.looked-up'),
              change: change(`${base}/giay-to#giay-to.${component.id}`),
            }
          })}
        />
        <div class="group">
          <p>{t('review.limit', { limit: sayLimit(limit, lang) })}</p>
          {promise === null ? null : (
            <p class="promise">{t('review.promise', { when: formatDateTime(promise, lang) })}</p>
          )}
          <p class="hint">{t('review.promise-hint')}</p>
        </div>
        <form method="post" action={`${base}/gui`}>
          <input type="hidden" name="khoa" value={draft.content.submitKey} />
          <p>{t(request.actor.kind === 'officer' ? 'review.declare-counter' : 'review.declare')}</p>
          <Button text={t(request.actor.kind === 'officer' ? 'review.send-counter' : 'review.send')} />
        </form>
      </div>
    ),
  })
}

/** The files that the answers as they now stand call for: what a changed mind left behind goes with the draft. */
function papersToSend(definition: Definition, answers: Answers, files: readonly DraftFile[]) {
  const standing = definition.form === null ? answers : prune(definition.form, answers)
  const needed = new Set(neededComponents(definition, standing).map(component => component.id))
  return files
    .filter(({ component }) =>
      component.startsWith('don.') ? isFilled(standing[component.slice(4)]) : needed.has(component),
    )
    .map(({ component, fileId }) => ({ component, fileId }))
}

/** Who will decide; null while the answers do not say it. */
async function decider(house: House, definition: Definition, answers: Answers, at: Date): Promise<Agency | null> {
  try {
    return await competentAgency(house.db, definition, answers, at)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

function paperName(definition: Definition, id: string, lang: Lang): string {
  const found = definition.procedure.components.find(each => each.id === id)
  return found === undefined ? id : local(found.name, lang)
}
