// The letter of a dossier as a PDF.
import { findFile } from '../../../platform/files/file-rows.ts'
import { type Answer, bytes } from '../../../platform/http/answer.ts'
import { notFound } from '../../../platform/http/request.ts'
import { drawLetter } from '../../../platform/pdf/letter.ts'
import type { House } from '../change-dossier.ts'
import type { DossierView } from './view.ts'

/** The letter as it stands: a drawn draft, or the signed file. */
export async function documentBytes(house: House, view: DossierView, at: Date): Promise<Answer> {
  const { document } = view
  if (document === null) throw notFound('no document')
  if (document.fileId !== null) {
    const file = await findFile(house.db, document.fileId)
    const content = file === null ? null : house.files.read(file.storeKey)
    if (file === null || content === null) throw notFound('bytes are missing')
    return bytes(content, 'application/pdf', file.name, true, file.size)
  }
  const { content } = document
  const drawn = await drawLetter({
    ...content,
    signer: content.signer ?? { competence: '', title: '', name: '' },
    qr: null,
    created: at,
    demo: house.demo,
    draft: true,
  })
  return bytes(drawn.bytes, 'application/pdf', 'du-thao.pdf', true)
}
