// The form of a step that is worked or decided: outcomes, the fields of their letters, an opinion. What was sent back starts with what was typed before.
import type { Db } from '../../../platform/db/database.ts'
import { formatDateTime } from '../../../platform/i18n/format.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { Radios } from '../../../platform/view/components/radios/radios.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { Textarea } from '../../../platform/view/components/textarea/textarea.tsx'
import type { Step } from '../../catalogue/index.ts'
import { letterDefaults } from '../decide/draft-letter.ts'
import { sayActor } from '../say.ts'
import { texts } from '../texts.ts'
import { civilOrText } from '../view/letter-content.ts'
import type { DecisionStart, PanelContext } from './panel-context.ts'
import type { DossierView } from './view.ts'

/** What the fields of a step start with: what was typed when it was done last, else the words of the letter's template. */
export async function decisionStart(db: Db, view: DossierView, step: Step, at: Date): Promise<DecisionStart> {
  const before = view.history.findLast(
    entry => (entry.type === 'decided' || entry.type === 'forwarded') && entry.facts.done === step.id,
  )
  const typed = (before?.payload ?? {}) as { outcome?: string; opinion?: string; fields?: Record<string, string> }
  const chosen = new Set(step.outcomes.map(outcome => outcome.letter))
  const own = view.definition.letters.filter(letter => chosen.has(letter.id))
  const defaults = own.length === 0 ? null : await letterDefaults(db, view, own, at)
  const letters = new Map<string, ReadonlyMap<string, string>>()
  for (const { id, letter } of step.outcomes) {
    const words = letter === undefined ? undefined : defaults?.get(letter)
    if (words === undefined) continue
    const fields = Object.entries(id === typed.outcome ? (typed.fields ?? {}) : {})
    letters.set(id, new Map([...words, ...fields.map(([id, text]) => [id, civilOrText(text)] as const)]))
  }
  return { outcome: typed.outcome ?? '', opinion: typed.opinion ?? '', letters }
}

/** Who sent the dossier back to this step, when and why; nothing where somebody has acted since. */
export function SentBack({ view, lang }: { view: DossierView; lang: Lang }) {
  const last = view.history.findLast(entry => entry.type !== 'assigned')
  if (last?.type !== 'returned-to-step') return null
  const said = {
    who: sayActor(last.actor, view.names, lang),
    when: formatDateTime(new Date(last.at), lang),
  }
  return (
    <Notice tone="warn" id="tra-lai-boi" title={texts(lang)('desk.sent-back', said)}>
      <p class="pre">{typeof last.payload?.reason === 'string' ? last.payload.reason : ''}</p>
    </Notice>
  )
}

export function DecideFields(props: {
  context: PanelContext
  step: Step
  nextName: (to: string | undefined) => string
}) {
  const { context, step, nextName } = props
  const t = texts(context.request.lang)
  const { lang, form } = context.request
  const { starts } = context
  return (
    <>
      <Radios
        id="ket-qua"
        name="ket-qua"
        legend={t('act.outcome')}
        value={form.text('ket-qua') || (starts?.outcome ?? '')}
        error={context.errors['ket-qua']}
        items={step.outcomes.map(outcome => ({
          value: outcome.id,
          label: local(outcome.label, lang),
          hint: t('act.goes-to', { step: nextName(outcome.to) }),
        }))}
      />
      {step.outcomes.map(outcome => (
        <LetterFields key={outcome.id} context={context} outcome={outcome} />
      ))}
      <Textarea
        id="y-kien"
        name="y-kien"
        label={t('act.opinion')}
        rows={3}
        value={form.has('y-kien') ? form.text('y-kien') : (starts?.opinion ?? '')}
      />
      <div class="buttons">
        <Button text={t(step.kind === 'task' ? 'act.forward' : 'act.decide')} />
        {step.kind === 'decide' && step.outcomes.some(outcome => outcome.letter !== undefined) ? (
          <Button
            text={t('act.preview')}
            secondary
            formAction={`/ban-lam-viec/ho-so/${context.view.dossier.id}/xem-truoc`}
            attributes={{ formtarget: '_blank' }}
          />
        ) : null}
      </div>
    </>
  )
}

/** The fields of the letter an outcome drafts; shown for that outcome only where script runs. */
function LetterFields({ context, outcome }: { context: PanelContext; outcome: Step['outcomes'][number] }) {
  const letter = context.view.definition.letters.find(each => each.id === outcome.letter)
  if (letter === undefined || letter.fields.length === 0) return null
  const t = texts(context.request.lang)
  const { lang, form } = context.request
  return (
    <fieldset class="group" data-for-outcome={outcome.id}>
      <legend class="label">{t('act.letter', { letter: letter.title })}</legend>
      {letter.fields.map(field => {
        const id = `thu.${outcome.id}.${field.id}`
        const value = form.has(id) ? form.text(id) : (context.starts?.letters.get(outcome.id)?.get(field.id) ?? '')
        const common = { id, name: id, label: local(field.label, lang), value, error: context.errors[id] }
        return field.type === 'long-text' ? (
          <Textarea key={id} {...common} rows={3} />
        ) : (
          <TextInput key={id} {...common} hint={field.type === 'date' ? 'dd/mm/yyyy' : undefined} />
        )
      })}
    </fieldset>
  )
}
