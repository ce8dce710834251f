// Who a person is to the program: the profile of a citizen, the account, the powerful roles.
import type { Id } from '../../platform/id.ts'

export type PersonId = Id<'person'>
export type AccountId = Id<'account'>

/** What is known of a citizen or organisation. Identifiers are plain here and sealed at rest. */
export interface Person {
  readonly id: PersonId
  readonly kind: 'citizen' | 'organisation'
  readonly name: string
  readonly idNumber: string | null
  readonly phone: string | null
  readonly email: string | null
  readonly birthDate: string | null
  /** Name and number come from an eID sign-in. */
  readonly assured: boolean
}

export interface Account {
  readonly id: AccountId
  readonly personId: PersonId | null
  readonly officerId: Id<'officer'> | null
  readonly passwordHash: string | null
  readonly hasSecondFactor: boolean
  readonly disabled: boolean
}

/** Roles that must carry a second factor: who signs, who seals for an agency, who runs the system. */
export const SECOND_FACTOR_ROLES: readonly string[] = ['leader', 'records', 'admin']
