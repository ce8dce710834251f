// The dossier at the desk: what to do next on top, the form beside its papers, history and notes below.
import { anyOfficer, officer, requireOfficer } from '../../../platform/access/access.ts'
import type { OfficerActor } from '../../../platform/access/actor.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { type Db, together } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { MAX_UPLOAD_BYTES } from '../../../platform/files/file-rows.ts'
import { type Answer, bytes, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatCivilDate, formatDateTime } from '../../../platform/i18n/format.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { newId } from '../../../platform/id.ts'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { SummaryList } from '../../../platform/view/components/summary-list/summary-list.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { sayFields, visibleFields, visiblePages } from '../../forms/index.ts'
import { officersByIds } from '../../organisation/index.ts'
import { formatDocumentNumber } from '../../records/index.ts'
import { actions, tooLong } from '../act/actions.ts'
import { IdentityUnchecked, IncompleteLetter, WrongDate } from '../act/acts.ts'
import { handOverTo } from '../act/hand-over.ts'
import type { House } from '../change-dossier.ts'
import { isOwn, isWrittenDownBy, officerCommand } from '../officer-command.ts'
import { VIEW_PERMISSION } from '../permissions.ts'
import { allows, currentStep } from '../process.ts'
import { sayState, toneOfState } from '../say.ts'
import { findDossier, readToken } from '../store/current.ts'
import { listNotes } from '../store/documents.ts'
import { openWorkOf } from '../store/todo.ts'
import { neededComponents } from '../submit/submit-dossier.ts'
import { texts } from '../texts.ts'
import { ActionPanels } from './action-panels.tsx'
import { decisionStart } from './decide-form.tsx'
import { History } from './history.tsx'
import { logLook } from './log-look.ts'
import type { PanelContext } from './panel-context.ts'
import { drawPointPage } from './point-page.tsx'
import { componentName, type DossierView, readDossierView } from './view.ts'

/** A dossier of the officer's own agency with all that its pages show. Throws 404 for one of another. */
export async function openOwn(
  house: House,
  db: Db,
  request: WebRequest,
): Promise<{ actor: OfficerActor; view: DossierView }> {
  const actor = requireOfficer(request.actor, VIEW_PERMISSION)
  const dossier = await findDossier(db, request.idParam('id'))
  if (dossier === null || !isOwn(actor, dossier)) throw notFound('no dossier of this agency')
  return { actor, view: await readDossierView(house, db, dossier, request.at) }
}

export function deskRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/ban-lam-viec/ho-so/:id',
      access: officer(VIEW_PERMISSION),
      handle: request =>
        together(house.db, async db => {
          const actor = requireOfficer(request.actor, VIEW_PERMISSION)
          const dossier = await findDossier(db, request.idParam('id'))
          const own = dossier !== null && isOwn(actor, dossier)
          if (dossier === null || !(own || isWrittenDownBy(actor, dossier))) throw notFound('no dossier of this agency')
          const view = await readDossierView(house, db, dossier, request.at)
          const logging = logLook(db, request, actor, dossier, null)
          const drawing = own
            ? draw(house, db, request, actor, view, {}, 200)
            : readToken(db, house.keys, dossier.id).then(token => drawPointPage(request, view, `/tra-cuu/${token}`))
          const [answer] = await Promise.all([drawing, logging])
          return answer
        }),
    }),
    route({
      method: 'GET',
      path: '/ban-lam-viec/ho-so/:id/tep/:file',
      access: officer(VIEW_PERMISSION),
      handle: async request => {
        const { actor, view } = await openOwn(house, house.db, request)
        const fileId = request.idParam<'file'>('file')
        const file = view.papers.find(paper => paper.fileId === fileId)?.file
        if (file === undefined) throw notFound('no such paper')
        const content = house.files.read(file.storeKey)
        if (content === null) throw notFound('bytes are missing')
        await logLook(house.db, request, actor, view.dossier, 'paper', { file: fileId })
        return bytes(content, file.mediaType, file.name, true, file.size)
      },
    }),
    ...actions.map(action =>
      route({
        method: 'POST',
        path: `/ban-lam-viec/ho-so/:id/${action.name}`,
        access: anyOfficer,
        ...(action.name === 'nop-bo-sung' ? { maxUploadBytes: MAX_UPLOAD_BYTES } : {}),
        handle: async request => {
          const t = texts(request.lang)
          const { form } = request
          const faults = { ...action.faults(form, { today: civilDateOf(request.at) }), ...tooLong(form) }
          const redraw = async (errors: FieldErrors) => {
            requireOfficer(request.actor, action.permission)
            return together(house.db, async db => {
              const { actor, view } = await openOwn(house, db, request)
              return draw(house, db, request, actor, view, errors, 422, action.name)
            })
          }
          if (Object.keys(faults).length > 0)
            return redraw(Object.fromEntries(Object.entries(faults).map(([field, key]) => [field, t(key)])))
          try {
            const answer = await officerCommand(house, {
              request,
              permission: action.permission,
              action: `dossier.${action.name}`,
              anyOwn: action.anyOwn === true,
              work: (tx, loaded, actor) => action.work(house, tx, loaded, actor, form, request.at),
              answer: id => `/ban-lam-viec/ho-so/${id}?da=${action.name}`,
            })
            return redirect(answer)
          } catch (error) {
            if (error instanceof WrongDate) return redraw({ ngay: error.parts.say(request.lang) })
            if (error instanceof IdentityUnchecked) return redraw({ 'da-kiem-tra': error.parts.say(request.lang) })
            if (error instanceof IncompleteLetter) return redraw(error.errors(request.lang))
            if (error instanceof AppError && error.parts.code.startsWith('file.'))
              return redraw({ 'giai-trinh': error.parts.say(request.lang) })
            throw error
          }
        },
      }),
    ),
  ]
}

