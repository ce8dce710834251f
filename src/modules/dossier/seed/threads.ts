// Threads that make seeded dossiers: batches go out in turn and come back in their order.
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { builtRoot } from '../../../platform/root.ts'
import type { EncodedRows, Totals } from './rows.ts'
import type { SeedReply, SeedTask, SeedWorld } from './seed-thread.ts'

/** The young generation of a thread: most of what it makes dies at once, and is looked through the less often. */
const YOUNG_MB = 64

export interface SeedThreads {
  /** The rows of a batch. */
  make(batch: Exclude<SeedTask, 'end'>): Promise<EncodedRows>
  /** What all batches add up to; ask when all are back. */
  totals(): Promise<Totals>
  close(): Promise<void>
}

/** As many threads as cores, `batches` at most. `serials`: those given before the seed, by agency and day. */
export function seedThreads(
  world: Omit<SeedWorld, 'share' | 'serials'>,
  serials: ReadonlyMap<string, number>,
  batches: number,
): SeedThreads {
  const stride = Math.max(1, Math.min(availableParallelism(), batches))
  const threads = Array.from({ length: stride }, (_, index) => {
    // Of three threads the first gives 1, 4, 7 …: the last serial before its first would have been −2.
    const from = index + 1 - stride
    const workerData: SeedWorld = {
      ...world,
      share: { from, stride },
      serials: new Map([...serials].map(([key, last]) => [key, last + from])),
    }
    return new Worker(join(builtRoot, 'modules/dossier/seed/seed-thread.js'), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
  })
  // A thread works off its batches one after the other; each answer waits for the one before.
  const last = threads.map((): Promise<unknown> => Promise.resolve())
  const ask = (index: number, task: SeedTask): Promise<SeedReply> => {
    const thread = threads[index]
    if (thread === undefined) throw new Error('no thread makes dossiers')
    const answer = (last[index] as Promise<unknown>).then(async () => {
      thread.postMessage(task)
      const [reply] = await once(thread, 'message')
      return reply as SeedReply
    })
    last[index] = answer.catch(() => undefined)
    return answer
  }
  let turn = 0
  return {
    async make(batch) {
      const reply = await ask(turn++ % stride, batch)
      if (!('rows' in reply)) throw new Error('a thread gave totals for a batch')
      return reply.rows
    },
    async totals() {
      const sum: Totals = { serials: new Map(serials), tally: new Map() }
      for (const [index] of threads.entries()) {
        const reply = await ask(index, 'end')
        if (!('totals' in reply)) throw new Error('a thread gave a batch for the totals')
        for (const [key, given] of reply.totals.serials)
          sum.serials.set(key, Math.max(sum.serials.get(key) ?? 0, given))
        for (const [key, amount] of reply.totals.tally) sum.tally.set(key, (sum.tally.get(key) ?? 0) + amount)
      }
      return sum
    },
    async close() {
      await Promise.all(threads.map(thread => thread.terminate()))
    },
  }
}
