// A person's own dossiers: the list, the receipt after filing, the dossier with its letters, supplement and withdrawal.
import { citizen, requireCitizen } from '../../../platform/access/access.ts'
import type { CitizenActor } from '../../../platform/access/actor.ts'
import { together } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { findFile, MAX_UPLOAD_BYTES } from '../../../platform/files/file-rows.ts'
import { type Answer, bytes, page } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatDateTime } from '../../../platform/i18n/format.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { newId } from '../../../platform/id.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Checkboxes } from '../../../platform/view/components/checkboxes/checkboxes.tsx'
import { Details } from '../../../platform/view/components/details/details.tsx'
import { FileUpload } from '../../../platform/view/components/file-upload/file-upload.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { Panel } from '../../../platform/view/components/panel/panel.tsx'
import { SummaryList } from '../../../platform/view/components/summary-list/summary-list.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import { Textarea } from '../../../platform/view/components/textarea/textarea.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { procedureTitles } from '../../catalogue/index.ts'
import { sayFields, visibleFields, visiblePages } from '../../forms/index.ts'
import { principalsOf } from '../../identity/index.ts'
import { noticesFor } from '../../notifications/index.ts'
import { admitFiles, withinDay } from '../apply/brake.ts'
import { changeDossier, type House } from '../change-dossier.ts'
import { STATE } from '../dossier.ts'
import { allows } from '../process.ts'
import { sayState, toneOfState } from '../say.ts'
import { dossiersOfPerson, readToken } from '../store/current.ts'
import { listDrafts } from '../store/drafts.ts'
import { supplementDossier } from '../supplement/supplement.ts'
import { texts } from '../texts.ts'
import { findOwn, ownCommand } from './own-command.ts'
import { OwnResult, resultIsOpen } from './own-result.tsx'
import { Progress } from './progress.tsx'
import { askedPapers, supplementErrors } from './supplement-answer.ts'
import { componentName, type DossierView, readDossierView } from './view.ts'

