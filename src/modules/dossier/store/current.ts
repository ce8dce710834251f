// SQL of the current row.
import { sql } from 'kysely'
import { blindIndex, type KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { foldedWords } from '../../../platform/text.ts'
import type { RevisionId } from '../../catalogue/index.ts'
import type { PersonId } from '../../identity/index.ts'
import type { AgencyId } from '../../organisation/index.ts'
import type { Channel, Core, DossierId, State, WayPoint } from '../dossier.ts'

/** A code of another system. Each system counts by itself: the same code of two systems is two dossiers. */
export interface ForeignCode {
  /** Id of the system's actor: `house:national-portal`, or the id of a token. */
  readonly system: string
  readonly code: string
}

/** The current row: the core that the history folds to, and what stands beside it. */
export interface Dossier {
  readonly id: DossierId
  readonly kind: 'native' | 'mirrored'
  readonly channel: Channel
  readonly procedureCode: string
  readonly revisionId: RevisionId
  readonly reference: string
  /** The code that another system gave it, from which it came. */
  readonly foreign: ForeignCode | null
  readonly applicantId: PersonId
  readonly submitterId: PersonId | null
  readonly applicantName: string
  readonly subject: string
  readonly submittedAt: Date
  /** The one-stop at which a clerk wrote it down, wherever it is decided; null where nobody helped. */
  readonly pointId: string | null
  readonly core: Core
  readonly seq: number
  readonly hash: Buffer
}

const COLUMNS = [
  'id',
  'kind',
  'channel',
  'procedure_code',
  'revision_id',
  'reference',
  'point_id',
  'foreign_code',
  'foreign_system',
  'code',
  'state',
  'step',
  'process',
  'agency_id',
  'centre_id',
  'applicant_id',
  'submitter_id',
  'applicant_name',
  'subject',
  'submitted_at',
  'received_at',
  'due_at',
  'calendar_version',
  'remaining_minutes',
  'finished_at',
  'returned_at',
  'busy',
  'seq',
  'hash',
] as const

/** What of the core has no column of its own; empty and null parts are left out. */
type ProcessColumn = { readonly way?: readonly WayPoint[] } & {
  readonly [Key in 'documentId' | 'outcome' | 'result' | 'askedBy']?: Core[Key]
}

export function processColumn({ way, documentId, outcome, result, askedBy }: Core): string {
  const rest = Object.entries({ documentId, outcome, result, askedBy }).filter(([, value]) => value !== null)
  return JSON.stringify({ ...(way.length === 0 ? {} : { way }), ...Object.fromEntries(rest) })
}

const select = (tx: Db) => tx.selectFrom('dossier.dossier').select(COLUMNS)
type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number]

function toDossier(row: Row): Dossier {
  const process = row.process as unknown as ProcessColumn
  return {
    id: row.id as DossierId,
    kind: row.kind as Dossier['kind'],
    channel: row.channel as Channel,
    procedureCode: row.procedure_code,
    revisionId: row.revision_id as RevisionId,
    reference: row.reference,
    foreign: row.foreign_code === null ? null : { system: row.foreign_system, code: row.foreign_code },
    applicantId: row.applicant_id as PersonId,
    submitterId: row.submitter_id as PersonId | null,
    applicantName: row.applicant_name,
    subject: row.subject,
    submittedAt: row.submitted_at,
    pointId: row.point_id,
    seq: row.seq,
    hash: row.hash,
    core: {
      state: row.state as State,
      step: row.step,
      way: process.way ?? [],
      agencyId: row.agency_id,
      centreId: row.centre_id,
      code: row.code,
      receivedAt: row.received_at?.toISOString() ?? null,
      dueAt: row.due_at?.toISOString() ?? null,
      calendarVersion: row.calendar_version,
      remainingMinutes: row.remaining_minutes,
      finishedAt: row.finished_at?.toISOString() ?? null,
      returnedAt: row.returned_at?.toISOString() ?? null,
      busy: row.busy,
      documentId: process.documentId ?? null,
      outcome: process.outcome ?? null,
      result: process.result ?? null,
      askedBy: process.askedBy ?? null,
    },
  }
}

const found = (row: Row | undefined): Dossier | null => (row === undefined ? null : toDossier(row))

function coreColumns(core: Core) {
  return {
    code: core.code,
    state: core.state,
    step: core.step,
    process: processColumn(core),
    agency_id: core.agencyId,
    centre_id: core.centreId,
    received_at: core.receivedAt,
    due_at: core.dueAt,
    calendar_version: core.calendarVersion,
    remaining_minutes: core.remainingMinutes,
    finished_at: core.finishedAt,
    returned_at: core.returnedAt,
    busy: core.busy,
  }
}

