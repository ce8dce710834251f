// The way of a dossier for people outside: a line of steps, done, now and next, each with who and when.
import { formatDateTime } from '../../../platform/i18n/format.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { Panel } from '../../../platform/view/components/panel/panel.tsx'
import { type Step as Mark, Steps } from '../../../platform/view/components/steps/steps.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import { stepOf } from '../../catalogue/index.ts'
import { ENDED, STATE } from '../dossier.ts'
import { sayState, toneOfState } from '../say.ts'
import { texts } from '../texts.ts'
import type { DossierView, HistoryLine } from './view.ts'

/** Entries that strangers with the code may see; acts on the document are told by their outcome only. */
const SHOWN = new Set([
  'submitted',
  'received',
  'refused',
  'supplement-requested',
  'supplemented',
  'forwarded',
  'decided',
  'initialled',
  'signed',
  'numbered',
  'sealed',
  'result-returned',
  'withdrawn',
  'returned-to-step',
])

/** What the state means for the person who waits; null where the state says it all: refused, withdrawn, stopped. */
function runs({ state }: DossierView['dossier']['core']) {
  if (state === STATE.new) return 'track.waiting'
  if (state === STATE.supplement) return 'track.for-you'
  if (state === STATE.settled) return 'track.to-collect'
  if (state === STATE.returned) return 'track.finished'
  return ENDED.includes(state) ? null : 'track.running'
}

/** `own`: on the person's own page, which shows the result itself. */
export function Progress(props: { view: DossierView; lang: Lang; at: Date; own?: boolean }) {
  const { view, lang } = props
  const t = texts(lang)
  const { core } = view.dossier
  const late = core.dueAt !== null && core.finishedAt === null && new Date(core.dueAt) < props.at
  const means = late ? 'late' : runs(core)
  return (
    <>
      <Panel title={t('track.state')} heading="h2">
        <p class="big">
          {sayState(core.state, lang)}{' '}
          {means === null ? null : <Tag text={t(means)} tone={late ? 'late' : toneOfState(core.state)} />}
        </p>
        {core.dueAt === null ? null : (
          <p class="promise">
            {t(core.finishedAt === null ? 'track.promise' : 'track.promised', {
              when: formatDateTime(new Date(core.dueAt), lang),
            })}
          </p>
        )}
        {core.state === STATE.supplement && core.remainingMinutes !== null ? <p>{t('track.paused')}</p> : null}
        {core.state === STATE.returned && !props.own ? (
          <p>
            {t('track.get-result')} <a href={`/ho-so/${view.dossier.id}`}>{t('track.get-result-link')}</a> ·{' '}
            <a href="/xac-minh">{t('track.verify-link')}</a>
          </p>
        ) : null}
        {core.state === STATE.new ? <p>{t('track.waiting-intake')}</p> : null}
        <p class="soft">
          {view.agency.name}
          {core.receivedAt === null ? null : ` · ${t('track.received-at', { centre: view.centre.name })}`}
        </p>
      </Panel>
      <h2>{t('track.way')}</h2>
      <Steps items={marks(view, lang)} />
    </>
  )
}

function marks(view: DossierView, lang: Lang): Mark[] {
  const t = texts(lang)
  const { core } = view.dossier
  const { process } = view.definition
  const done = view.history
    .filter(line => SHOWN.has(line.type))
    .map(
      (line): Mark => ({
        key: String(line.seq),
        title: t(`entry.${line.type}`),
        state: 'done',
        stateText: t('step.done'),
        detail: detail(line, lang),
      }),
    )
  const now: Mark[] = []
  if (core.state === STATE.new)
    now.push({ key: 'now', title: t('step.intake'), state: 'now', stateText: t('step.now'), detail: view.centre.name })
  else if (core.state === STATE.supplement)
    now.push({ key: 'now', title: t('step.supplement'), state: 'now', stateText: t('step.now') })
  else if (core.step !== null && process !== null) {
    const step = stepOf(process, core.step)
    now.push({
      key: 'now',
      title: local(step.name, lang),
      state: 'now',
      stateText: t('step.now'),
      detail: step.at === 'centre' ? view.centre.name : view.agency.name,
    })
  }
  return [...done, ...now, ...ahead(view, lang)]
}

/** The steps still to come along the way that dossiers usually take: the first outcome of each. */
function ahead(view: DossierView, lang: Lang): Mark[] {
  const { core } = view.dossier
  const { process } = view.definition
  if (process === null || core.finishedAt !== null || core.state === STATE.refused) return []
  const marks: Mark[] = []
  const seen = new Set<string>()
  const first = core.step === null ? process.start : undefined
  let next = first ?? follow(stepOf(process, core.step ?? process.start))
  while (next !== undefined && !seen.has(next) && marks.length < 12) {
    seen.add(next)
    const step = stepOf(process, next)
    marks.push({
      key: `next-${next}`,
      title: local(step.name, lang),
      state: 'next',
      stateText: texts(lang)('step.next'),
    })
    next = follow(step)
  }
  return marks
}

const follow = (step: ReturnType<typeof stepOf>): string | undefined => step.to ?? step.outcomes[0]?.to

/** People outside see the post and its agency, never an officer's name. */
function detail(line: HistoryLine, lang: Lang): string {
  return [line.postTitle, line.postAgency, formatDateTime(new Date(line.at), lang)].filter(Boolean).join(' · ')
}
