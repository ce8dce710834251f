// SQL of open work.
import { sql } from 'kysely'
import { type Db, inTransaction, type Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import type { RevisionId } from '../../catalogue/index.ts'
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

interface TodoRows {
  readonly id: string
  readonly step: string
  readonly procedureCode: string
  readonly positionIds: readonly string[]
  readonly queue: Queue
  readonly dueAt: string | null
  readonly stepDueAt: Date | null
  readonly since: Date
}

const deleteRows = statement((db, given: { readonly id: DossierId }) =>
  db.deleteFrom('dossier.todo').where('dossier_id', '=', given.id),
)
const insertRows = statement(
  (_, given: TodoRows) => sql`
    insert into dossier.todo (dossier_id, step, procedure_code, position_id, queue, due_at, step_due_at, since)
    select ${given.id}::uuid, ${given.step}, ${given.procedureCode}, position_id, ${given.queue},
      ${given.dueAt}::timestamptz, ${given.stepDueAt}::timestamptz, ${given.since}::timestamptz
    from unnest(${given.positionIds}::uuid[]) as position_id`,
)

/** Puts the open work of a dossier where it lies now; null leaves nobody anything to do. */
export async function replaceTodo(
  tx: Tx,
  dossier: { readonly id: DossierId; readonly procedureCode: string },
  todo: Todo | null,
  at: Date,
): Promise<void> {
  await deleteRows.send(tx, { id: dossier.id })
  if (todo !== null) await insertTodo(tx, dossier, todo, at)
}

/** Puts the open work of a new dossier, which has none yet. */
export async function insertTodo(
  tx: Tx,
  dossier: { readonly id: DossierId; readonly procedureCode: string },
  todo: Todo,
  at: Date,
): Promise<void> {
  if (todo.positionIds.length === 0) return
  await insertRows.send(tx, { id: dossier.id, procedureCode: dossier.procedureCode, ...todo, since: at })
}

const handRows = statement(
  (_, given: { readonly id: DossierId; readonly positionId: string }) => sql`
    with before as (delete from dossier.todo where dossier_id = ${given.id}::uuid returning *)
    insert into dossier.todo (dossier_id, step, procedure_code, position_id, queue, due_at, step_due_at, since)
    select distinct dossier_id, step, procedure_code, ${given.positionId}::uuid, queue, due_at, step_due_at, since from before`,
)

/** Gives the open work of a dossier to one position as it stands: due when it was, waiting since it did. */
export async function handTodo(tx: Tx, id: DossierId, positionId: string): Promise<void> {
  await handRows.send(tx, { id, positionId })
}

const selectStep = statement((db, given: { readonly dossierId: DossierId; readonly positionId: string }) =>
  db
    .selectFrom('dossier.todo')
    .select('step')
    .where('dossier_id', '=', given.dossierId)
    .where('position_id', '=', given.positionId),
)

/** Whether a position has work on this dossier now. */
export async function holdsTodo(tx: Db, dossierId: DossierId, positionId: string): Promise<boolean> {
  return (await selectStep.first(tx, { dossierId, positionId })) !== undefined
}

const selectOpen = statement((db, given: { readonly dossierId: DossierId }) =>
  db
    .selectFrom('dossier.todo')
    .select(['position_id', 'step_due_at'])
    .where('dossier_id', '=', given.dossierId)
    .orderBy('position_id'),
)

/** The open work on a dossier: the positions with which it lies, and by when its step should be done; null where that is not set. */
export async function openWorkOf(
  tx: Db,
  dossierId: DossierId,
): Promise<{ readonly positions: readonly string[]; readonly stepDueAt: Date | null }> {
  const rows = await selectOpen.all(tx, { dossierId })
  return { positions: rows.map(row => row.position_id), stepDueAt: rows[0]?.step_due_at ?? null }
}

export interface OpenWork {
  readonly queue: Queue
  readonly procedureCode: string
  readonly procedureTitle: string | null
  readonly procedureTitleEn: string | null
  readonly count: number
}

const selectCounts = statement(
  (_, given: { readonly positionId: string }) => sql<{
    queue: string
    procedure_code: string
    title: string | null
    title_en: string | null
    count: number
  }>`
    select c.queue, c.procedure_code, p.title, p.title_en, c.count from (
      select queue, procedure_code, sum(amount)::int as count from (
        select queue, procedure_code, amount from dossier.todo_count where position_id = ${given.positionId}
        union all select queue, procedure_code, amount from dossier.todo_delta where position_id = ${given.positionId}) changes
      group by queue, procedure_code) c
    left join catalogue.read_procedure p on p.code = c.procedure_code where c.count > 0`,
)

/** Open work of one position by queue and procedure. The cost does not grow with the work that waits. */
export async function countTodo(tx: Db, positionId: string): Promise<OpenWork[]> {
  const rows = await selectCounts.all(tx, { positionId })
  return rows.map(row => ({
    queue: row.queue as Queue,
    procedureCode: row.procedure_code,
    procedureTitle: row.title,
    procedureTitleEn: row.title_en,
    count: row.count,
  }))
}

/** Overdue work is counted so far; beyond it the page says "more than". */
export const LATE_BOUND = 1000

const selectLate = statement(
  (_, given: { readonly positionId: string; readonly at: Date }) => sql<{ procedure_code: string; count: number }>`
    select procedure_code, count(*)::int as count from (
      select t.procedure_code from unnest(${[...QUEUES]}::text[]) as q (queue) cross join lateral (
        select procedure_code from dossier.todo
        where position_id = ${given.positionId} and queue = q.queue and due_at < ${given.at} limit ${LATE_BOUND}) t
      limit ${LATE_BOUND}) late
    group by procedure_code`,
)

/** Overdue work of one position by procedure, at most LATE_BOUND in all. */
export async function countLate(tx: Db, positionId: string, at: Date): Promise<ReadonlyMap<string, number>> {
  const rows = await selectLate.all(tx, { positionId, at })
  return new Map(rows.map(row => [row.procedure_code, row.count]))
}

/** Moves changes of counts into the counts, a batch at a time; a change is in one of the two at every instant. */
export async function foldTodoCounts(db: Db, batch: number): Promise<number> {
  return inTransaction(db, async tx => {
    const { rows } = await sql<{ folded: number }>`
      with taken as (
        delete from dossier.todo_delta where ctid in (select ctid from dossier.todo_delta limit ${batch} for update skip locked)
        returning position_id, queue, procedure_code, amount
      ), summed as (
        select position_id, queue, procedure_code, sum(amount)::int as amount, count(*) as n from taken
        group by 1, 2, 3 order by 1, 2, 3
      ), kept as (
        insert into dossier.todo_count as c (position_id, queue, procedure_code, amount)
        select position_id, queue, procedure_code, amount from summed where amount <> 0
        on conflict (position_id, queue, procedure_code) do update set amount = c.amount + excluded.amount
      ) select coalesce(sum(n), 0)::int as folded from summed`.execute(tx)
    return rows[0]?.folded ?? 0
  })
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
  readonly revisionId: RevisionId
  /** When the result is promised, also where nothing is due any more. */
  readonly promisedAt: Date | null
  readonly dueAt: Date | null
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

/**
 * A page of a worklist, what is due next first. Each queue is one range of its index, cut off at the end of the page:
 * without the filter by procedure the cost does not grow with the work that waits. Dossiers are joined after the cut.
 */
export async function listTodo(tx: Db, filter: WorkFilter): Promise<WorkItem[]> {
  const queues = filter.queue === null ? QUEUES : [filter.queue]
  const order = sql`due_at, since, dossier_id, step`
  const { rows } = await sql<{
    id: string
    code: string | null
    reference: string
    applicant_name: string
    subject: string
    title: string | null
    title_en: string | null
    step: string
    state: number
    busy: string | null
    revision_id: string
    promised_at: Date | null
    due_at: Date | null
    since: Date
  }>`
    with page as materialized (
      select w.* from unnest(${[...queues]}::text[]) as q (queue) cross join lateral (
        select dossier_id, step, due_at, since from dossier.todo t
        where t.position_id = ${filter.positionId} and t.queue = q.queue
          ${filter.procedureCode === null ? sql`` : sql`and t.procedure_code = ${filter.procedureCode}`}
          ${filter.late ? sql`and t.due_at < ${filter.at}` : sql``}
        order by ${order} limit ${filter.limit + filter.offset}) w
      order by ${order} limit ${filter.limit} offset ${filter.offset})
    select d.id, d.code, d.reference, d.applicant_name, d.subject, p.title, p.title_en,
      page.step, d.state, d.busy, d.revision_id, d.due_at as promised_at, page.due_at, page.since
    from page
    join dossier.dossier d on d.id = page.dossier_id
    join catalogue.read_procedure p on p.code = d.procedure_code
    order by page.due_at, page.since, page.dossier_id, page.step`.execute(tx)
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
    revisionId: row.revision_id as RevisionId,
    promisedAt: row.promised_at,
    dueAt: row.due_at,
    since: row.since,
  }))
}