async function draw(
  house: House,
  db: Db,
  request: WebRequest,
  actor: OfficerActor,
  view: DossierView,
  errors: FieldErrors,
  status: number,
  failed: string | null = null,
): Promise<Answer> {
  const { lang } = request
  const t = texts(lang)
  const { dossier, definition } = view
  const { core } = dossier
  const step = currentStep(core, definition)
  const today = civilDateOf(request.at)
  const [{ positions, stepDueAt }, notes] = await Promise.all([
    openWorkOf(db, dossier.id),
    listNotes(db, house.keys, dossier.id),
  ])
  const mine = positions.includes(actor.post.positionId)
  const colleagues =
    allows(core, 'assign') && positions.length > 0 && actor.permissions.has('dossier.assign')
      ? await handOverTo(db, actor, core, step, positions, request.at)
      : []
  const noteNames = await officersByIds(
    db,
    notes.map(note => note.officerId),
  )
  const decides = mine && (step?.kind === 'task' || step?.kind === 'decide')
  const starts = decides ? await decisionStart(db, view, step, request.at) : null
  const panel: PanelContext = {
    request,
    actor,
    view,
    step,
    mine,
    colleagues,
    starts,
    errors,
    failed,
    key: newId(request.at),
    today,
  }
  const late = core.dueAt !== null && new Date(core.dueAt) < request.at && core.finishedAt === null
  const viewed = view.papers.find(paper => paper.fileId === request.query('xem')) ?? view.papers[0]
  const done = actions.find(action => action.name === request.query('da'))
  const title = core.code ?? dossier.reference
  return page({
    title: `${title} – ${dossier.applicantName}`,
    status,
    frame: 'desk',
    noIndex: true,
    islands: ['desk'],
    refreshSeconds: core.busy === null || status !== 200 ? null : 2,
    body: (
      <div>
        <FormErrors errors={errors} lang={lang} />
        {request.query('da') === 'ghi-nhan' ? (
          <Notice tone="good" title={t('point.written-down')}>
            <p>{t('own.reference', { reference: dossier.reference })}</p>
          </Notice>
        ) : null}
        {done === undefined ? null : (
          <Notice tone="good" title={t(`done.${done.name as 'tiep-nhan'}`)}>
            {core.busy === null ? null : <p>{t('desk.busy')}</p>}
            <p>
              {done.name === 'tiep-nhan' ? (
                <>
                  <a href={`/phieu/${dossier.id}/mau-01.pdf`} target="_blank" rel="noreferrer">
                    {t('desk.print-slip')}
                  </a>{' '}
                  ·{' '}
                </>
              ) : null}
              <a href={done.name === 'tiep-nhan' ? '/ban-lam-viec?hang=receive' : '/ban-lam-viec'}>{t('desk.next')}</a>
            </p>
          </Notice>
        )}
        <div class="head-row">
          <h1>{title}</h1>
          <span>
            <Tag text={sayState(core.state, lang)} tone={toneOfState(core.state)} />{' '}
            {late ? <Tag text={t('late')} tone="late" /> : null}
          </span>
        </div>
        <p class="lead">{local(definition.procedure.title, lang)}</p>
        <ul class="meta">
          <li>
            <strong>{dossier.applicantName}</strong>{' '}
            {view.claimed ? <Tag text={t('desk.claimed')} tone="warn" /> : null}
          </li>
          {view.claimed ? <li>{t('desk.claimed-hint')}</li> : null}
          <li>{dossier.subject}</li>
          <li>
            {t('desk.submitted', {
              when: formatDateTime(dossier.submittedAt, lang),
              channel: t(`channel.${dossier.channel}`),
            })}
          </li>
          {core.dueAt === null ? null : <li>{t('desk.due', { when: formatDateTime(new Date(core.dueAt), lang) })}</li>}
          {step === null ? null : <li>{t('desk.step', { step: local(step.name, lang) })}</li>}
          {stepDueAt === null ? null : (
            <li>
              {t(step === null ? 'desk.intake-due' : 'desk.step-due', { when: formatDateTime(stepDueAt, lang) })}{' '}
              {stepDueAt < request.at && !late ? <Tag text={t('late')} tone="late" /> : null}
            </li>
          )}
          <li>{view.agency.name}</li>
          {view.document === null || view.document.number === null || view.document.dated === null ? null : (
            <li>
              <strong>
                {t('desk.document-number', {
                  number: `${formatDocumentNumber(view.document.number)}/${view.document.content.notation}`,
                  date: formatCivilDate(view.document.dated),
                })}
              </strong>
            </li>
          )}
        </ul>
        <div class="dossier-columns">
          <div>
            <ActionPanels context={panel} />
            <Answers view={view} lang={lang} />
            <History view={view} lang={lang} />
            <section>
              <h2>{t('notes.title')}</h2>
              <p class="hint">{t('notes.hint')}</p>
              {notes.map(note => (
                <p key={note.at.toISOString()} class="pre">
                  <strong>{noteNames.get(note.officerId) ?? ''}</strong>{' '}
                  <span class="soft small">{formatDateTime(note.at, lang)}</span>
                  {'\n'}
                  {note.text}
                </p>
              ))}
              <form method="post" action={`/ban-lam-viec/ho-so/${dossier.id}/ghi-chu`} noValidate>
                <input type="hidden" name="khoa" value={newId(request.at)} />
                <input type="hidden" name="seq" value={dossier.seq} />
                <div class="field">
                  <label class="label" for="ghi-chu">
                    {t('notes.label')}
                  </label>
                  <textarea class="input" id="ghi-chu" name="ghi-chu" rows={2} />
                </div>
                <button type="submit" class="button button-secondary">
                  {t('notes.add')}
                </button>
              </form>
            </section>
          </div>
          <div class="sticky">
            <Papers
              view={view}
              viewed={viewed}
              letterFirst={
                step !== null && step.kind !== 'task' && step.kind !== 'decide' && request.query('xem') === ''
              }
              lang={lang}
            />
          </div>
        </div>
      </div>
    ),
  })
}

