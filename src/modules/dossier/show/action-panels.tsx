// What may be done with a dossier now: one primary act, the others folded beside it. What happens next stands on the button.
import { formatCivilDate } from '../../../platform/i18n/format.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Checkboxes } from '../../../platform/view/components/checkboxes/checkboxes.tsx'
import { Details } from '../../../platform/view/components/details/details.tsx'
import { FileUpload } from '../../../platform/view/components/file-upload/file-upload.tsx'
import { Radios } from '../../../platform/view/components/radios/radios.tsx'
import { Select } from '../../../platform/view/components/select/select.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { Textarea } from '../../../platform/view/components/textarea/textarea.tsx'
import { type Step, stepOf } from '../../catalogue/index.ts'
import { ON_PAPER, STATE } from '../dossier.ts'
import { INTAKE_PERMISSION } from '../permissions.ts'
import { allows } from '../process.ts'
import { resultWays } from '../result-way.ts'
import { neededComponents } from '../submit/submit-dossier.ts'
import { texts } from '../texts.ts'
import { DecideFields, SentBack } from './decide-form.tsx'
import type { PanelContext } from './panel-context.ts'
import { Slips } from './slips.tsx'

type Children = preact.ComponentChildren

export function ActionPanels({ context }: { context: PanelContext }) {
  const { view, actor, step, mine } = context
  const { core } = view.dossier
  const t = texts(context.request.lang)
  const may = (permission: string) => actor.permissions.has(permission)
  // Another system leads it.
  if (view.dossier.kind === 'mirrored') return null
  if (core.busy !== null) return <p class="act">{t('desk.busy')}</p>
  return (
    <>
      {mine && core.state === STATE.new && may('dossier.receive') ? (
        <div class="act">
          <h2>{t('act.intake')}</h2>
          <Act context={context} name="tiep-nhan">
            <OnPaper context={context} />
            <Button text={t('act.receive')} />
          </Act>
          <Supplement context={context} />
          <Folded context={context} name="tu-choi" summary={t('act.refuse')}>
            <ReasonAndGround context={context} act="tu-choi" />
            <Button text={t('act.refuse')} danger />
          </Folded>
        </div>
      ) : null}
      {mine && step !== null && core.state === STATE.working ? <StepPanel context={context} step={step} /> : null}
      {mine && step?.kind === 'return' && core.state === STATE.settled && may('dossier.return-result') ? (
        <ReturnPanel context={context} />
      ) : null}
      {view.document !== null && view.document.state !== 'dropped' ? (
        <p>
          <a href={`/ban-lam-viec/ho-so/${view.dossier.id}/van-ban.pdf`} target="_blank" rel="noreferrer">
            {t(view.document.fileId === null ? 'act.view-draft' : 'act.view-document')}
          </a>
        </p>
      ) : null}
      {context.colleagues.length > (mine ? 1 : 0) ? (
        <Folded context={context} name="phan-cong" summary={t('act.assign')}>
          <Select
            id="vi-tri"
            name="vi-tri"
            label={t('act.assign-to')}
            error={context.errors['vi-tri']}
            items={[
              { value: '', label: t('act.choose') },
              ...context.colleagues.map(post => ({
                value: post.positionId,
                label: `${post.officerName} – ${post.title}`,
              })),
            ]}
          />
          <Button text={t('act.assign')} secondary />
        </Folded>
      ) : null}
      {core.state === STATE.supplement && may(INTAKE_PERMISSION) ? (
        <Folded context={context} name="nop-bo-sung" summary={t('act.supplement-in')} multipart>
          {view.definition.procedure.components.map(component => (
            <FileUpload
              key={component.id}
              id={`giay-to.${component.id}`}
              name={`giay-to.${component.id}`}
              label={local(component.name, context.request.lang)}
              multiple
            />
          ))}
          <Textarea
            id="giai-trinh"
            name="giai-trinh"
            label={t('act.supplement-word')}
            rows={3}
            error={context.errors['giai-trinh']}
            value={typed(context, 'nop-bo-sung', 'giai-trinh')}
          />
          <Button text={t('act.supplement-in')} />
        </Folded>
      ) : null}
      {allows(core, 'withdraw') && may(INTAKE_PERMISSION) ? (
        <Folded context={context} name="rut-ho-so" summary={t('act.withdraw')}>
          <Textarea
            id="rut-ho-so-ly-do"
            name="ly-do"
            label={t('act.withdraw-reason')}
            rows={3}
            error={context.failed === 'rut-ho-so' ? context.errors['ly-do'] : undefined}
            value={typed(context, 'rut-ho-so', 'ly-do')}
          />
          <Button text={t('act.withdraw')} danger />
        </Folded>
      ) : null}
      <Slips view={view} lang={context.request.lang} control />
    </>
  )
}

