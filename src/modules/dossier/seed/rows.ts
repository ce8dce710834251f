// Rows of seeded dossiers, gathered and copied a batch at a time.
import type pg from 'pg'
import { type Cell, copyRows } from '../../../platform/db/copy-rows.ts'

export const emptyRows = () => ({
  entries: [] as Cell[][],
  payloads: [] as Cell[][],
  dossiers: [] as Cell[][],
  todos: [] as Cell[][],
})
export type Rows = ReturnType<typeof emptyRows>

/** Sums over all dossiers, by the columns of their key joined with tabs. */
export interface Totals {
  readonly serials: Map<string, number>
  readonly tally: Map<string, number>
}

/** Adds to a sum and gives it. */
export function addTo(sums: Map<string, number>, key: readonly string[], amount: number): number {
  const text = key.join('\t')
  const sum = (sums.get(text) ?? 0) + amount
  sums.set(text, sum)
  return sum
}

export async function writeRows(client: pg.PoolClient, rows: Rows): Promise<void> {
  await copyRows(client, 'dossier.entry', ['dossier_id', 'seq', 'body', 'hash'], rows.entries)
  await copyRows(client, 'dossier.payload', ['dossier_id', 'seq', 'salt', 'sealed'], rows.payloads)
  await copyRows(
    client,
    'dossier.dossier',
    [
      'id',
      'kind',
      'channel',
      'procedure_code',
      'revision_id',
      'reference',
      'code',
      'state',
      'step',
      'process',
      'agency_id',
      'centre_id',
      'applicant_id',
      'applicant_name',
      'subject',
      'id_index',
      'tail_index',
      'token_index',
      'token',
      'submitted_at',
      'received_at',
      'due_at',
      'calendar_version',
      'remaining_minutes',
      'finished_at',
      'returned_at',
      'seq',
      'hash',
      'search',
      'updated_at',
    ],
    rows.dossiers,
  )
  await copyRows(
    client,
    'dossier.todo',
    ['dossier_id', 'step', 'position_id', 'procedure_code', 'queue', 'due_at', 'step_due_at', 'since'],
    rows.todos,
  )
}

/** The serials given so far: codes of a second seed go on behind those of the first. */
export async function readSerials(client: pg.PoolClient): Promise<Map<string, number>> {
  const { rows } = await client.query<{ key: string; last: number }>(
    "select agency_code || E'\\t' || day as key, last from dossier.serial",
  )
  return new Map(rows.map(row => [row.key, row.last]))
}

/** Counts of the boards and the last serials, beside what is there. */
export async function writeTotals(client: pg.PoolClient, totals: Totals): Promise<void> {
  const rowsOf = (sums: Map<string, number>) => [...sums].map(([key, sum]) => [...key.split('\t'), sum])
  await client.query('create temporary table seed_tally (like dossier.tally) on commit drop')
  await copyRows(client, 'seed_tally', ['agency_id', 'field', 'day', 'indicator', 'amount'], rowsOf(totals.tally))
  await client.query(
    `insert into dossier.tally as t select * from seed_tally
     on conflict (agency_id, field, day, indicator) do update set amount = t.amount + excluded.amount`,
  )
  await client.query('create temporary table seed_serial (like dossier.serial) on commit drop')
  await copyRows(client, 'seed_serial', ['agency_code', 'day', 'last'], rowsOf(totals.serials))
  await client.query(
    `insert into dossier.serial as s select * from seed_serial
     on conflict (agency_code, day) do update set last = greatest(s.last, excluded.last)`,
  )
}