function Answers(props: { view: DossierView; lang: Lang }) {
  const { view, lang } = props
  const t = texts(lang)
  const { form } = view.definition
  return (
    <section>
      <h2>{t('desk.form')}</h2>
      {(form === null ? [] : visiblePages(form, view.answers)).map(each => (
        <div key={each.id}>
          <h3>{local(each.title, lang)}</h3>
          <SummaryList
            compact
            rows={sayFields(visibleFields(each, view.answers), view.answers, lang, view.places).map(row => ({
              name: row.label,
              value: <span class="pre">{row.text}</span>,
            }))}
          />
        </div>
      ))}
      <SummaryList
        compact
        rows={[view.contact.phone, view.contact.email]
          .filter(each => each !== null)
          .map(each => ({ name: t('desk.contact'), value: each }))}
      />
    </section>
  )
}

function Papers(props: {
  view: DossierView
  viewed: DossierView['papers'][number] | undefined
  letterFirst: boolean
  lang: Lang
}) {
  const { view, viewed, lang } = props
  const t = texts(lang)
  const base = `/ban-lam-viec/ho-so/${view.dossier.id}`
  const letter =
    view.document !== null && view.document.state !== 'dropped' && props.letterFirst ? `${base}/van-ban.pdf` : null
  const shown = viewed === undefined ? null : `${base}/tep/${viewed.fileId}`
  return (
    <section>
      <h2>{t('papers.title')}</h2>
      {view.papers.length === 0 ? <p>{t('desk.no-papers')}</p> : null}
      <ul class="file-list">
        {view.papers.map(paper => (
          <li key={paper.fileId}>
            <a href={`${base}?xem=${paper.fileId}`} aria-current={paper.fileId === viewed?.fileId ? 'true' : undefined}>
              {local(componentName(view.definition, paper.component), lang)}
            </a>
            <span class="soft small">{paper.file.name}</span>
            {paper.addedSeq > 1 ? <Tag text={t('desk.supplemented')} tone="info" /> : null}
          </li>
        ))}
        {neededComponents(view.definition, view.answers)
          .filter(component => !view.papers.some(paper => paper.component === component.id))
          .map(component => (
            <li key={component.id}>
              {local(component.name, lang)}
              <span class="soft small">
                {component.replaced_by !== undefined
                  ? t('desk.look-up', { source: component.replaced_by })
                  : component.required
                    ? t('desk.not-given')
                    : t('papers.optional')}
              </span>
            </li>
          ))}
      </ul>
      {letter !== null ? (
        <iframe class="paper-view" src={`${letter}#navpanes=0&view=FitH`} title={view.document?.content.title ?? ''} />
      ) : viewed === undefined || shown === null ? null : viewed.file.mediaType.startsWith('image/') ? (
        <img class="paper-image" src={shown} alt={local(componentName(view.definition, viewed.component), lang)} />
      ) : viewed.file.mediaType === 'application/pdf' ? (
        <iframe
          class="paper-view"
          src={`${shown}#navpanes=0&view=FitH`}
          title={local(componentName(view.definition, viewed.component), lang)}
        />
      ) : (
        <p>
          <a href={shown}>{t('desk.download', { name: viewed.file.name })}</a>
        </p>
      )}
    </section>
  )
}
