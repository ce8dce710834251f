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
const sealed = (keys: KeyRing, id: string, content: LetterContent): Buffer =>
  seal(keys, 'payload', JSON.stringify(content), boundTo(id))

interface NewDocumentRow {
  readonly id: DocumentId
  readonly dossierId: DossierId
  readonly letter: string
  readonly content: Buffer
  readonly at: Date
}

const insertRow = statement((db, given: NewDocumentRow) =>
  db.insertInto('dossier.document').values({
    id: given.id,
    dossier_id: given.dossierId,
    letter: given.letter,
    kind: 'result',
    state: 'draft',
    content: given.content,
    created_at: given.at,
    updated_at: given.at,
  }),
)

export async function insertDocument(
  tx: Tx,
  keys: KeyRing,
  document: { id: DocumentId; dossierId: DossierId; letter: string; content: LetterContent },
  at: Date,
): Promise<void> {
  await insertRow.send(tx, { ...document, content: sealed(keys, document.id, document.content), at })
}

const selectById = statement((db, given: { readonly id: string }) =>
  db
    .selectFrom('dossier.document')
    .select(['id', 'dossier_id', 'letter', 'state', 'content', 'file_id', 'number', 'dated'])
    .where('id', '=', given.id),
)

export async function findDocument(tx: Db, keys: KeyRing, id: string): Promise<ResultDocument | null> {
  const row = await selectById.first(tx, { id })
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

interface DocumentChangeRow {
  readonly id: string
  readonly at: Date
  readonly state: string | null
  readonly fileId: string | null
  readonly number: number | null
  readonly dated: string | null
  readonly content: Buffer | null
}

/** What is null stays as it stood: nothing of a document is ever taken away by a change. */
const changeRow = statement((db, given: DocumentChangeRow) =>
  db
    .updateTable('dossier.document')
    .set({
      updated_at: given.at,
      state: sql<string>`coalesce(${given.state}, state)`,
      file_id: sql<string>`coalesce(${given.fileId}::uuid, file_id)`,
      number: sql<number>`coalesce(${given.number}::int, number)`,
      dated: sql<string>`coalesce(${given.dated}::date, dated)`,
      content: sql<Buffer>`coalesce(${given.content}::bytea, content)`,
    })
    .where('id', '=', given.id),
)

export async function updateDocument(
  tx: Tx,
  keys: KeyRing,
  id: string,
  change: DocumentChange,
  at: Date,
): Promise<void> {
  await changeRow.send(tx, {
    id,
    at,
    state: change.state ?? null,
    fileId: change.fileId ?? null,
    number: change.number ?? null,
    dated: change.dated ?? null,
    content: change.content === undefined ? null : sealed(keys, id, change.content),
  })
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

const selectPapers = statement((db, given: { readonly dossierId: DossierId }) =>
  db
    .selectFrom('dossier.paper')
    .select(['file_id', 'component', 'added_seq'])
    .where('dossier_id', '=', given.dossierId)
    .orderBy('added_seq')
    .orderBy('file_id'),
)

export async function listPapers(tx: Db, dossierId: DossierId): Promise<Paper[]> {
  const rows = await selectPapers.all(tx, { dossierId })
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

const selectNotes = statement((db, given: { readonly dossierId: DossierId }) =>
  db
    .selectFrom('dossier.note')
    .select(['id', 'officer_id', 'at', 'content'])
    .where('dossier_id', '=', given.dossierId)
    .orderBy('at'),
)

export async function listNotes(tx: Db, keys: KeyRing, dossierId: DossierId): Promise<Note[]> {
  const rows = await selectNotes.all(tx, { dossierId })
  return rows.map(row => ({
    officerId: row.officer_id,
    at: row.at,
    text: open(keys, 'payload', row.content, `note:${row.id}`).toString(),
  }))
}
