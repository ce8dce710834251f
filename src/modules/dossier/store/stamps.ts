// SQL of the time stamps of seals.
import type { Db } from '../../../platform/db/database.ts'
import type { StoredSeal } from './seals.ts'

export interface NewStamp {
  readonly seal: number
  readonly token: Buffer
  readonly stampedAt: Date
  readonly authority: string
}

/** Seals without a stamp, oldest first. */
export async function unstampedSeals(db: Db, limit: number): Promise<StoredSeal[]> {
  return db
    .selectFrom('dossier.seal as s')
    .leftJoin('dossier.seal_stamp as t', 't.seal', 's.number')
    .select(['s.number', 's.body', 's.root'])
    .where('t.seal', 'is', null)
    .orderBy('s.number')
    .limit(limit)
    .execute()
}

/** Keeps a token; where another worker was first, its token stays. */
export async function insertStamp(db: Db, stamp: NewStamp): Promise<void> {
  await db
    .insertInto('dossier.seal_stamp')
    .values({ seal: stamp.seal, token: stamp.token, stamped_at: stamp.stampedAt, authority: stamp.authority })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

export async function findStamp(db: Db, seal: number) {
  const row = await db
    .selectFrom('dossier.seal_stamp')
    .select(['token', 'stamped_at', 'authority'])
    .where('seal', '=', seal)
    .executeTakeFirst()
  return row === undefined ? null : { token: row.token, stampedAt: row.stamped_at, authority: row.authority }
}

/** Who stamped these seals, and when. */
export async function stampsOf(db: Db, seals: readonly number[]) {
  if (seals.length === 0) return new Map<number, { readonly stampedAt: Date; readonly authority: string }>()
  const rows = await db
    .selectFrom('dossier.seal_stamp')
    .select(['seal', 'stamped_at', 'authority'])
    .where('seal', 'in', seals)
    .execute()
  return new Map(rows.map(row => [row.seal, { stampedAt: row.stamped_at, authority: row.authority }]))
}

/** Stamps with what they stamp, by number. */
export async function stampedSeals(db: Db, after: number, limit: number) {
  const rows = await db
    .selectFrom('dossier.seal_stamp as t')
    .innerJoin('dossier.seal as s', 's.number', 't.seal')
    .select(['s.number', 's.body', 't.token', 't.stamped_at'])
    .where('s.number', '>', after)
    .orderBy('s.number')
    .limit(limit)
    .execute()
  return rows.map(row => ({ number: row.number, body: row.body, token: row.token, stampedAt: row.stamped_at }))
}
