// SQL of erasure: a person without name, numbers, addresses, account or mandates.
import type { KeyRing } from '../../../platform/crypto/keys.ts'
import type { Tx } from '../../../platform/db/database.ts'
import type { Person } from '../identity.ts'
import { deleteMandatesOf } from './mandates.ts'

/** Leaves the row that dossiers point to, with nothing in it; the account can no longer be entered or found. */
export async function eraseIdentity(tx: Tx, keys: KeyRing, person: Person, at: Date): Promise<void> {
  const personId = person.id
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
  await deleteMandatesOf(tx, keys, person)
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
