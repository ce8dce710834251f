// Accounts of officers and citizens for a demo or a first installation.

import type { KeyRing } from '../../platform/crypto/keys.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { OfficerId } from '../organisation/index.ts'
import type { PersonId } from './identity.ts'
import { hashPassword } from './sign-in/sign-in.ts'
import { addLogin, findAccountByLogin, findAccountOfPerson, insertAccount, saveSecondFactor } from './store/accounts.ts'
import { type NewPerson, upsertPerson } from './store/people.ts'

/** Gives officers accounts under their user names; those that exist stay as they are. Returns how many were made. */
export async function seedOfficerAccounts(
  tx: Tx,
  keys: KeyRing,
  options: {
    officers: readonly { id: OfficerId; login: string }[]
    password: string
    secondFactorSecret: string | null
    needsSecondFactor: ReadonlySet<string>
    at: Date
  },
): Promise<number> {
  const passwordHash = await hashPassword(options.password)
  let made = 0
  for (const officer of options.officers) {
    if ((await findAccountByLogin(tx, keys, 'name', officer.login)) !== null) continue
    const id = await insertAccount(tx, { personId: null, officerId: officer.id, passwordHash }, options.at)
    await addLogin(tx, keys, id, 'name', officer.login)
    if (options.secondFactorSecret !== null && options.needsSecondFactor.has(officer.id))
      await saveSecondFactor(tx, keys, id, options.secondFactorSecret)
    made++
  }
  return made
}

/** A citizen with an own account found by phone. */
export async function seedCitizenAccount(
  tx: Tx,
  keys: KeyRing,
  options: { person: NewPerson; password: string; at: Date },
): Promise<PersonId> {
  const person = await upsertPerson(tx, keys, options.person, 'eid', options.at)
  if ((await findAccountOfPerson(tx, person.id)) !== null) return person.id
  const id = await insertAccount(
    tx,
    { personId: person.id, officerId: null, passwordHash: await hashPassword(options.password) },
    options.at,
  )
  if (person.phone !== null) await addLogin(tx, keys, id, 'phone', person.phone)
  if (person.email !== null) await addLogin(tx, keys, id, 'email', person.email)
  return person.id
}
