// Whose draft it is: a citizen's own, or a clerk's at the counter. Others find nothing.
import { forbidden, notSignedIn } from '../../../platform/access/access.ts'
import { type Actor, actorKey } from '../../../platform/access/actor.ts'
import { inTransaction, type Tx } from '../../../platform/db/database.ts'
import { deleteFileRow, type FileRow, filesByIds, keepUpload } from '../../../platform/files/file-rows.ts'
import type { UploadedFile } from '../../../platform/http/form-body.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { principalsOf } from '../../identity/index.ts'
import type { House } from '../change-dossier.ts'
import { draftGone } from '../errors.ts'
import { INTAKE_PERMISSION } from '../permissions.ts'
import { type Draft, type DraftFile, draftFiles, findDraft, lockDraft } from '../store/drafts.ts'
import { withinDay } from './brake.ts'

/** The owner text of an actor's drafts. Throws 403 for officers who take in no dossiers, 404 for citizens where the portal is closed. */
export function draftOwner(house: House, actor: Actor): string {
  if (actor.kind === 'anonymous') throw notSignedIn()
  if (actor.kind === 'citizen' && !house.portalOpen) throw notFound('the portal takes in nothing')
  if (actor.kind === 'system') throw forbidden('systems have no drafts')
  if (actor.kind === 'officer' && !actor.permissions.has(INTAKE_PERMISSION)) throw forbidden('takes in no dossiers')
  return actorKey(actor)
}

/** The draft of the path. A draft for somebody who has revoked the mandate holds that person's data: it is gone. */
export async function openDraft(house: House, request: WebRequest): Promise<Draft> {
  const { actor } = request
  const draft = await findDraft(house.db, house.keys, request.idParam('id'), draftOwner(house, actor))
  if (draft === null) throw draftGone()
  const { principalId } = draft.content
  if (principalId !== null && !(actor.kind === 'citizen' && (await principalsOf(house.db, actor.id)).has(principalId)))
    throw draftGone()
  return draft
}

/** Keeps a file of a draft while the draft is there: one that is deleted meanwhile takes its files along. Throws 422, 404. */
export function keepForDraft(house: House, request: WebRequest, draft: Draft, upload: UploadedFile): Promise<FileRow> {
  return withinDay(house, request, [upload], () =>
    inTransaction(house.db, async tx => {
      if ((await lockDraft(tx, house.keys, draft.id, draft.owner)) === null) throw draftGone()
      return keepUpload(tx, draftFiles(draft.id), upload, request.at)
    }),
  )
}

/**
 * The files of a draft, which is locked, with more of them. One that lies there for the same component, under the same name
 * and with the same bytes, was sent twice, because an answer was lost or a button pressed again: the first stays. Throws 404
 * where the draft is gone.
 */
export async function filesWith(
  house: House,
  tx: Tx,
  draft: Draft,
  more: readonly DraftFile[],
): Promise<readonly DraftFile[]> {
  const locked = await lockDraft(tx, house.keys, draft.id, draft.owner)
  if (locked === null) throw draftGone()
  if (more.length === 0) return locked.content.files
  const files = [...locked.content.files]
  const rows = await filesByIds(
    tx,
    [...files, ...more].map(file => file.fileId),
  )
  const hashes = new Map<string, string>(rows.map(row => [row.id, row.sha256.toString('hex')]))
  const keyOf = (file: DraftFile) => `${file.component} ${hashes.get(file.fileId)} ${file.name}`
  const held = new Set(files.map(keyOf))
  for (const file of more) {
    if (held.has(keyOf(file))) await deleteFileRow(tx, file.fileId)
    else files.push(file)
    held.add(keyOf(file))
  }
  return files
}