/** What was typed into the act that was refused, '' elsewhere. */
const typed = (context: PanelContext, act: string, field: string) =>
  context.failed === act ? context.request.form.text(field) : ''

function Act(props: { context: PanelContext; name: string; multipart?: boolean; children: Children }) {
  const { dossier } = props.context.view
  return (
    <form
      method="post"
      action={`/ban-lam-viec/ho-so/${dossier.id}/${props.name}`}
      enctype={props.multipart ? 'multipart/form-data' : undefined}
      noValidate
    >
      <input type="hidden" name="khoa" value={props.context.key} />
      <input type="hidden" name="seq" value={dossier.seq} />
      {props.children}
    </form>
  )
}

function Folded(props: {
  context: PanelContext
  name: string
  summary: string
  multipart?: boolean
  children: Children
}) {
  return (
    <Details summary={props.summary} open={props.context.failed === props.name}>
      <Act context={props.context} name={props.name} {...(props.multipart ? { multipart: true } : {})}>
        {props.children}
      </Act>
    </Details>
  )
}

function ReasonAndGround(props: { context: PanelContext; act: string }) {
  const { context, act } = props
  const t = texts(context.request.lang)
  const error = (field: string) => (context.failed === act ? context.errors[field] : undefined)
  // The summary links to the bare field name; only the open panel carries it as an id.
  const id = (field: string) => (context.failed === act ? field : `${act}-${field}`)
  return (
    <>
      <Textarea
        id={id('ly-do')}
        name="ly-do"
        label={t('act.reason')}
        rows={3}
        error={error('ly-do')}
        value={typed(context, act, 'ly-do')}
      />
      <TextInput
        id={id('can-cu')}
        name="can-cu"
        label={t('act.ground')}
        hint={t('act.ground-hint')}
        error={error('can-cu')}
        value={typed(context, act, 'can-cu')}
      />
    </>
  )
}

/** What lies on the table: the receipt lists it. Nothing to tick where all came as files. */
function OnPaper({ context }: { context: PanelContext }) {
  const { dossier, definition, answers } = context.view
  const components = ON_PAPER.has(dossier.channel)
    ? neededComponents(definition, answers).filter(component => component.replaced_by === undefined)
    : []
  if (components.length === 0) return null
  return (
    <Checkboxes
      id="ban-giay"
      name="ban-giay"
      legend={texts(context.request.lang)('act.on-paper')}
      values={[]}
      items={components.map(component => ({ value: component.id, label: local(component.name, context.request.lang) }))}
    />
  )
}

function Supplement({ context }: { context: PanelContext }) {
  const t = texts(context.request.lang)
  // At intake once only: what would be refused is not offered.
  const { dossier, history } = context.view
  if (dossier.core.state === STATE.new && history.some(entry => entry.type === 'supplement-requested'))
    return <p class="hint">{t('act.supplement-spent')}</p>
  const { lang, form } = context.request
  const act = 'yeu-cau-bo-sung'
  const failed = context.failed === act
  return (
    <Folded context={context} name={act} summary={t('act.supplement')}>
      <p class="hint">{t('act.supplement-hint')}</p>
      <Checkboxes
        id={failed ? 'giay-to' : `${act}-giay-to`}
        name="giay-to"
        legend={t('act.supplement-papers')}
        values={failed ? form.list('giay-to') : []}
        error={failed ? context.errors['giay-to'] : undefined}
        items={context.view.definition.procedure.components.map(component => ({
          value: component.id,
          label: local(component.name, lang),
        }))}
      />
      <Textarea
        id={`${act}-noi-dung`}
        name="noi-dung"
        label={t('act.supplement-what')}
        rows={3}
        value={typed(context, act, 'noi-dung')}
      />
      <ReasonAndGround context={context} act={act} />
      <Button text={t('act.supplement')} secondary />
    </Folded>
  )
}

