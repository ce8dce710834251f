// The dossier: its states, its history entries, and the fold from history to the current row. Pure.
import type { Id } from '../../platform/id.ts'

export type DossierId = Id<'dossier'>
export type DocumentId = Id<'document'>

/** States of the National Public Service Portal. */
export const STATE = {
  new: 1,
  received: 2,
  refused: 3,
  working: 4,
  supplement: 5,
  fee: 6,
  withdrawn: 7,
  stopped: 8,
  settled: 9,
  returned: 10,
} as const
export type State = (typeof STATE)[keyof typeof STATE]
/** States in which nothing happens any more, but for erasure. */
export const ENDED: readonly State[] = [STATE.refused, STATE.withdrawn, STATE.stopped, STATE.returned]

export const CHANNELS = ['portal', 'counter', 'post', 'national'] as const
export type Channel = (typeof CHANNELS)[number]
/** Channels by which papers arrive on paper. */
export const ON_PAPER: ReadonlySet<Channel> = new Set(['counter', 'post'])

export const ENTRY_TYPES = [
  'submitted',
  'received',
  'refused',
  'supplement-requested',
  'supplemented',
  'assigned',
  'forwarded',
  'returned-to-step',
  'decided',
  'initialled',
  'signing-requested',
  'signed',
  'numbering-requested',
  'numbered',
  'sealing-requested',
  'sealed',
  'act-failed',
  'result-returned',
  'withdrawn',
  'mirrored',
  'erased',
] as const
export type EntryType = (typeof ENTRY_TYPES)[number]

/** A step that was done, with the position that did it: the way back. */
export interface WayPoint {
  readonly step: string
  readonly positionId: string | null
}

/** What the history of a dossier folds to, besides what only its payloads know. Instants as ISO text. */
export interface Core {
  readonly state: State
  readonly step: string | null
  readonly way: readonly WayPoint[]
  readonly agencyId: string
  readonly centreId: string
  readonly code: string | null
  readonly receivedAt: string | null
  readonly dueAt: string | null
  readonly calendarVersion: string | null
  readonly remainingMinutes: number | null
  /** Position that asked for the supplement now awaited. */
  readonly askedBy: string | null
  readonly finishedAt: string | null
  readonly returnedAt: string | null
  /** Intent that is running on the document. */
  readonly busy: string | null
  readonly documentId: string | null
  readonly outcome: string | null
  readonly result: 'granted' | 'denied' | null
}

export type CoreChange = Partial<Core>

/** Facts of an entry: what it changes, and details without personal data. */
export interface EntryFacts {
  readonly set: CoreChange
  /** The step that this entry finished, by the position of the entry: one more point of the way. */
  readonly done?: string
  /** True where the entry goes back to the last point of the way. */
  readonly back?: true
  readonly [detail: string]: unknown
}

/** An entry as hashed: RFC 8785 canonical JSON of exactly this, without `post` and `digest` where they are null. */
export interface EntryBody {
  readonly seq: number
  readonly type: EntryType
  readonly actor: string
  readonly post: string | null
  readonly at: string
  readonly facts: EntryFacts
  /** SHA-256(salt ‖ canonical payload), base64url; null without payload. */
  readonly digest: string | null
}

const EMPTY: Omit<Core, 'agencyId' | 'centreId'> = {
  state: STATE.new,
  step: null,
  way: [],
  code: null,
  receivedAt: null,
  dueAt: null,
  calendarVersion: null,
  remainingMinutes: null,
  askedBy: null,
  finishedAt: null,
  returnedAt: null,
  busy: null,
  documentId: null,
  outcome: null,
  result: null,
}

/** The core after one more entry. The first entry names agency and centre. */
export function applyEntry(core: Core | null, entry: Pick<EntryBody, 'facts' | 'post'>): Core {
  const { facts } = entry
  if (core !== null) {
    const way =
      facts.done !== undefined
        ? [...core.way, { step: facts.done, positionId: entry.post }]
        : facts.back === true
          ? core.way.slice(0, -1)
          : core.way
    return { ...core, way, ...facts.set }
  }
  const { agencyId, centreId } = facts.set
  if (agencyId === undefined || centreId === undefined)
    throw new Error('the first entry of a history must name agency and centre')
  return { ...EMPTY, ...facts.set, agencyId, centreId }
}

/** Folds a whole history. */
export function fold(entries: readonly EntryBody[]): Core | null {
  return entries.reduce<Core | null>((core, entry) => applyEntry(core, entry), null)
}
