// Entries and states as sentences.
import { formatDateTime } from '../../platform/i18n/format.ts'
import type { Lang } from '../../platform/i18n/texts.ts'
import type { Tone } from '../../platform/view/components/tag/tag.tsx'
import { type EntryBody, STATE, type State } from './dossier.ts'
import { texts } from './texts.ts'

/** "Hồ sơ được tiếp nhận, bởi Trần Thị Hà, 08:30 ngày 05/01/2026". Actors without a name are named by kind. */
export function sayEntry(entry: EntryBody, names: ReadonlyMap<string, string>, lang: Lang): string {
  const t = texts(lang)
  const when = formatDateTime(new Date(entry.at), lang)
  return t('entry.line', { what: t(`entry.${entry.type}`), who: sayActor(entry.actor, names, lang), when })
}

export function sayActor(actor: string, names: ReadonlyMap<string, string>, lang: Lang): string {
  const t = texts(lang)
  const name = names.get(actor)
  if (name !== undefined) return name
  return actor.startsWith('citizen:') ? t('actor.citizen') : t('actor.system')
}

/** The state exactly as the national list names it. */
export function sayState(state: State, lang: Lang): string {
  return texts(lang)(`state.${state}`)
}

export function toneOfState(state: State): Tone {
  switch (state) {
    case STATE.settled:
    case STATE.returned:
      return 'good'
    case STATE.refused:
    case STATE.stopped:
      return 'late'
    case STATE.supplement:
    case STATE.fee:
      return 'warn'
    case STATE.withdrawn:
      return 'neutral'
    default:
      return 'info'
  }
}
