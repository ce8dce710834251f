// SQL of erasure: everything of a dossier that speaks about people.
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/database.ts'
import type { PersonId } from '../../identity/index.ts'
import type { DossierId, State } from '../dossier.ts'

/** What stands in place of a name that is gone. */
const NOBODY = '—'

export async function lockDossiersOf(
  tx: Tx,
  personId: PersonId,
): Promise<{ id: DossierId; state: State; code: string | null; reference: string }[]> {
  const rows = await tx
    .selectFrom('dossier.dossier')
    .select(['id', 'state', 'code', 'reference'])
    .where('applicant_id', '=', personId)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map(row => ({ ...row, id: row.id as DossierId, state: row.state as State }))
}

/**
 * Destroys payloads with their salts, notes, letters and the list of papers; blanks the current row. The subject becomes
 * `subject`. Gives the owners of acts on the letters that are gone.
 */
export async function eraseContent(tx: Tx, id: DossierId, subject: string): Promise<string[]> {
  await tx.deleteFrom('dossier.payload').where('dossier_id', '=', id).execute()
  await tx.deleteFrom('dossier.note').where('dossier_id', '=', id).execute()
  await tx.deleteFrom('dossier.paper').where('dossier_id', '=', id).execute()
  const documents = await tx.deleteFrom('dossier.document').where('dossier_id', '=', id).returning('id').execute()
  await tx
    .updateTable('dossier.dossier')
    .set({ applicant_name: NOBODY, subject, id_index: null, tail_index: null, search: sql<string>`''::tsvector` })
    .where('id', '=', id)
    .execute()
  return documents.map(row => `dossier-document:${row.id}`)
}
