// The serials of dossier codes: one series for each agency and day, without doubles whichever process asks.
import { sql } from 'kysely'
import type { Db } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import type { Platform } from '../../../platform/module.ts'

const takeSerials = statement(
  (db, given: { readonly agencyCode: string; readonly day: string; readonly count: number }) =>
    db
      .insertInto('dossier.serial')
      .values({ agency_code: given.agencyCode, day: given.day, last: given.count })
      .onConflict(conflict =>
        conflict.columns(['agency_code', 'day']).doUpdateSet({ last: sql`serial.last + excluded.last` }),
      )
      .returning('last'),
)

interface Waiting {
  readonly give: (serial: number) => void
  readonly fail: (fault: unknown) => void
}

/** Who waits for a serial of each series while a statement for it is under way. */
type Queues = Map<string, Waiting[]>
const queuesOf = new WeakMap<Db, Queues>()

/**
 * The next serial of an agency's dossier codes on a day. Taken aside, so that no command holds the row while another
 * waits for it; a command that fails afterwards leaves a gap, which is allowed. Those who ask while a statement is under
 * way are served together by the next one: at a busy counter nobody waits for more than two of them.
 */
export function nextSerial({ aside }: Pick<Platform, 'aside'>, agencyCode: string, day: string): Promise<number> {
  const queues: Queues = queuesOf.get(aside) ?? new Map()
  queuesOf.set(aside, queues)
  const series = `${agencyCode} ${day}`
  return new Promise((give, fail) => {
    const queue = queues.get(series)
    if (queue !== undefined) {
      queue.push({ give, fail })
      return
    }
    const own: Waiting[] = [{ give, fail }]
    queues.set(series, own)
    const take = async (count: number) => (await takeSerials.one(aside, { agencyCode, day, count })).last
    void serve(own, take, () => queues.delete(series))
  })
}

/** Serves a queue until nobody stands in it; `done` before anybody else can join. */
async function serve(queue: Waiting[], take: (count: number) => Promise<number>, done: () => void): Promise<void> {
  while (queue.length > 0) {
    const served = queue.splice(0)
    try {
      const last = await take(served.length)
      for (const [at, { give }] of served.entries()) give(last - served.length + 1 + at)
    } catch (fault) {
      for (const { fail } of served) fail(fault)
    }
  }
  done()
}
