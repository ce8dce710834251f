// SQL of letters and results in the making, papers and notes.
import { sql } from 'kysely'
import type { KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { newId } from '../../../platform/id.ts'
import type { DocumentId, DossierId } from '../dossier.ts'
import type { LetterContent } from '../view/letter-content.ts'

export type DocumentState = 'draft' | 'initialled' | 'signed' | 'numbered' | 'sealed' | 'issued' | 'dropped'

export interface ResultDocument {
  readonly id: DocumentId
  readonly dossierId: DossierId
  readonly letter: string
  readonly state: DocumentState
  readonly content: LetterContent
  readonly fileId: string | null
  readonly number: number | null
  readonly dated: string | null
}

const boundTo = (id: string) => `document:${id}`

export async function insertDocument(
  tx: Tx,
  keys: KeyRing,
  document: { id: DocumentId; dossierId: DossierId; letter: string; content: LetterContent },
  at: Date,
): Promise<void> {
  await tx
    .insertInto('dossier.document')
    .values({
      id: document.id,
      dossier_id: document.dossierId,
      letter: document.letter,
      kind: 'result',
      state: 'draft',
      content: seal(keys, 'payload', JSON.stringify(document.content), boundTo(document.id)),
      created_at: at,
      updated_at: at,
    })
    .execute()
}

export async function findDocument(tx: Db, keys: KeyRing, id: string): Promise<ResultDocument | null> {
  const row = await tx
    .selectFrom('dossier.document')
    .select(['id', 'dossier_id', 'letter', 'state', 'content', 'file_id', 'number', 'dated'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id as DocumentId,
    dossierId: row.dossier_id as DossierId,
    letter: row.letter,
    state: row.state as DocumentState,
    content: JSON.parse(open(keys, 'payload', row.content, boundTo(row.id)).toString()),
    fileId: row.file_id,
    number: row.number,
    dated: row.dated,
  }
}

export interface DocumentChange {
  readonly state?: DocumentState
  readonly fileId?: string
  readonly number?: number
  readonly dated?: string
  readonly content?: LetterContent
}

export async function updateDocument(
  tx: Tx,
  keys: KeyRing,
  id: string,
  change: DocumentChange,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('dossier.document')
    .set({
      updated_at: at,
      ...(change.state === undefined ? {} : { state: change.state }),
      ...(change.fileId === undefined ? {} : { file_id: change.fileId }),
      ...(change.number === undefined ? {} : { number: change.number }),
      ...(change.dated === undefined ? {} : { dated: change.dated }),
      ...(change.content === undefined
        ? {}
        : { content: seal(keys, 'payload', JSON.stringify(change.content), boundTo(id)) }),
    })
    .where('id', '=', id)
    .execute()
}

export interface Paper {
  readonly fileId: string
  readonly component: string
  readonly addedSeq: number
}

interface PaperRows {
  readonly dossierId: DossierId
  readonly fileIds: readonly string[]
  readonly components: readonly string[]
  readonly seq: number
}

const insertPapers = statement(
  (_, given: PaperRows) => sql`
    insert into dossier.paper (dossier_id, file_id, component, added_seq)
    select ${given.dossierId}::uuid, file_id, component, ${given.seq}::int
    from unnest(${given.fileIds}::uuid[], ${given.components}::text[]) as t (file_id, component)`,
)

export async function addPapers(
  tx: Tx,
  dossierId: DossierId,
  papers: readonly { fileId: string; component: string }[],
  seq: number,
): Promise<void> {
  if (papers.length === 0) return
  await insertPapers.send(tx, {
    dossierId,
    fileIds: papers.map(paper => paper.fileId),
    components: papers.map(paper => paper.component),
    seq,
  })
}

export async function listPapers(tx: Db, dossierId: DossierId): Promise<Paper[]> {
  const rows = await tx
    .selectFrom('dossier.paper')
    .select(['file_id', 'component', 'added_seq'])
    .where('dossier_id', '=', dossierId)
    .orderBy('added_seq')
    .orderBy('file_id')
    .execute()
  return rows.map(row => ({ fileId: row.file_id, component: row.component, addedSeq: row.added_seq }))
}

export interface Note {
  readonly officerId: string
  readonly at: Date
  readonly text: string
}

export async function addNote(
  tx: Tx,
  keys: KeyRing,
  note: { dossierId: DossierId; officerId: string; text: string },
  at: Date,
): Promise<void> {
  const id = newId(at)
  await tx
    .insertInto('dossier.note')
    .values({
      id,
      dossier_id: note.dossierId,
      officer_id: note.officerId,
      at,
      content: seal(keys, 'payload', note.text, `note:${id}`),
    })
    .execute()
}

export async function listNotes(tx: Db, keys: KeyRing, dossierId: DossierId): Promise<Note[]> {
  const rows = await tx
    .selectFrom('dossier.note')
    .select(['id', 'officer_id', 'at', 'content'])
    .where('dossier_id', '=', dossierId)
    .orderBy('at')
    .execute()
  return rows.map(row => ({
    officerId: row.officer_id,
    at: row.at,
    text: open(keys, 'payload', row.content, `note:${row.id}`).toString(),
  }))
}
