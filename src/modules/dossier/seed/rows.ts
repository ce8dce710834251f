// Rows of seeded dossiers, gathered, encoded where they are made, and copied a batch at a time.
import type pg from 'pg'
import { type Cell, copyEncoded, copyRows, encodeRows } from '../../../platform/db/copy-rows.ts'

/** The tables that a seeded dossier has rows in, in the order in which they are written. */
const TABLES = {
  entries: { table: 'dossier.entry', columns: ['dossier_id', 'seq', 'body', 'hash'] },
  payloads: { table: 'dossier.payload', columns: ['dossier_id', 'seq', 'salt', 'sealed'] },
  dossiers: {
    table: 'dossier.dossier',
    columns: [
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
  },
  todos: {
    table: 'dossier.todo',
    columns: ['dossier_id', 'step', 'position_id', 'procedure_code', 'queue', 'due_at', 'step_due_at', 'since'],
  },
} as const
const NAMES = Object.keys(TABLES) as (keyof typeof TABLES)[]

export type Rows = Readonly<Record<keyof typeof TABLES, Cell[][]>>
export type EncodedRows = Readonly<Record<keyof typeof TABLES, Uint8Array<ArrayBuffer>>>

export const emptyRows = (): Rows => ({ entries: [], payloads: [], dossiers: [], todos: [] })

/** Sums over all dossiers, by the columns of their key joined with tabs. */
export interface Totals {
  readonly serials: Map<string, number>
  readonly tally: Map<string, number>
}

/** Adds to a sum, which begins `from` somewhere, and gives it. */
export function addTo(sums: Map<string, number>, key: readonly string[], amount: number, from = 0): number {
  const text = key.join('\t')
  const sum = (sums.get(text) ?? from) + amount
  sums.set(text, sum)
  return sum
}

/** The rows as COPY reads them. */
export const encoded = (rows: Rows): EncodedRows => ({
  entries: encodeRows(rows.entries),
  payloads: encodeRows(rows.payloads),
  dossiers: encodeRows(rows.dossiers),
  todos: encodeRows(rows.todos),
})

export async function writeRows(client: pg.PoolClient, rows: EncodedRows): Promise<void> {
  for (const name of NAMES) await copyEncoded(client, TABLES[name].table, TABLES[name].columns, rows[name])
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
