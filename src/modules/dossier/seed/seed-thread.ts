// A worker thread that makes the lives of seeded dossiers, a batch at a time, and encodes their rows for COPY.
import { parentPort, workerData } from 'node:worker_threads'
import { borrowedRing, type LentKeys } from '../../../platform/crypto/keys.ts'
import type { SeededPerson } from '../../identity/index.ts'
import type { Kind } from './kinds.ts'
import { type Making, makeDossier } from './make-dossier.ts'
import { randomSource, weighted } from './people.ts'
import { type EncodedRows, emptyRows, encoded, type Totals } from './rows.ts'

/** What all batches of a thread share. */
export interface SeedWorld extends Pick<Making, 'calendar' | 'now' | 'share'> {
  readonly keys: LentKeys
  readonly kinds: readonly (readonly [Kind, number])[]
  /** Last serials given in this thread's share. */
  readonly serials: ReadonlyMap<string, number>
}
/** One batch; or the end, which asks for the totals. */
export type SeedTask =
  | { readonly seed: number; readonly arrivals: readonly { readonly at: Date; readonly person: SeededPerson }[] }
  | 'end'
export type SeedReply = { readonly rows: EncodedRows } | { readonly totals: Totals }

const port = parentPort
if (port !== null) {
  const { keys, kinds, serials, ...world } = workerData as SeedWorld
  const ring = borrowedRing(keys)
  const kind = weighted(kinds)
  const totals: Totals = { serials: new Map(serials), tally: new Map() }
  port.on('message', (task: SeedTask) => {
    if (task === 'end') return port.postMessage({ totals } satisfies SeedReply)
    const random = randomSource(task.seed)
    const made = emptyRows()
    for (const arrival of task.arrivals)
      makeDossier(ring, made, { ...world, ...arrival, kind: kind(random), random, totals })
    const rows = encoded(made)
    port.postMessage(
      { rows } satisfies SeedReply,
      Object.values(rows).map(bytes => bytes.buffer),
    )
  })
}
