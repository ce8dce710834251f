// Limits shared by all processes: tries inside a window, counted in PostgreSQL, keyed by digests.
import { sql } from 'kysely'
import { blindIndex, type KeyRing } from '../crypto/keys.ts'
import { type Db, inTransaction } from '../db/database.ts'
import { statement } from '../db/statement.ts'
import { customerOf } from './network.ts'

export interface AttemptLimit {
  /** Names the counter together with the thing tried. */
  readonly bucket: string
  readonly limit: number
  readonly windowSeconds: number
  /** What one try takes of the limit; 1 when not said. */
  readonly cost?: number
}

/** What may come from one network: `limit` from an IPv4 address or a /64, `ofCustomer` from the /48 that a /64 lies in. */
export interface NetworkLimit {
  readonly limit: number
  readonly ofCustomer: number
  readonly windowSeconds: number
  readonly cost?: number
}

/** A phone has a /64 of its own, but so have 65,536 networks of one customer with a /48: these count together too. */
export function limitsFrom(network: string, what: string, given: NetworkLimit): AttemptLimit[] {
  const { ofCustomer, ...own } = given
  const customer = customerOf(network)
  return [
    { ...own, bucket: `${what} from ${network}` },
    ...(customer === null ? [] : [{ ...own, limit: ofCustomer, bucket: `${what} from ${customer}` }]),
  ]
}

const bucketKey = (keys: KeyRing, bucket: string): string => blindIndex(keys, 'attempt', bucket).toString('base64url')

/** Limits in the order of their keys: in this order their rows are locked, so that two never wait for each other. */
const inOrder = (keys: KeyRing, limits: readonly AttemptLimit[]) =>
  limits.map(limit => ({ ...limit, key: bucketKey(keys, limit.bucket) })).sort((a, b) => (a.key < b.key ? -1 : 1))

interface Taken {
  readonly keys: string[]
  readonly costs: number[]
  readonly windows: number[]
  readonly at: Date
}

const take = statement((_, given: Taken) => {
  const over = sql`a.started_at <= ${given.at}::timestamptz
      - make_interval(secs => (${given.windows}::int[])[array_position(${given.keys}::text[], a.bucket)])`
  return sql<{ bucket: string; count: number; started_at: Date }>`
    insert into platform.attempt as a (bucket, started_at, count)
    select bucket, ${given.at}::timestamptz, cost from unnest(${given.keys}::text[], ${given.costs}::int[]) with ordinality as t (bucket, cost, n) order by n
    on conflict (bucket) do update set
      count = case when ${over} then excluded.count else a.count + excluded.count end,
      started_at = case when ${over} then excluded.started_at else a.started_at end
    returning bucket, count, started_at`
})

/**
 * Takes a try from each of these limits in one statement, before what is tried is looked at: a hundred at once are a
 * hundred tries. Gives the seconds to wait when one limit is passed, else 0.
 *
 * `shared` limits are everybody's: what `limits` refuses is given back to them, or one stranger who goes on after the own
 * limit would use up those of all others.
 */
export async function takeAttempts(
  db: Db,
  keys: KeyRing,
  at: Date,
  limits: readonly AttemptLimit[],
  shared: readonly AttemptLimit[] = [],
): Promise<number> {
  const sorted = inOrder(keys, [...limits, ...shared])
  if (sorted.length === 0) return 0
  const rows = await take.all(db, {
    keys: sorted.map(each => each.key),
    costs: sorted.map(each => each.cost ?? 1),
    windows: sorted.map(each => each.windowSeconds),
    at,
  })
  const waitFor = (of: readonly AttemptLimit[]): number => {
    let wait = 0
    for (const row of rows) {
      const limit = sorted.find(each => each.key === row.bucket)
      if (limit === undefined || row.count <= limit.limit || !of.some(each => each.bucket === limit.bucket)) continue
      wait = Math.max(wait, 1, Math.ceil((row.started_at.getTime() + limit.windowSeconds * 1000 - at.getTime()) / 1000))
    }
    return wait
  }
  const own = waitFor(limits)
  if (own > 0 && shared.length > 0) await returnAttempts(db, keys, shared, [])
  return own > 0 ? own : waitFor(shared)
}

const forget = statement((db, given: { readonly key: string }) =>
  db.deleteFrom('platform.attempt').where('bucket', '=', given.key),
)
const giveBack = statement((db, given: { readonly key: string; readonly cost: number }) =>
  db
    .updateTable('platform.attempt')
    .set({ count: sql`greatest(count - ${given.cost}::int, 0)` })
    .where('bucket', '=', given.key),
)

/** After a success: gives the try back to `limits`, and forgets all tries of `forgotten`. */
export async function returnAttempts(
  db: Db,
  keys: KeyRing,
  limits: readonly AttemptLimit[],
  forgotten: readonly AttemptLimit[],
): Promise<void> {
  await inTransaction(db, async tx => {
    for (const { bucket, key, cost = 1 } of inOrder(keys, [...limits, ...forgotten]))
      await (forgotten.some(each => each.bucket === bucket)
        ? forget.send(tx, { key })
        : giveBack.send(tx, { key, cost }))
  })
}

/** Forgets windows that opened before `before`. */
export async function purgeAttempts(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('platform.attempt').where('started_at', '<', before).execute()
}
