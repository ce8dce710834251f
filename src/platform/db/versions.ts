// Counters that say which state of some data is current: what caches stand on.
import { type Kysely, sql } from 'kysely'
import type { DB } from './schema.generated.ts'
import { statement } from './statement.ts'

/** `reference` is raised by triggers only. */
export type VersionName = 'public' | 'access' | 'set-up' | 'reference'

/** Raises a version counter: caches that stand on it let go after the commit. */
export async function raiseVersion(tx: Kysely<DB>, name: Exclude<VersionName, 'reference'>): Promise<void> {
  await tx.updateTable('platform.version').set({ value: sql`value + 1` }).where('name', '=', name).execute()
}

const readValue = statement((db, given: { name: VersionName }) =>
  db.selectFrom('platform.version').select('value').where('name', '=', given.name),
)

export async function readVersion(db: Kysely<DB>, name: VersionName): Promise<number> {
  return (await readValue.one(db, { name })).value
}
