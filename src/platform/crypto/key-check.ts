// The ring and the database belong together: what does not fit is said at the start, not as wrong passwords and missing pages.
import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { type KeyRing, KeyRingUnfit } from './keys.ts'

/** Whether somebody was here: then a ring that is missing was lost, and making a new one would hide it. */
export async function isInhabited(db: Db): Promise<boolean> {
  const { rows } = await sql<{ inhabited: boolean }>`
    select exists (select from platform.key_check) or exists (select from platform.audit) as inhabited`.execute(db)
  return rows[0]?.inhabited ?? false
}

/** Throws KeyRingUnfit where the ring lacks a generation that the database knows, or has another key for it. */
export async function checkRing(db: Db, keys: KeyRing, path: string): Promise<void> {
  const known = await db.selectFrom('platform.key_check').select(['generation', 'mark']).execute()
  for (const { generation, mark } of known)
    if (!keys.has(generation) || !keys.key('check', generation).equals(mark))
      throw new KeyRingUnfit(
        `The key ring ${path} does not belong to this database (generation ${generation}): what is sealed there cannot be opened. Put back the ring that was backed up with it.`,
      )
}

/** Remembers the generations of a ring that fits. */
export async function rememberRing(db: Db, keys: KeyRing): Promise<void> {
  const marks = Array.from({ length: 255 }, (_, index) => index + 1)
    .filter(generation => keys.has(generation))
    .map(generation => ({ generation, mark: keys.key('check', generation) }))
  await db
    .insertInto('platform.key_check')
    .values(marks)
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
