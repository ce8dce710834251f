// Who a person is to the program: the profile of a citizen, the account, and the rules of passwords.
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

/** Roles that must carry a second factor. */
export const SECOND_FACTOR_ROLES: readonly string[] = ['leader', 'admin']

/** Why a password is refused, null when it will do (NIST SP 800-63B §5.1.1.2: length, and not one everybody uses). */
export function passwordFault(password: string): 'short' | 'long' | 'common' | null {
  if (password.length < 10) return 'short'
  if (password.length > 200) return 'long'
  const plain = password.toLowerCase()
  const common = [
    '1234567890',
    '0123456789',
    'password123',
    'matkhau123',
    'qwertyuiop',
    'iloveyou123',
    'vietnam2026',
    'anhyeuem123',
  ]
  return common.includes(plain) || /^(.)\1+$/.test(plain) ? 'common' : null
}
