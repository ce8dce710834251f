// `motcua seed`: a province with a past, in one transaction: rows by COPY into tables without their indexes, which are built after.
import type pg from 'pg'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { WorkingCalendar } from '../../../platform/calendar/working-time.ts'
import { lendKeys } from '../../../platform/crypto/keys.ts'
import { withoutIndexes } from '../../../platform/db/bulk-load.ts'
import { newSpokenCode } from '../../../platform/id.ts'
import { seedPeople } from '../../identity/index.ts'
import { readCalendar } from '../../organisation/index.ts'
import type { House } from '../change-dossier.ts'
import { arrivals } from './arrivals.ts'
import { kindsOf } from './kinds.ts'
import { personName, pick, randomSource } from './people.ts'
import { type EncodedRows, readSerials, writeRows, writeTotals } from './rows.ts'
import { type SeedThreads, seedThreads } from './threads.ts'

export interface SeedOptions {
  readonly dossiers: number
  readonly seed: number
  readonly onProgress: (done: number) => void
}

/** Bytes a seeded dossier takes in the database, indexes included; measured on 100,000. */
export const BYTES_PER_DOSSIER = 6_200
/** Bytes of the heap that a seed keeps for each dossier until its end: who may file, and what all add up to. Ten million ended at 732 MB. */
export const HEAP_PER_DOSSIER = 80

const BATCH = 2000
/** Batches under way at once; a thread has its next one at hand. */
const AHEAD = 6
/** From here on it pays to build the indexes anew. */
const MANY = 20_000

/** Adds dossiers of the last two years; all or nothing. Throws when no procedure is published. */
export async function seedDossiers(house: House, pool: pg.Pool, options: SeedOptions): Promise<void> {
  const { dossiers } = options
  const now = house.clock.now()
  const today = civilDateOf(now)
  // Read before: dropping references locks the tables that they point to.
  const world = {
    now,
    calendar: await readCalendar(house.db, 'chung', today),
    kinds: await kindsOf(house, today),
    keys: lendKeys(house.keys, ['field', 'payload', 'blind-index']),
  }
  const client = await pool.connect()
  const threads = seedThreads(world, await readSerials(client), Math.ceil(dossiers / BATCH))
  try {
    await client.query('begin')
    const load = () => loadDossiers(house, client, options, { ...world, threads })
    if (dossiers < MANY) await load()
    else await withoutIndexes(client, ['dossier.dossier', 'dossier.todo'], load)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
    await threads.close()
  }
}

interface World {
  readonly now: Date
  readonly calendar: WorkingCalendar
  readonly threads: SeedThreads
}

async function loadDossiers(house: House, client: pg.PoolClient, options: SeedOptions, world: World): Promise<void> {
  const { dossiers, seed, onProgress } = options
  const { now, calendar, threads } = world
  const random = randomSource(seed)
  const people = await seedPeople(house.keys, client, Math.max(10, Math.floor(dossiers / 4)), random, personName, now)
  const times = arrivals(calendar, now, dossiers, random)
  let drawn = 0
  const nextBatch = (): Promise<EncodedRows> | null => {
    if (drawn === dossiers) return null
    const size = Math.min(BATCH, dossiers - drawn)
    drawn += size
    const batch = threads.make({
      seed: Math.floor(random() * 2 ** 32),
      arrivals: Array.from({ length: size }, () => ({ at: times.next().value ?? now, person: pick(random, people) })),
    })
    // Awaited in its turn; a failure before that must not end the process.
    batch.catch(() => undefined)
    return batch
  }
  // Some batches are made while the ones before are written, in their order: dossiers lie in the table as they came.
  const ahead = Array.from({ length: AHEAD }, nextBatch)
  for (let written = 0; ; ) {
    const batch = ahead.shift() ?? null
    if (batch === null) break
    const rows = await batch
    ahead.push(nextBatch())
    await writeRows(client, rows)
    written = Math.min(written + BATCH, dossiers)
    onProgress(written)
  }
  await writeTotals(client, await threads.totals())
  if (dossiers >= MANY) await renewDoubles(client)
}

/**
 * References are drawn at random, and among ten million of ten signs two are alike in one seed of sixteen: the index that is
 * built last would refuse them all. Those of this seed, which is one transaction, are drawn anew.
 */
export async function renewDoubles(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `select d.id from dossier.dossier d
     join (select reference from dossier.dossier group by reference having count(*) > 1) twice using (reference)
     where d.xmin::text = pg_current_xact_id()::xid::text`,
  )
  for (const { id } of rows)
    await client.query('update dossier.dossier set reference = $2 where id = $1', [id, newSpokenCode(10)])
}
