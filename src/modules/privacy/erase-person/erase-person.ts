// Erases what the installation knows about a person, module by module, in one transaction.
import type { Actor } from '../../../platform/access/actor.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { eraseDossiersOf, type House } from '../../dossier/index.ts'
import { eraseIdentity, findPersonByIdNumber } from '../../identity/index.ts'
import { eraseMessages } from '../../notifications/index.ts'

export type ErasureOutcome =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'under-way'; readonly codes: readonly string[] }
  | { readonly kind: 'erased' | 'planned'; readonly codes: readonly string[]; readonly messages: number }

/** Carries out of a transaction what it would have done. */
class NotDone extends Error {
  readonly outcome: ErasureOutcome
  constructor(outcome: ErasureOutcome) {
    super('not done')
    this.outcome = outcome
  }
}

/**
 * By identification number. The officer answers for it that no law keeps the data (Luật Bảo vệ dữ liệu cá nhân
 * 91/2025/QH15, retention of the archive): `ground` names the decision, nobody's name. Backups made before still hold it
 * until they expire. `plan`: everything is done and taken back, so that the answer is what would be erased.
 */
export async function erasePerson(
  house: House,
  idNumber: string,
  by: { readonly actor: Actor; readonly ground: string; readonly plan?: boolean },
): Promise<ErasureOutcome> {
  const at = house.clock.now()
  const work = inTransaction<ErasureOutcome>(house.db, async tx => {
    const person = await findPersonByIdNumber(tx, house.keys, idNumber)
    if (person === null) return { kind: 'unknown' }
    const dossiers = await eraseDossiersOf(house, tx, person.id, { ...by, at })
    if (dossiers.kind === 'under-way') return dossiers
    const messages = await eraseMessages(tx, house.keys, {
      addresses: [
        ['app', `person:${person.id}`],
        ...(person.phone === null ? [] : [['sms', person.phone] as const, ['zalo', person.phone] as const]),
        ...(person.email === null ? [] : [['email', person.email] as const]),
      ],
      about: dossiers.dossiers,
    })
    await eraseIdentity(tx, house.keys, person, at)
    await audit(tx, {
      actor: by.actor,
      action: 'privacy.erase-person',
      subject: `person:${person.id}`,
      purpose: by.ground,
      facts: { dossiers: dossiers.dossiers.length, messages },
      at,
    })
    const { codes } = dossiers
    if (by.plan === true) throw new NotDone({ kind: 'planned', codes, messages })
    return { kind: 'erased' as const, codes, messages }
  })
  return work.catch((error: unknown) => {
    if (error instanceof NotDone) return error.outcome
    throw error
  })
}
