// SQL of drafts: sealed answers of dossiers not yet submitted.
import { sql } from 'kysely'
import type { KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { deleteFilesOf } from '../../../platform/files/file-rows.ts'
import { type Id, newId } from '../../../platform/id.ts'
import type { RevisionId } from '../../catalogue/index.ts'
import type { Answers } from '../../forms/index.ts'
import { draftGone, draftTooLong } from '../errors.ts'

export type DraftId = Id<'draft'>

export interface DraftFile {
  readonly fileId: string
  readonly component: string
  readonly name: string
}

export interface DraftContent {
  readonly answers: Answers
  readonly files: readonly DraftFile[]
  /** Pages and parts that were filled in without fault. */
  readonly done: readonly string[]
  /** Principal filed for, when somebody with a mandate files. */
  readonly principalId: string | null
  /** Key of the submission, fixed when the draft is made: sending twice is one dossier. */
  readonly submitKey: string
}

export interface Draft {
  readonly id: DraftId
  readonly owner: string
  readonly procedureCode: string
  readonly revisionId: RevisionId
  readonly content: DraftContent
  readonly updatedAt: Date
}

/** What a draft holds before anybody wrote in it. */
const untouched = (content: DraftContent, answers: Answers, principalId: string | null): boolean =>
  content.files.length === 0 &&
  content.done.length === 0 &&
  content.principalId === principalId &&
  JSON.stringify(content.answers) === JSON.stringify(answers)

/** The owner text of a draft's files. */
export const draftFiles = (id: DraftId): string => `draft:${id}`

const boundTo = (id: string) => `draft:${id}`

/**
 * A citizen's draft to begin with: a new one, or the one begun before in which nothing was written (a second press of the button,
 * or a change of mind). Two at once wait for each other.
 */
export async function beginDraft(tx: Tx, keys: KeyRing, draft: NewDraft, at: Date): Promise<DraftId> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`draft ${draft.owner} ${draft.procedureCode}`}, 0))`.execute(
    tx,
  )
  const rows = await select(tx)
    .where('owner', '=', draft.owner)
    .where('procedure_code', '=', draft.procedureCode)
    .where('revision_id', '=', draft.revisionId)
    .orderBy('updated_at', 'desc')
    .limit(20)
    .execute()
  const known = rows
    .map(row => toDraft(keys, row))
    .find(each => untouched(each.content, draft.answers, draft.principalId))
  return known === undefined ? insertDraft(tx, keys, draft, at) : known.id
}

export interface NewDraft {
  readonly owner: string
  readonly procedureCode: string
  readonly revisionId: RevisionId
  /** What is known before the first question. */
  readonly answers: Answers
  readonly principalId: string | null
}

/** A new draft: at the counter every press of the button is another person. */
export async function insertDraft(tx: Db, keys: KeyRing, draft: NewDraft, at: Date): Promise<DraftId> {
  const id = newId<'draft'>(at)
  const content: DraftContent = {
    answers: draft.answers,
    files: [],
    done: [],
    principalId: draft.principalId,
    submitKey: newId(at),
  }
  await tx
    .insertInto('dossier.draft')
    .values({
      id,
      owner: draft.owner,
      procedure_code: draft.procedureCode,
      revision_id: draft.revisionId,
      content: seal(keys, 'payload', JSON.stringify(content), boundTo(id)),
      created_at: at,
      updated_at: at,
    })
    .execute()
  return id
}

const select = (tx: Db) =>
  tx.selectFrom('dossier.draft').select(['id', 'owner', 'procedure_code', 'revision_id', 'content', 'updated_at'])
type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number]

function toDraft(keys: KeyRing, row: Row): Draft {
  return {
    id: row.id as DraftId,
    owner: row.owner,
    procedureCode: row.procedure_code,
    revisionId: row.revision_id as RevisionId,
    content: JSON.parse(open(keys, 'payload', row.content, boundTo(row.id)).toString()),
    updatedAt: row.updated_at,
  }
}

export async function findDraft(tx: Db, keys: KeyRing, id: DraftId, owner: string): Promise<Draft | null> {
  const row = await select(tx).where('id', '=', id).where('owner', '=', owner).executeTakeFirst()
  return row === undefined ? null : toDraft(keys, row)
}

export async function lockDraft(tx: Tx, keys: KeyRing, id: DraftId, owner: string): Promise<Draft | null> {
  const row = await select(tx).where('id', '=', id).where('owner', '=', owner).forUpdate().executeTakeFirst()
  return row === undefined ? null : toDraft(keys, row)
}

/** A draft's content as JSON, characters: room for a hundred texts of 3,000. */
const MAX_CONTENT = 300_000

/**
 * Keeps what was typed, right or wrong: `change` is made to what the draft holds now, so that two tabs do not undo each
 * other. Gives the draft as it stands then. Throws 404 where it is gone, 413 when it is longer than any form can be.
 */
export async function changeDraft(
  tx: Tx,
  keys: KeyRing,
  { id, owner }: Pick<Draft, 'id' | 'owner'>,
  at: Date,
  change: (content: DraftContent) => Partial<DraftContent>,
): Promise<Draft> {
  const draft = await lockDraft(tx, keys, id, owner)
  if (draft === null) throw draftGone()
  const content = { ...draft.content, ...change(draft.content) }
  const text = JSON.stringify(content)
  if (text.length > MAX_CONTENT) throw draftTooLong()
  await tx
    .updateTable('dossier.draft')
    .set({ content: seal(keys, 'payload', text, boundTo(id)), updated_at: at })
    .where('id', '=', id)
    .execute()
  return { ...draft, content, updatedAt: at }
}

/** What a list shows of a draft: what was typed stays sealed. */
export type DraftHeading = Omit<Draft, 'content'>

/** The newest fifty drafts of an owner. */
export async function listDrafts(tx: Db, owner: string): Promise<DraftHeading[]> {
  const rows = await tx
    .selectFrom('dossier.draft')
    .select(['id', 'owner', 'procedure_code', 'revision_id', 'updated_at'])
    .where('owner', '=', owner)
    .orderBy('updated_at', 'desc')
    .limit(50)
    .execute()
  return rows.map(row => ({
    id: row.id as DraftId,
    owner: row.owner,
    procedureCode: row.procedure_code,
    revisionId: row.revision_id as RevisionId,
    updatedAt: row.updated_at,
  }))
}

/** The newest drafts of an owner with what was typed, at most `limit`: each is opened. */
export async function readDrafts(tx: Db, keys: KeyRing, owner: string, limit: number): Promise<Draft[]> {
  const rows = await select(tx).where('owner', '=', owner).orderBy('updated_at', 'desc').limit(limit).execute()
  return rows.map(row => toDraft(keys, row))
}

/** Forgets a draft with the papers that did not become a dossier's; their bytes are swept. */
export async function deleteDraft(tx: Tx, id: DraftId): Promise<void> {
  await deleteFilesOf(tx, draftFiles(id))
  await tx.deleteFrom('dossier.draft').where('id', '=', id).execute()
}

/** Forgets drafts of an owner: all of them, or those for one principal, which are opened to see. */
export async function deleteDraftsOf(tx: Tx, keys: KeyRing, owner: string, principalId: string | null): Promise<void> {
  const rows = await select(tx).where('owner', '=', owner).execute()
  for (const row of rows)
    if (principalId === null || toDraft(keys, row).content.principalId === principalId)
      await deleteDraft(tx, row.id as DraftId)
}

/** Drafts untouched since `before`, oldest first. */
export async function oldDrafts(tx: Db, before: Date, limit: number): Promise<Pick<Draft, 'id' | 'owner'>[]> {
  const rows = await tx
    .selectFrom('dossier.draft')
    .select(['id', 'owner'])
    .where('updated_at', '<', before)
    .orderBy('updated_at')
    .limit(limit)
    .execute()
  return rows.map(row => ({ id: row.id as DraftId, owner: row.owner }))
}
