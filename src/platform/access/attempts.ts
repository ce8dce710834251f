// Limits shared by all processes: tries inside a window, counted in PostgreSQL, keyed by digests.
import { sql } from 'kysely'
import { blindIndex, type KeyRing } from '../crypto/keys.ts'
import type { Db } from '../db/database.ts'

export interface AttemptLimit {
  /** Names the counter together with the thing tried. */
  readonly bucket: string
  readonly limit: number
  readonly windowSeconds: number
}

const bucketKey = (keys: KeyRing, bucket: string): string => blindIndex(keys, 'attempt', bucket).toString('base64url')

/**
 * Takes one try from each of these limits in one statement, before what is tried is looked at: a hundred at once are a
 * hundred tries. Gives the seconds to wait when one limit is passed, else 0.
 */
export async function takeAttempts(db: Db, keys: KeyRing, at: Date, limits: readonly AttemptLimit[]): Promise<number> {
  // In the order of their keys, so that two statements never wait for each other.
  const sorted = limits
    .map(limit => ({ ...limit, key: bucketKey(keys, limit.bucket) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const { rows } = await sql<{ bucket: string; count: number; started_at: Date }>`
    insert into platform.attempt as a (bucket, started_at, count)
    select bucket, ${at}, 1 from unnest(${sorted.map(each => each.key)}::text[]) with ordinality as t (bucket, n) order by n
    on conflict (bucket) do update set
      count = case when a.started_at <= ${at}::timestamptz - (${windowOf(sorted)}) then 1 else a.count + 1 end,
      started_at = case when a.started_at <= ${at}::timestamptz - (${windowOf(sorted)}) then excluded.started_at else a.started_at end
    returning bucket, count, started_at`.execute(db)
  let wait = 0
  for (const row of rows) {
    const limit = sorted.find(each => each.key === row.bucket)
    if (limit === undefined || row.count <= limit.limit) continue
    wait = Math.max(wait, 1, Math.ceil((row.started_at.getTime() + limit.windowSeconds * 1000 - at.getTime()) / 1000))
  }
  return wait
}

/** The window of the row at hand. */
function windowOf(limits: readonly { readonly key: string; readonly windowSeconds: number }[]) {
  const cases = limits.map(each => sql`when ${each.key} then ${each.windowSeconds}::int`)
  return sql`make_interval(secs => case a.bucket ${sql.join(cases, sql` `)} end)`
}

/**
 * After a success: gives the try back to `limits`, and forgets all tries of `forgotten`. One row a statement: `takeAttempts`
 * holds several at once, and two that hold several can wait for each other.
 */
export async function returnAttempts(
  db: Db,
  keys: KeyRing,
  limits: readonly AttemptLimit[],
  forgotten: readonly AttemptLimit[],
): Promise<void> {
  for (const { bucket } of forgotten)
    await db.deleteFrom('platform.attempt').where('bucket', '=', bucketKey(keys, bucket)).execute()
  for (const { bucket } of limits)
    await db
      .updateTable('platform.attempt')
      .set({ count: sql`greatest(count - 1, 0)` })
      .where('bucket', '=', bucketKey(keys, bucket))
      .execute()
}

/** Forgets windows that opened before `before`. */
export async function purgeAttempts(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('platform.attempt').where('started_at', '<', before).execute()
}
