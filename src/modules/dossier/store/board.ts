// SQL of public counts: deltas appended by commands, folded by a job, read together.
import { sql } from 'kysely'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { type Db, inTransaction, type Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { type Core, type DossierId, type EntryType, STATE } from '../dossier.ts'

export const INDICATORS = ['submitted', 'received', 'refused', 'on-time', 'late', 'withdrawn', 'open'] as const
export type Indicator = (typeof INDICATORS)[number]

export interface ProgressFact {
  readonly dossierId: DossierId
  readonly seq: number
  readonly agencyId: string
  readonly field: string
  readonly type: EntryType
  readonly before: Core | null
  readonly after: Core
  readonly at: Date
}

/** The day of counts that have none: `open` is a level, kept in one row for each agency and field. */
const NO_DAY = '1970-01-01'

export const progressDay = (indicator: Indicator, at: Date): string => (indicator === 'open' ? NO_DAY : civilDateOf(at))

/** What an entry adds to the public counts. On time: settled at or before the due instant, or no limit was set. */
export function progressOf(fact: Pick<ProgressFact, 'type' | 'before' | 'after'>): [Indicator, number][] {
  switch (fact.type) {
    case 'submitted':
      return [['submitted', 1]]
    case 'received':
      return [
        ['received', 1],
        ['open', 1],
      ]
    case 'refused':
      return [['refused', 1]]
    case 'withdrawn':
      return fact.before?.receivedAt == null
        ? [['withdrawn', 1]]
        : [
            ['withdrawn', 1],
            ['open', -1],
          ]
    case 'sealed': {
      if (fact.after.state !== STATE.settled) return []
      const onTime = fact.after.dueAt === null || (fact.after.finishedAt ?? '') <= fact.after.dueAt
      return [
        [onTime ? 'on-time' : 'late', 1],
        ['open', -1],
      ]
    }
    default:
      return []
  }
}

interface DeltaRow {
  readonly dossierId: string
  readonly seq: number
  readonly indicator: Indicator
  readonly agencyId: string
  readonly field: string
  readonly day: string
  readonly amount: number
}

const insertDelta = statement((db, { dossierId, seq, indicator, agencyId, field, day, amount }: DeltaRow) =>
  db
    .insertInto('dossier.delta')
    .values({ dossier_id: dossierId, seq, indicator, agency_id: agencyId, field, day, amount }),
)

export async function recordProgress(tx: Tx, fact: ProgressFact): Promise<void> {
  const { dossierId, seq, agencyId, field } = fact
  for (const [indicator, amount] of progressOf(fact))
    await insertDelta.send(tx, {
      dossierId,
      seq,
      indicator,
      agencyId,
      field,
      day: progressDay(indicator, fact.at),
      amount,
    })
}

/**
 * Moves deltas into the tally, a batch at a time; a delta is in one of the two at every instant. Sums without fields follow by
 * triggers (dossier/0017).
 */
export async function foldDeltas(db: Db, batch: number): Promise<number> {
  return inTransaction(db, async tx => {
    const { rows } = await sql<{ folded: number }>`
      with taken as (
        delete from dossier.delta where ctid in (select ctid from dossier.delta limit ${batch} for update skip locked)
        returning agency_id, field, day, indicator, amount
      ), summed as (
        select agency_id, field, day, indicator, sum(amount) as amount, count(*) as n from taken group by 1, 2, 3, 4 order by 1, 2, 3, 4
      ), kept as (
        insert into dossier.tally as t (agency_id, field, day, indicator, amount) select agency_id, field, day, indicator, amount from summed
        on conflict (agency_id, field, day, indicator) do update set amount = t.amount + excluded.amount
      ) select coalesce(sum(n), 0)::int as folded from summed`.execute(tx)
    return rows[0]?.folded ?? 0
  })
}

export interface BoardRow {
  readonly agencyId: string
  readonly counts: ReadonlyMap<Indicator, number>
}

type DaySums = Readonly<
  Record<'submitted' | 'received' | 'refused' | 'on_time' | 'late' | 'withdrawn' | 'open', number>
>

const daySums = sql`coalesce(sum(submitted), 0)::bigint as submitted,
  coalesce(sum(received), 0)::bigint as received,
  coalesce(sum(refused), 0)::bigint as refused,
  coalesce(sum(on_time), 0)::bigint as on_time,
  coalesce(sum(late), 0)::bigint as late,
  coalesce(sum(withdrawn), 0)::bigint as withdrawn,
  coalesce(sum(open), 0)::bigint as open`

const countsOf = (sums: DaySums): ReadonlyMap<Indicator, number> =>
  new Map(INDICATORS.map(indicator => [indicator, sums[indicator === 'on-time' ? 'on_time' : indicator]]))

const readAgencies = statement(
  (_, { from, to }: { readonly from: string; readonly to: string }) => sql<DaySums & { readonly agency_id: string }>`
    select agency_id, ${daySums} from dossier.read_days
    where day between ${from}::date and ${to}::date or day = ${NO_DAY}::date group by agency_id`,
)

/** Counts by agency over days; `open` counts from the beginning. */
export async function readBoard(db: Db, from: string, to: string): Promise<BoardRow[]> {
  const rows = await readAgencies.all(db, { from, to })
  return rows.map(row => ({ agencyId: row.agency_id, counts: countsOf(row) }))
}

const readProvince = statement(
  (_, { day }: { readonly day: string }) => sql<DaySums>`
    select ${daySums} from dossier.read_days where day in (${day}::date, ${NO_DAY}::date)`,
)

/** Sums of the whole province for one day. */
export async function readDay(db: Db, day: string): Promise<ReadonlyMap<Indicator, number>> {
  return countsOf(await readProvince.one(db, { day }))
}
