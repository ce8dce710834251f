// Monthly partitions of what grows with time: made ahead, by the job, at the start and before a dump is loaded.
import { sql } from 'kysely'
import { civilDateOf } from '../platform/calendar/civil.ts'
import type { Db } from '../platform/db/database.ts'

/** Makes monthly partitions from the month before `from` for `months` months. */
export async function ensurePartitions(db: Db, from: Date, months: number): Promise<void> {
  const first = civilDateOf(new Date(from.getTime() - 31 * 86_400_000))
  for (const [table, byId] of [
    ['platform.audit', false],
    ['dossier.entry', true],
    ['dossier.payload', true],
  ] as const) {
    await sql`select platform.ensure_partitions(${table}::regclass, ${byId}, ${first}::date, ${months})`.execute(db)
  }
}
