// What dossiers know about a person is destroyed; their histories stay, hold, and say that and on what ground it was done.
import type { Actor } from '../../../platform/access/actor.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { deleteFilesOf } from '../../../platform/files/file-rows.ts'
import { agentsOf, type PersonId } from '../../identity/index.ts'
import { forgetResults } from '../../signing/index.ts'
import { changeDossier, type House, loadForChange } from '../change-dossier.ts'
import { type DossierId, ENDED } from '../dossier.ts'
import { deleteDraftsOf } from '../store/drafts.ts'
import { eraseContent, lockDossiersOf } from '../store/erasure.ts'

export type Erasure =
  | { readonly kind: 'erased'; readonly dossiers: readonly DossierId[]; readonly codes: readonly string[] }
  /** Some are still under way, by code or reference: nothing was changed. */
  | { readonly kind: 'under-way'; readonly codes: readonly string[] }

const codeOf = (each: { readonly code: string | null; readonly reference: string }) => each.code ?? each.reference

/** Erases all dossiers filed for a person. Files are dropped by their rows; the sweeper removes the bytes within a day. */
export async function eraseDossiersOf(
  house: House,
  tx: Tx,
  personId: PersonId,
  by: { readonly actor: Actor; readonly at: Date; readonly ground: string },
): Promise<Erasure> {
  const dossiers = await lockDossiersOf(tx, personId)
  const open = dossiers.filter(each => !ENDED.includes(each.state))
  if (open.length > 0) return { kind: 'under-way', codes: open.map(codeOf) }
  await deleteDraftsOf(tx, house.keys, `citizen:${personId}`, null)
  for (const agent of await agentsOf(tx, personId)) await deleteDraftsOf(tx, house.keys, `citizen:${agent}`, personId)
  for (const { id } of dossiers) {
    const loaded = await loadForChange(house, tx, id, null, by.at)
    if (loaded.dossier.kind === 'native')
      await changeDossier(house, tx, loaded, {
        actor: by.actor,
        at: by.at,
        move: { verb: 'erase' },
        facts: { ground: by.ground },
      })
    await forgetResults(tx, await eraseContent(tx, id, loaded.definition.procedure.title.vi))
    await deleteFilesOf(tx, `dossier:${id}`)
  }
  return { kind: 'erased', dossiers: dossiers.map(each => each.id), codes: dossiers.map(codeOf) }
}