export function citizenRoutes(house: House): Route[] {
  const own = (request: WebRequest): Promise<{ actor: CitizenActor; view: DossierView }> =>
    together(house.db, async db => {
      const { actor, dossier } = await findOwn(db, request)
      return { actor, view: await readDossierView(house, db, dossier, request.at) }
    })
  const act = async (request: WebRequest, work: Parameters<typeof ownCommand>[2]) => ownCommand(house, request, work)
  return [
    route({ method: 'GET', path: '/ho-so', access: citizen, handle: request => drawList(house, request) }),
    route({
      method: 'GET',
      path: '/ho-so/:id/da-nop',
      access: citizen,
      handle: async request => {
        const { view } = await own(request)
        const { lang } = request
        const t = texts(lang)
        return page({
          title: t('receipt.title'),
          noIndex: true,
          body: (
            <div class="column">
              <Panel title={t('receipt.title')}>
                <p>{t('receipt.reference')}</p>
                <p class="big">{view.dossier.reference}</p>
                <p class="soft">{formatDateTime(view.dossier.submittedAt, lang)}</p>
              </Panel>
              <h2>{t('receipt.next')}</h2>
              <p>{t('receipt.next-text', { centre: view.centre.name })}</p>
              <p>{t('receipt.track')}</p>
              <div class="buttons">
                <Button href={`/ho-so/${view.dossier.id}`} text={t('receipt.open')} />
                <a href={`/tra-cuu/${await readToken(house.db, house.keys, view.dossier.id)}`}>{t('receipt.link')}</a>
              </div>
            </div>
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/ho-so/:id',
      access: citizen,
      handle: async request => {
        const { view } = await own(request)
        return draw(request, view, {}, 200)
      },
    }),
    route({
      method: 'GET',
      path: '/ho-so/:id/tep/:file',
      access: citizen,
      handle: async request => {
        const { view } = await own(request)
        const fileId = request.idParam<'file'>('file')
        const file = view.papers.find(paper => paper.fileId === fileId)?.file
        const content = file === undefined ? null : house.files.read(file.storeKey)
        if (file === undefined || content === null) throw notFound('no such paper')
        return bytes(content, file.mediaType, file.name, true, file.size)
      },
    }),
    route({
      method: 'GET',
      path: '/ho-so/:id/ket-qua.pdf',
      access: citizen,
      handle: async request => {
        const { view } = await own(request)
        const fileId = view.document?.fileId
        if (!resultIsOpen(view) || fileId === undefined || fileId === null) throw notFound('no result returned')
        const file = await findFile(house.db, fileId)
        const content = file === null ? null : house.files.read(file.storeKey)
        if (file === null || content === null) throw notFound('bytes are missing')
        return bytes(content, 'application/pdf', file.name, false, file.size)
      },
    }),
    route({
      method: 'POST',
      path: '/ho-so/:id/bo-sung',
      access: citizen,
      maxUploadBytes: MAX_UPLOAD_BYTES,
      admit: request => admitFiles(house, request),
      handle: async request => {
        const answer = request.form.text('giai-trinh')
        const { view } = await own(request)
        const errors = supplementErrors(request, view)
        if (Object.keys(errors).length > 0) return draw(request, view, errors, 422)
        try {
          return await withinDay(house, request, request.form.files, () =>
            act(request, (tx, loaded, actor) =>
              supplementDossier(house, tx, loaded, { actor, uploads: request.form.files, answer, at: request.at }),
            ),
          )
        } catch (error) {
          if (!(error instanceof AppError) || !error.parts.code.startsWith('file.')) throw error
          return draw(request, view, { 'giai-trinh': error.parts.say(request.lang) }, 422)
        }
      },
    }),
    route({
      method: 'POST',
      path: '/ho-so/:id/rut',
      access: citizen,
      handle: async request => {
        const reason = request.form.text('ly-do')
        if (reason === '' || reason.length > 4000) {
          const { view } = await own(request)
          return draw(request, view, { 'ly-do': texts(request.lang)('error.reason') }, 422)
        }
        return act(request, async (tx, loaded, actor) => {
          await changeDossier(house, tx, loaded, {
            actor,
            at: request.at,
            move: { verb: 'withdraw' },
            facts: { asked: 'portal' },
            payload: { reason },
          })
        })
      },
    }),
  ]
}

async function drawList(house: House, request: WebRequest): Promise<Answer> {
  const actor = requireCitizen(request.actor)
  const { lang } = request
  const t = texts(lang)
  const { dossiers, drafts, notices, titles } = await together(house.db, async db => {
    const principals = await principalsOf(db, actor.id)
    const [dossiers, drafts, notices] = await Promise.all([
      dossiersOfPerson(db, actor.id, principals, 100),
      listDrafts(db, `citizen:${actor.id}`),
      noticesFor(db, house.keys, `person:${actor.id}`, 10),
    ])
    const codes = [...dossiers, ...drafts].map(each => each.procedureCode)
    return { dossiers, drafts, notices, titles: await procedureTitles(db, codes) }
  })
  const title = (code: string) => local(titles.get(code) ?? { vi: code }, lang)
  return page({
    title: t('mine.title'),
    noIndex: true,
    body: (
      <div class="column">
        <h1>{t('mine.title')}</h1>
        {dossiers.length === 0 && drafts.length === 0 ? <p>{t('mine.empty')}</p> : null}
        {drafts.length > 0 ? (
          <section>
            <h2>{t('mine.drafts')}</h2>
            <ul class="results">
              {drafts.map(draft => (
                <li key={draft.id}>
                  <a href={`/ban-nhap/${draft.id}`}>{title(draft.procedureCode)}</a>
                  <div class="soft small">{t('draft.saved-at', { when: formatDateTime(draft.updatedAt, lang) })}</div>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <ul class="results">
          {dossiers.map(dossier => (
            <li key={dossier.id}>
              <a href={`/ho-so/${dossier.id}`}>{title(dossier.procedureCode)}</a>{' '}
              <Tag text={sayState(dossier.core.state, lang)} tone={toneOfState(dossier.core.state)} />
              <div class="soft small">
                {dossier.core.code ?? dossier.reference} · {dossier.subject} ·{' '}
                {formatDateTime(dossier.submittedAt, lang)}
                {dossier.applicantId === actor.id ? '' : ` · ${t('mine.for', { name: dossier.applicantName })}`}
              </div>
            </li>
          ))}
        </ul>
        {notices.length > 0 ? (
          <section>
            <h2>{t('mine.notices')}</h2>
            <ul class="results">
              {notices.map(notice => (
                <li key={notice.id}>
                  <a href={notice.href}>{notice.subject}</a>
                  <div class="soft small">{formatDateTime(notice.createdAt, lang)}</div>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <Button href="/thu-tuc" text={t('mine.find')} secondary />
      </div>
    ),
  })
}

function draw(request: WebRequest, view: DossierView, errors: FieldErrors, status: number): Answer {
  const { lang } = request
  const t = texts(lang)
  const { dossier, definition } = view
  const { core } = dossier
  const asked = view.history.findLast(line => line.type === 'supplement-requested')
  const refused = view.history.find(line => line.type === 'refused')
  const hidden = (
    <>
      <input type="hidden" name="khoa" value={newId(request.at)} />
      <input type="hidden" name="seq" value={dossier.seq} />
    </>
  )
  const components = askedPapers(view)
  return page({
    title: local(definition.procedure.title, lang),
    status,
    noIndex: true,
    body: (
      <div class="column">
        <FormErrors errors={errors} lang={lang} />
        {request.query('xong') === '1' ? <Notice tone="good" title={t('own.done')} /> : null}
        <h1>{local(definition.procedure.title, lang)}</h1>
        <p class="soft">
          {core.code === null
            ? t('own.reference', { reference: dossier.reference })
            : t('own.code', { code: core.code, reference: dossier.reference })}
        </p>
        <OwnResult view={view} lang={lang} />
        {core.state === STATE.refused && refused !== undefined ? (
          <Notice tone="warn" id="tu-choi" title={t('own.refused')}>
            <p class="pre">{String(refused.payload?.reason ?? '')}</p>
            <p class="soft">{String(refused.payload?.ground ?? '')}</p>
          </Notice>
        ) : null}
        {core.state === STATE.supplement && asked !== undefined ? (
          <section id="bo-sung">
            <Notice tone="warn" id="yeu-cau" title={t('own.supplement')}>
              <SummaryList
                compact
                rows={[
                  {
                    name: t('act.supplement-papers'),
                    value: components.map(id => local(componentName(definition, id), lang)).join('; '),
                  },
                  {
                    name: t('act.supplement-what'),
                    value: <span class="pre">{String(asked.payload?.what ?? '')}</span>,
                  },
                  { name: t('act.reason'), value: <span class="pre">{String(asked.payload?.reason ?? '')}</span> },
                  { name: t('act.ground'), value: String(asked.payload?.ground ?? '') },
                ].filter(row => row.value !== '' && row.value !== null)}
              />
            </Notice>
            <form method="post" action={`/ho-so/${dossier.id}/bo-sung`} enctype="multipart/form-data" noValidate>
              {hidden}
              {(components.length > 0 ? components : ['bo-sung']).map(id => (
                <FileUpload
                  key={id}
                  id={`giay-to.${id}`}
                  name={`giay-to.${id}`}
                  label={local(componentName(definition, id), lang)}
                  error={errors[`giay-to.${id}`]}
                  multiple
                />
              ))}
              {components.length === 0 ? null : (
                <Checkboxes
                  id="thieu"
                  name="thieu"
                  legend={t('own.supplement-without')}
                  items={[{ value: 'co', label: t('own.supplement-cannot') }]}
                  values={request.form.list('thieu')}
                />
              )}
              <Textarea
                id="giai-trinh"
                name="giai-trinh"
                label={t('act.supplement-word')}
                rows={4}
                value={request.form.text('giai-trinh')}
                error={errors['giai-trinh']}
              />
              <Button text={t('own.supplement-send')} />
            </form>
          </section>
        ) : null}
        <Progress view={view} lang={lang} at={request.at} own />
        <Details summary={t('own.content')}>
          {(definition.form === null ? [] : visiblePages(definition.form, view.answers)).map(each => (
            <section key={each.id}>
              <h3>{local(each.title, lang)}</h3>
              <SummaryList
                compact
                rows={sayFields(visibleFields(each, view.answers), view.answers, lang, view.places).map(row => ({
                  name: row.label,
                  value: <span class="pre">{row.text}</span>,
                }))}
              />
            </section>
          ))}
          <ul class="file-list">
            {view.papers.map(paper => (
              <li key={paper.fileId}>
                <a href={`/ho-so/${dossier.id}/tep/${paper.fileId}`}>{paper.file.name}</a>
                <span class="soft">{local(componentName(definition, paper.component), lang)}</span>
              </li>
            ))}
          </ul>
        </Details>
        <ul class="meta">
          {core.receivedAt === null ? null : (
            <li>
              <a href={`/phieu/${dossier.id}/mau-01.pdf`}>{t('slip.01')}</a>
            </li>
          )}
          {asked === undefined ? null : (
            <li>
              <a href={`/phieu/${dossier.id}/mau-02.pdf`}>{t('slip.02')}</a>
            </li>
          )}
          {refused === undefined ? null : (
            <li>
              <a href={`/phieu/${dossier.id}/mau-03.pdf`}>{t('slip.03')}</a>
            </li>
          )}
          <li>
            <a href={`/ho-so/${dossier.id}/bang-chung`}>{t('seal.own')}</a>
          </li>
        </ul>
        {dossier.kind === 'native' && allows(core, 'withdraw') ? (
          <Details summary={t('own.withdraw')} open={errors['ly-do'] !== undefined}>
            <form method="post" action={`/ho-so/${dossier.id}/rut`} noValidate>
              {hidden}
              <p>{t('own.withdraw-hint')}</p>
              <Textarea
                id="ly-do"
                name="ly-do"
                label={t('act.withdraw-reason')}
                rows={3}
                value={request.form.text('ly-do')}
                error={errors['ly-do']}
              />
              <Button text={t('own.withdraw')} danger />
            </form>
          </Details>
        ) : null}
      </div>
    ),
  })
}
