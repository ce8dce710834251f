// Rows of seeded dossiers, gathered and copied a batch at a time.
import type pg from 'pg'
import { type Cell, copyRows } from '../../../platform/db/copy-rows.ts'

export const emptyRows = () => ({
  entries: [] as Cell[][],
  payloads: [] as Cell[][],
  dossiers: [] as Cell[][],
  todos: [] as Cell[][],
  deltas: [] as Cell[][],
})
export type Rows = ReturnType<typeof emptyRows>

export async function writeRows(client: pg.PoolClient, rows: Rows): Promise<void> {
  await client.query('begin')
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
  await copyRows(
    client,
    'dossier.delta',
    ['dossier_id', 'seq', 'indicator', 'agency_id', 'field', 'day', 'amount'],
    rows.deltas,
  )
  await client.query('commit')
}
