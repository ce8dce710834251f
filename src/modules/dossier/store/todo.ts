// SQL of open work.
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/db/database.ts'
import type { DossierId, State } from '../dossier.ts'

export const QUEUES = ['receive', 'work', 'supplement', 'sign', 'records', 'return'] as const
export type Queue = (typeof QUEUES)[number]

export interface Todo {
  readonly step: string
  readonly queue: Queue
  readonly positionIds: readonly string[]
  readonly dueAt: string | null
  readonly stepDueAt: Date | null
}

/** The step name of dossiers not yet received. */
export const INTAKE = 'tiep-nhan'

/** Puts the open work of a dossier where it lies now; null leaves nobody anything to do. */
export async function replaceTodo(tx: Tx, dossierId: DossierId, todo: Todo | null, at: Date): Promise<void> {
  await tx.deleteFrom('dossier.todo').where('dossier_id', '=', dossierId).execute()
  if (todo === null || todo.positionIds.length === 0) return
  const rows = todo.positionIds.map(position_id => ({
    dossier_id: dossierId,
    step: todo.step,
    position_id,
    queue: todo.queue,
    due_at: todo.dueAt,
    step_due_at: todo.stepDueAt,
    since: at,
  }))
  await tx.insertInto('dossier.todo').values(rows).execute()
}

/** Whether a position has work on this dossier now. */
export async function holdsTodo(tx: Db, dossierId: DossierId, positionId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('dossier.todo')
    .select('step')
    .where('dossier_id', '=', dossierId)
    .where('position_id', '=', positionId)
    .executeTakeFirst()
  return row !== undefined
}

export async function todoPositions(tx: Db, dossierId: DossierId): Promise<string[]> {
  const rows = await tx
    .selectFrom('dossier.todo')
    .select('position_id')
    .where('dossier_id', '=', dossierId)
    .orderBy('position_id')
    .execute()
  return rows.map(row => row.position_id)
}

/** Open work of one position by queue, with how much of it is overdue. */
export async function countTodo(
  tx: Db,
  positionId: string,
  at: Date,
): Promise<Map<Queue, { all: number; late: number }>> {
  const rows = await tx
    .selectFrom('dossier.todo')
    .select(['queue', sql<number>`count(*)`.as('all'), sql<number>`count(*) filter (where due_at < ${at})`.as('late')])
    .where('position_id', '=', positionId)
    .groupBy('queue')
    .execute()
  return new Map(rows.map(row => [row.queue as Queue, { all: row.all, late: row.late }]))
}

export interface WorkItem {
  readonly id: DossierId
  readonly code: string | null
  readonly reference: string
  readonly applicantName: string
  readonly subject: string
  readonly procedureTitle: string
  readonly procedureTitleEn: string | null
  readonly step: string
  readonly state: State
  readonly busy: boolean
  readonly dueAt: Date | null
  readonly stepDueAt: Date | null
  readonly since: Date
}

export interface WorkFilter {
  readonly positionId: string
  readonly queue: Queue | null
  readonly procedureCode: string | null
  readonly late: boolean
  readonly at: Date
  readonly limit: number
  readonly offset: number
}

/** A page of a worklist, what is due next first. */
export async function listTodo(tx: Db, filter: WorkFilter): Promise<WorkItem[]> {
  let query = tx
    .selectFrom('dossier.todo as t')
    .innerJoin('dossier.dossier as d', 'd.id', 't.dossier_id')
    .innerJoin('catalogue.read_procedure as p', 'p.code', 'd.procedure_code')
    .select([
      'd.id',
      'd.code',
      'd.reference',
      'd.applicant_name',
      'd.subject',
      'p.title',
      'p.title_en',
      't.step',
      'd.state',
      'd.busy',
      't.due_at',
      't.step_due_at',
      't.since',
    ])
    .where('t.position_id', '=', filter.positionId)
  if (filter.queue !== null) query = query.where('t.queue', '=', filter.queue)
  if (filter.procedureCode !== null) query = query.where('d.procedure_code', '=', filter.procedureCode)
  if (filter.late) query = query.where('t.due_at', '<', filter.at)
  const rows = await query
    .orderBy('t.due_at')
    .orderBy('t.since')
    .orderBy('t.dossier_id')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
  return rows.map(row => ({
    id: row.id as DossierId,
    code: row.code,
    reference: row.reference,
    applicantName: row.applicant_name,
    subject: row.subject,
    procedureTitle: row.title ?? '',
    procedureTitleEn: row.title_en,
    step: row.step,
    state: row.state as State,
    busy: row.busy !== null,
    dueAt: row.due_at,
    stepDueAt: row.step_due_at,
    since: row.since,
  }))
}