function StepPanel({ context, step }: { context: PanelContext; step: Step }) {
  const t = texts(context.request.lang)
  const { lang, form } = context.request
  const { actor, view } = context
  const may = (permission: string) => actor.permissions.has(permission)
  const nextName = (to: string | undefined) =>
    to === undefined || view.definition.process === null ? '' : local(stepOf(view.definition.process, to).name, lang)
  const dateId = 'ngay'
  return (
    <div class="act">
      <h2>{local(step.name, lang)}</h2>
      <SentBack view={view} lang={lang} />
      {(step.kind === 'task' || step.kind === 'decide') && may('dossier.work') ? (
        <Act context={context} name={step.kind === 'task' ? 'chuyen' : 'quyet-dinh'}>
          <DecideFields context={context} step={step} nextName={nextName} />
        </Act>
      ) : null}
      {step.kind === 'initial' && may('dossier.initial') ? (
        <Act context={context} name="ky-nhay">
          <Button text={t('act.initial', { next: nextName(step.to) })} />
        </Act>
      ) : null}
      {step.kind === 'sign' && may('dossier.sign') ? (
        <Act context={context} name="ky-duyet">
          <p class="hint">{t('act.sign-hint')}</p>
          <Button text={t('act.sign', { next: nextName(step.to) })} />
        </Act>
      ) : null}
      {step.kind === 'number' && may('dossier.records') ? (
        <Act context={context} name="vao-so">
          <TextInput
            id={dateId}
            name="ngay"
            label={t('act.document-date')}
            width="medium"
            inputmode="numeric"
            value={form.text('ngay') || formatCivilDate(context.today)}
            error={context.errors.ngay}
          />
          <Button text={t('act.number', { next: nextName(step.to) })} />
        </Act>
      ) : null}
      {step.kind === 'seal' && may('dossier.records') ? (
        <Act context={context} name="dong-dau">
          <Button text={t('act.seal', { next: nextName(step.to) })} />
        </Act>
      ) : null}
      {step.may.includes('request-supplement') && may('dossier.supplement') ? <Supplement context={context} /> : null}
      {step.kind !== 'number' &&
      step.kind !== 'seal' &&
      view.dossier.core.way.length > 0 &&
      may('dossier.return-step') ? (
        <Folded context={context} name="tra-lai" summary={t('act.return-step')}>
          <Textarea
            id={context.failed === 'tra-lai' ? 'ly-do' : 'tra-lai-ly-do'}
            name="ly-do"
            label={t('act.return-reason')}
            rows={3}
            error={context.failed === 'tra-lai' ? context.errors['ly-do'] : undefined}
            value={typed(context, 'tra-lai', 'ly-do')}
          />
          <Button text={t('act.return-step')} secondary />
        </Folded>
      ) : null}
    </div>
  )
}

function ReturnPanel({ context }: { context: PanelContext }) {
  const t = texts(context.request.lang)
  const { view } = context
  const ways = resultWays({ ...view.dossier, claimed: view.claimed })
  const [usual] = ways
  return (
    <div class="act">
      <h2>{t('act.return-title')}</h2>
      <Act context={context} name="tra-ket-qua">
        <TextInput
          id="nguoi-nhan"
          name="nguoi-nhan"
          label={t('act.receiver')}
          value={context.request.form.text('nguoi-nhan') || context.view.dossier.applicantName}
          error={context.errors['nguoi-nhan']}
        />
        {view.claimed ? (
          <>
            <input type="hidden" name="cach-tra" value={usual} />
            <Checkboxes
              id="da-kiem-tra"
              name="da-kiem-tra"
              legend={t('act.identity')}
              hint={t('act.identity-hint')}
              items={[{ value: 'co', label: t('act.identity-checked') }]}
              values={context.request.form.list('da-kiem-tra')}
              error={context.errors['da-kiem-tra']}
            />
          </>
        ) : (
          <Radios
            id="cach-tra"
            name="cach-tra"
            legend={t('act.way')}
            value={usual}
            items={ways.map(way => ({ value: way, label: t(`way.${way}`) }))}
          />
        )}
        <Button text={t('act.return')} />
      </Act>
    </div>
  )
}
