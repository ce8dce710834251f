// SQL of erasure: a person without name, numbers, addresses, account or mandates.
import type { Tx } from '../../../platform/db/database.ts'
import type { PersonId } from '../identity.ts'

/** Leaves the row that dossiers point to, with nothing in it; the account can no longer be entered or found. */
export async function eraseIdentity(tx: Tx, personId: PersonId, at: Date): Promise<void> {
  const accounts = await tx
    .updateTable('identity.account')
    .set({ password_hash: null, totp: null, disabled_at: at })
    .where('person_id', '=', personId)
    .returning('id')
    .execute()
  for (const { id } of accounts) {
    await tx.deleteFrom('identity.session').where('account_id', '=', id).execute()
    await tx.deleteFrom('identity.login').where('account_id', '=', id).execute()
  }
  await tx
    .deleteFrom('identity.mandate')
    .where(each => each.or([each('principal_id', '=', personId), each('agent_id', '=', personId)]))
    .execute()
  await tx
    .updateTable('identity.person')
    .set({
      name: '—',
      id_number: null,
      id_index: null,
      phone: null,
      phone_index: null,
      email: null,
      email_index: null,
      profile: null,
      assured: false,
      updated_at: at,
    })
    .where('id', '=', personId)
    .execute()
}