export const tokenIndex = (keys: KeyRing, token: string) => blindIndex(keys, 'dossier.token', token)
export const tailIndex = (keys: KeyRing, tail: string) => blindIndex(keys, 'dossier.phone-tail', tail)

/**
 * The words a dossier is found by, folded and numbered, as a tsvector is written; code and reference have indexes of their own.
 * Made here and not by PostgreSQL, whose parser cuts words as the locale of the database has it.
 */
export function searchWords(dossier: { applicantName: string; subject: string }): string {
  return foldedWords(`${dossier.applicantName} ${dossier.subject}`, Number.POSITIVE_INFINITY)
    .map((word, index) => `'${word}':${index + 1}`)
    .join(' ')
}

export interface NewDossier extends Omit<Dossier, 'seq' | 'hash'> {
  readonly idIndex: Buffer | null
  readonly phoneTail: string | null
  readonly token: string
}

type DossierRow = ReturnType<typeof coreColumns> & {
  readonly id: string
  readonly kind: string
  readonly channel: string
  readonly foreign_code: string | null
  readonly foreign_system: string
  readonly procedure_code: string
  readonly revision_id: string
  readonly reference: string
  readonly point_id: string | null
  readonly applicant_id: string
  readonly submitter_id: string | null
  readonly applicant_name: string
  readonly subject: string
  readonly id_index: Buffer | null
  readonly tail_index: Buffer | null
  readonly token_index: Buffer
  readonly token: Buffer
  readonly submitted_at: Date
  readonly seq: number
  readonly hash: Buffer
  readonly words: string
}

/** The columns of the core, each a value that is given. */
const coreOf = (given: ReturnType<typeof coreColumns>): ReturnType<typeof coreColumns> => ({
  code: given.code,
  state: given.state,
  step: given.step,
  process: given.process,
  agency_id: given.agency_id,
  centre_id: given.centre_id,
  received_at: given.received_at,
  due_at: given.due_at,
  calendar_version: given.calendar_version,
  remaining_minutes: given.remaining_minutes,
  finished_at: given.finished_at,
  returned_at: given.returned_at,
  busy: given.busy,
})

const insertRow = statement((db, given: DossierRow) =>
  db.insertInto('dossier.dossier').values({
    ...coreOf(given),
    id: given.id,
    kind: given.kind,
    channel: given.channel,
    foreign_code: given.foreign_code,
    foreign_system: given.foreign_system,
    procedure_code: given.procedure_code,
    revision_id: given.revision_id,
    reference: given.reference,
    point_id: given.point_id,
    applicant_id: given.applicant_id,
    submitter_id: given.submitter_id,
    applicant_name: given.applicant_name,
    subject: given.subject,
    id_index: given.id_index,
    tail_index: given.tail_index,
    token_index: given.token_index,
    token: given.token,
    submitted_at: given.submitted_at,
    seq: given.seq,
    hash: given.hash,
    search: sql<string>`${given.words}::tsvector`,
    updated_at: given.submitted_at,
  }),
)

export async function insertDossier(
  tx: Tx,
  keys: KeyRing,
  dossier: NewDossier,
  seq: number,
  hash: Buffer,
): Promise<void> {
  await insertRow.send(tx, {
    ...coreColumns(dossier.core),
    id: dossier.id,
    kind: dossier.kind,
    channel: dossier.channel,
    foreign_code: dossier.foreign?.code ?? null,
    foreign_system: dossier.foreign?.system ?? '',
    procedure_code: dossier.procedureCode,
    revision_id: dossier.revisionId,
    reference: dossier.reference,
    point_id: dossier.pointId,
    applicant_id: dossier.applicantId,
    submitter_id: dossier.submitterId,
    applicant_name: dossier.applicantName,
    subject: dossier.subject,
    id_index: dossier.idIndex,
    tail_index: dossier.phoneTail === null ? null : tailIndex(keys, dossier.phoneTail),
    token_index: tokenIndex(keys, dossier.token),
    token: seal(keys, 'field', dossier.token, `dossier:${dossier.id}:token`),
    submitted_at: dossier.submittedAt,
    seq,
    hash,
    words: searchWords(dossier),
  })
}

const lockById = statement((db, given: { readonly id: DossierId }) => select(db).where('id', '=', given.id).forUpdate())
const findById = statement((db, given: { readonly id: DossierId }) => select(db).where('id', '=', given.id))

/** Locks the row for a command. */
export const lockDossier = async (tx: Tx, id: DossierId) => found(await lockById.first(tx, { id }))
export const findDossier = async (tx: Db, id: DossierId) => found(await findById.first(tx, { id }))

