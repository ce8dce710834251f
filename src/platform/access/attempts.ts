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
 * Counts one try and says how many seconds to wait when the limit is passed, else 0. Committed by itself, so that a
 * failed command still counts.
 */
export async function countAttempt(db: Db, keys: KeyRing, at: Date, limit: AttemptLimit): Promise<number> {
  const bucket = bucketKey(keys, limit.bucket)
  const opened = new Date(at.getTime() - limit.windowSeconds * 1000)
  const { rows } = await sql<{ count: number; started_at: Date }>`
    insert into platform.attempt as a (bucket, started_at, count) values (${bucket}, ${at}, 1)
    on conflict (bucket) do update set
      count = case when a.started_at <= ${opened} then 1 else a.count + 1 end,
      started_at = case when a.started_at <= ${opened} then excluded.started_at else a.started_at end
    returning count, started_at`.execute(db)
  const row = rows[0]
  if (row === undefined || row.count <= limit.limit) return 0
  return Math.max(1, Math.ceil((row.started_at.getTime() + limit.windowSeconds * 1000 - at.getTime()) / 1000))
}

export interface Standing {
  /** Seconds to wait before another try, 0 when one may be made now. */
  readonly wait: number
  /** Buckets with tries that are not forgotten yet. */
  readonly tried: ReadonlySet<string>
}

/** How things stand with all of these limits, in one statement; counts nothing. */
export async function standingOf(db: Db, keys: KeyRing, at: Date, limits: readonly AttemptLimit[]): Promise<Standing> {
  const byKey = new Map(limits.map(limit => [bucketKey(keys, limit.bucket), limit]))
  const rows = await db
    .selectFrom('platform.attempt')
    .select(['bucket', 'count', 'started_at'])
    .where('bucket', '=', sql<string>`any(${[...byKey.keys()]}::text[])`)
    .execute()
  let wait = 0
  const tried = new Set<string>()
  for (const row of rows) {
    const limit = byKey.get(row.bucket)
    if (limit === undefined) continue
    tried.add(limit.bucket)
    if (row.count >= limit.limit)
      wait = Math.max(wait, Math.ceil((row.started_at.getTime() + limit.windowSeconds * 1000 - at.getTime()) / 1000))
  }
  return { wait, tried }
}

/** Forgets the tries of a bucket, after a success. */
export async function forgetAttempts(db: Db, keys: KeyRing, bucket: string): Promise<void> {
  await db.deleteFrom('platform.attempt').where('bucket', '=', bucketKey(keys, bucket)).execute()
}

/** Forgets windows that opened before `before`. */
export async function purgeAttempts(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('platform.attempt').where('started_at', '<', before).execute()
}
