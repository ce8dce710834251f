// The rows of stored files. A file exists for the program when its row does; bytes without a row are swept.
import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import { statement } from '../db/statement.ts'
import { AppError } from '../errors.ts'
import type { UploadedFile } from '../http/form-body.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import { formatSize } from '../i18n/format.ts'
import { type Id, newId } from '../id.ts'
import type { FileStore, StoredBytes } from './file-store.ts'

export interface FileRow {
  readonly id: Id<'file'>
  readonly owner: string
  readonly storeKey: string
  readonly name: string
  readonly mediaType: string
  readonly size: number
  readonly sha256: Buffer
}

/** The largest single upload, bytes (50 MB: the limit of the national axis for one file). */
export const MAX_UPLOAD_BYTES = 50_000_000

const refuse = (key: 'file.empty' | 'file.type' | 'file.damaged' | 'file.threat', name: string) =>
  new AppError({
    code: key,
    status: 422,
    say: lang => coreTexts(lang)(key, { name, size: formatSize(MAX_UPLOAD_BYTES, lang) }),
  })

/** Throws 422 unless the bytes are a whole, non-empty file of an accepted kind and no malware. The kind is read from the bytes. */
export function checkUpload(upload: UploadedFile): { mediaType: string; name: string } {
  const { stored, fileName } = upload
  if (stored.threat !== null) throw refuse('file.threat', fileName)
  if (stored.size === 0) throw refuse('file.empty', fileName)
  if (stored.sniffed.kind === null) throw refuse('file.type', fileName)
  if (!stored.sniffed.whole) throw refuse('file.damaged', fileName)
  const base = fileName.replace(/\.[A-Za-z0-9]{1,5}$/, '').replace(/[\p{Cc}"<>|:*?\\/]/gu, '_') || 'tep'
  return { mediaType: stored.sniffed.kind.mediaType, name: `${base}.${stored.sniffed.kind.extension}` }
}

/** What one owner (a draft, a dossier) may hold, bytes. */
export const MAX_OWNER_BYTES = 500_000_000

/** Gives an upload its row. Throws 422 for a file that is not accepted, or one too many. */
export async function keepUpload(tx: Tx, owner: string, upload: UploadedFile, at: Date): Promise<FileRow> {
  const { mediaType, name } = checkUpload(upload)
  // Two at once are added up one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${owner}, 0))`.execute(tx)
  const held = await tx
    .selectFrom('platform.file')
    .select(sql<number>`coalesce(sum(size), 0)::bigint`.as('bytes'))
    .where('owner', '=', owner)
    .executeTakeFirstOrThrow()
  if (held.bytes + upload.stored.size > MAX_OWNER_BYTES)
    throw new AppError({
      code: 'file.owner-full',
      status: 422,
      say: lang => coreTexts(lang)('file.owner-full', { size: formatSize(MAX_OWNER_BYTES, lang) }),
    })
  return keepBytes(tx, owner, upload.stored, name, mediaType, at)
}

const insertRow = statement((db, given: FileRow & { readonly at: Date }) =>
  db.insertInto('platform.file').values({
    id: given.id,
    owner: given.owner,
    store_key: given.storeKey,
    name: given.name,
    media_type: given.mediaType,
    size: given.size,
    sha256: given.sha256,
    created_at: given.at,
  }),
)

/** Gives stored bytes of our own making their row. */
export async function keepBytes(
  tx: Db,
  owner: string,
  stored: StoredBytes,
  name: string,
  mediaType: string,
  at: Date,
): Promise<FileRow> {
  const row = {
    id: newId<'file'>(at),
    owner,
    storeKey: stored.key,
    name,
    mediaType,
    size: stored.size,
    sha256: stored.sha256,
  }
  await insertRow.send(tx, { ...row, at })
  return row
}

export async function findFile(tx: Db, id: string): Promise<FileRow | null> {
  return (await filesByIds(tx, [id]))[0] ?? null
}

const COLUMNS = ['id', 'owner', 'store_key', 'name', 'media_type', 'size', 'sha256'] as const
const toRow = (row: {
  id: string
  owner: string
  store_key: string
  name: string
  media_type: string
  size: number
  sha256: Buffer
}): FileRow => ({
  id: row.id as Id<'file'>,
  owner: row.owner,
  storeKey: row.store_key,
  name: row.name,
  mediaType: row.media_type,
  size: row.size,
  sha256: row.sha256,
})

const selectByIds = statement((db, given: { readonly ids: readonly string[] }) =>
  db.selectFrom('platform.file').select(COLUMNS).where('id', '=', sql<string>`any(${given.ids}::uuid[])`),
)
const updateOwner = statement((db, given: { readonly ids: readonly string[]; readonly owner: string }) =>
  db
    .updateTable('platform.file')
    .set({ owner: given.owner })
    .where('id', '=', sql<string>`any(${given.ids}::uuid[])`)
    .returning(COLUMNS),
)

export async function filesByIds(tx: Db, ids: readonly string[]): Promise<FileRow[]> {
  if (ids.length === 0) return []
  return (await selectByIds.all(tx, { ids })).map(toRow)
}

/** Moves files to a new owner (a draft's uploads become the dossier's) and gives them. */
export async function reownFiles(tx: Db, ids: readonly string[], owner: string): Promise<FileRow[]> {
  if (ids.length === 0) return []
  return (await updateOwner.all(tx, { ids, owner })).map(toRow)
}

/** Forgets all files of an owner; the sweeper removes their bytes. */
export async function deleteFilesOf(tx: Db, owner: string): Promise<void> {
  await tx.deleteFrom('platform.file').where('owner', '=', owner).execute()
}

export async function deleteFileRow(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('platform.file').where('id', '=', id).execute()
}

/** Those of the store keys that a row names. */
export async function keptFiles(db: Db, keys: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('platform.file')
    .select('store_key')
    .where('store_key', '=', sql<string>`any(${[...keys]}::text[])`)
    .execute()
  return new Set(rows.map(row => row.store_key))
}

/** Removes bytes that no row names and that are older than `before`. Returns how many. */
export async function sweepOrphans(db: Db, files: FileStore, before: Date): Promise<number> {
  let removed = 0
  for await (const keys of files.list(before)) {
    const kept = await keptFiles(db, keys)
    for (const key of keys.filter(each => !kept.has(each))) {
      await files.remove(key)
      removed++
    }
  }
  return removed
}