const byForeignCode = statement((db, given: ForeignCode) =>
  select(db).where('foreign_code', '=', given.code).where('foreign_system', '=', given.system),
)
const byAnyCode = statement(
  (db, { own, system, code, within }: ForeignCode & { readonly own: string; readonly within: AgencyId | null }) =>
    select(db)
      .where(each =>
        each.or([
          each('code', '=', own),
          each('reference', '=', own),
          each.and([each('foreign_code', '=', code), each('foreign_system', '=', system)]),
        ]),
      )
      .where(sql<boolean>`(${within}::uuid is null or agency_id = ${within} or centre_id = ${within})`)
      .orderBy(
        each => each.or([each('code', '=', own), each('reference', '=', own)]),
        order => order.desc().nullsLast(),
      )
      .limit(1),
)
const byToken = statement((db, given: { readonly index: Buffer }) => select(db).where('token_index', '=', given.index))

export async function findByForeignCode(tx: Db, foreign: ForeignCode): Promise<Dossier | null> {
  return found(await byForeignCode.first(tx, foreign))
}

/**
 * By our code or reference, else by the code that the asking system gave, of one agency or centre where `within` names it. Ours are
 * in capitals, whatever is asked. One statement, hit or miss: its time does not tell of what lies elsewhere.
 */
export async function findByAnyCode(tx: Db, asked: ForeignCode, within: AgencyId | null): Promise<Dossier | null> {
  return found(await byAnyCode.first(tx, { ...asked, own: asked.code.toUpperCase(), within }))
}

/** A system filed two dossiers under one code of its own, or two at once. */
export const isForeignCodeTaken = (error: unknown): boolean =>
  (error as { constraint?: string } | null)?.constraint === 'dossier_foreign_code'

export async function findByToken(tx: Db, keys: KeyRing, token: string): Promise<Dossier | null> {
  return found(await byToken.first(tx, { index: tokenIndex(keys, token) }))
}

/**
 * By code, reference or another system's code, as it was written, together with the last 6 digits of the phone given: one
 * statement, hit or miss. Ours come first: no system can put a dossier of its own before them.
 */
export async function findByCodeAndTail(tx: Db, keys: KeyRing, code: string, tail: string): Promise<Dossier | null> {
  const own = code.toUpperCase()
  const row = await select(tx)
    .where(each =>
      each.or([each('code', '=', own), each('reference', '=', own), each('foreign_code', 'in', [code, own])]),
    )
    .where('tail_index', '=', tailIndex(keys, tail))
    .orderBy(
      each => each.or([each('code', '=', own), each('reference', '=', own)]),
      order => order.desc().nullsLast(),
    )
    .orderBy('submitted_at')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : toDossier(row)
}

type CoreRow = ReturnType<typeof coreColumns> & Pick<DossierRow, 'id' | 'seq' | 'hash'> & { readonly at: Date }

const updateRow = statement((db, given: CoreRow) =>
  db
    .updateTable('dossier.dossier')
    .set({ ...coreOf(given), seq: given.seq, hash: given.hash, updated_at: given.at })
    .where('id', '=', given.id),
)

export async function updateCore(
  tx: Tx,
  dossier: Dossier,
  core: Core,
  seq: number,
  hash: Buffer,
  at: Date,
): Promise<void> {
  await updateRow.send(tx, { ...coreColumns(core), id: dossier.id, seq, hash, at })
}

const selectToken = statement((db, given: { readonly id: DossierId }) =>
  db.selectFrom('dossier.dossier').select('token').where('id', '=', given.id),
)

/** The token of the QR code, unsealed: for papers, the applicant's own pages, and the counter that wrote the dossier down. */
export async function readToken(tx: Db, keys: KeyRing, id: DossierId): Promise<string> {
  const row = await selectToken.one(tx, { id })
  return open(keys, 'field', row.token, `dossier:${id}:token`).toString()
}

/** Dossiers filed for a person, and those the person filed for one of `others`, newest first. */
export async function dossiersOfPerson(tx: Db, personId: PersonId, others: ReadonlySet<string>, limit: number) {
  const forWhom = [...others, personId]
  const rows = await select(tx)
    .where(each => {
      const filed = each.and([each('submitter_id', '=', personId), each('applicant_id', 'in', forWhom)])
      return each.or([each('applicant_id', '=', personId), filed])
    })
    .orderBy('submitted_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toDossier)
}

export async function dossiersByIds(tx: Db, ids: readonly DossierId[]): Promise<Map<string, Dossier>> {
  const rows = await select(tx)
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .execute()
  return new Map(rows.map(row => [row.id, toDossier(row)]))
}

/** Current rows that no history stands behind: never by our hand. */
export async function rowsWithoutHistory(db: Db, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select d.id from dossier.dossier d
    where not exists (select from dossier.entry e where e.dossier_id = d.id and e.seq = 1) limit ${limit}`.execute(db)
  return rows.map(row => row.id)
}
