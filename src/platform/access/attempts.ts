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

/**
 * Counts one try and says how many seconds to wait when the limit is passed, else 0. Committed by itself, so that a
 * failed command still counts.
 */
export async function countAttempt(db: Db, keys: KeyRing, at: Date, limit: AttemptLimit): Promise<number> {
  const bucket = blindIndex(keys, 'attempt', limit.bucket).toString('base64url')
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

/** Seconds to wait before another try, 0 when one may be made now; counts nothing. */
export async function waitFor(db: Db, keys: KeyRing, at: Date, limit: AttemptLimit): Promise<number> {
  const bucket = blindIndex(keys, 'attempt', limit.bucket).toString('base64url')
  const row = await db
    .selectFrom('platform.attempt')
    .select(['count', 'started_at'])
    .where('bucket', '=', bucket)
    .executeTakeFirst()
  if (row === undefined || row.count < limit.limit) return 0
  return Math.max(0, Math.ceil((row.started_at.getTime() + limit.windowSeconds * 1000 - at.getTime()) / 1000))
}

/** Forgets the tries of a bucket, after a success. */
export async function forgetAttempts(db: Db, keys: KeyRing, bucket: string): Promise<void> {
  await db
    .deleteFrom('platform.attempt')
    .where('bucket', '=', blindIndex(keys, 'attempt', bucket).toString('base64url'))
    .execute()
}

/** Forgets windows that opened before `before`. */
export async function purgeAttempts(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('platform.attempt').where('started_at', '<', before).execute()
}
