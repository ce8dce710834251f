// The applicant answers a request for supplement: more files, and a word of explanation.
import type { CitizenActor, OfficerActor } from '../../../platform/access/actor.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { keepUpload } from '../../../platform/files/file-rows.ts'
import type { UploadedFile } from '../../../platform/http/form-body.ts'
import { changeDossier, type House, type Loaded } from '../change-dossier.ts'
import { addPapers } from '../store/documents.ts'

export interface SupplementCommand {
  readonly actor: CitizenActor | OfficerActor
  readonly uploads: readonly UploadedFile[]
  readonly answer: string
  readonly at: Date
}

/** Adds the papers and sets the clock going again. Throws 422 for a bad file, 409 when nothing was asked. */
export async function supplementDossier(
  house: House,
  tx: Tx,
  loaded: Loaded,
  command: SupplementCommand,
): Promise<void> {
  const { dossier, definition } = loaded
  const papers: { component: string; fileId: string; name: string; sha256: string }[] = []
  for (const upload of command.uploads) {
    const component =
      definition.procedure.components.find(each => `giay-to.${each.id}` === upload.field)?.id ?? 'bo-sung'
    const file = await keepUpload(tx, `dossier:${dossier.id}`, upload, command.at)
    papers.push({ component, fileId: file.id, name: file.name, sha256: file.sha256.toString('hex') })
  }
  const changed = await changeDossier(house, tx, loaded, {
    actor: command.actor,
    at: command.at,
    move: { verb: 'supplement' },
    facts: { papers: papers.length },
    payload: { papers, answer: command.answer },
  })
  await addPapers(tx, dossier.id, papers, changed.seq)
}
