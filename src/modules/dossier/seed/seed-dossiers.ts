// `motcua seed`: a province with a past, in one transaction: rows by COPY into tables without their indexes, which are built after.
import type pg from 'pg'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { WorkingCalendar } from '../../../platform/calendar/working-time.ts'
import { withoutIndexes } from '../../../platform/db/bulk-load.ts'
import { seedPeople } from '../../identity/index.ts'
import { readCalendar } from '../../organisation/index.ts'
import type { House } from '../change-dossier.ts'
import { arrivals } from './arrivals.ts'
import { type Kind, kindsOf } from './kinds.ts'
import { type Making, makeDossier } from './make-dossier.ts'
import { personName, pick, randomSource } from './people.ts'
import { emptyRows, readSerials, writeRows, writeTotals } from './rows.ts'

export interface SeedOptions {
  readonly dossiers: number
  readonly seed: number
  readonly onProgress: (done: number) => void
}

/** Bytes a seeded dossier takes in the database, indexes included; measured on 100,000. */
export const BYTES_PER_DOSSIER = 6_200

const BATCH = 2000
/** From here on it pays to build the indexes anew. */
const MANY = 20_000

/** Adds dossiers of the last two years; all or nothing. Throws when no procedure is published. */
export async function seedDossiers(house: House, pool: pg.Pool, options: SeedOptions): Promise<void> {
  const { dossiers } = options
  const now = house.clock.now()
  const today = civilDateOf(now)
  // Read before: dropping references locks the tables that they point to.
  const world = { now, calendar: await readCalendar(house.db, 'chung', today), kind: await kindsOf(house, today) }
  const client = await pool.connect()
  try {
    await client.query('begin')
    const load = () => loadDossiers(house, client, options, world)
    if (dossiers < MANY) await load()
    else await withoutIndexes(client, ['dossier.dossier', 'dossier.todo'], load)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

interface World {
  readonly now: Date
  readonly calendar: WorkingCalendar
  readonly kind: (random: () => number) => Kind
}

async function loadDossiers(house: House, client: pg.PoolClient, options: SeedOptions, world: World): Promise<void> {
  const { dossiers, seed, onProgress } = options
  const { now, calendar, kind } = world
  const random = randomSource(seed)
  const people = await seedPeople(house.keys, client, Math.max(10, Math.floor(dossiers / 4)), random, personName, now)
  const totals = { serials: await readSerials(client), tally: new Map<string, number>() }
  const times = arrivals(calendar, now, dossiers, random)
  // One batch is made while the one before is written.
  let writing: Promise<void> = Promise.resolve()
  for (let done = 0; done < dossiers; ) {
    const rows = emptyRows()
    const until = Math.min(done + BATCH, dossiers)
    for (; done < until; done++) {
      const making: Making = {
        kind: kind(random),
        person: pick(random, people),
        at: times.next().value ?? now,
        now,
        calendar,
        random,
        totals,
      }
      makeDossier(house, rows, making)
    }
    await writing
    writing = writeRows(client, rows)
    // Awaited in the next turn or below; a failure meanwhile must not end the process.
    writing.catch(() => undefined)
    onProgress(done)
  }
  await writing
  await writeTotals(client, totals)
}
