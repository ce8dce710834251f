// An own account: a name, a phone or e-mail that was proved, a password; and a new password for the account there is.
import { audit } from '../../../platform/audit/audit.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import type { Lang } from '../../../platform/i18n/texts.ts'
import { isCitizenNumber } from '../../../platform/identifiers.ts'
import type { Platform } from '../../../platform/module.ts'
import { stepExpired } from '../errors.ts'
import type { Account } from '../identity.ts'
import type { PasswordRules } from '../password/password-rules.ts'
import { hashPassword } from '../sign-in/sign-in.ts'
import { addLogin, findAccount, findAccountByLogin, insertAccount, stateOf } from '../store/accounts.ts'
import { replacePassword } from '../store/activations.ts'
import { findPerson, upsertPerson } from '../store/people.ts'
import { texts } from '../texts.ts'
import type { Contact, ProvedContact } from './contact.ts'

export interface RegisterCommand {
  readonly name: string
  readonly contact: Contact
  readonly idNumber: string
  readonly password: string
  readonly at: Date
}

/** What is wrong with the form alone. */
export async function registerFaults(rules: PasswordRules, command: RegisterCommand, lang: Lang): Promise<FieldErrors> {
  const t = texts(lang)
  const errors: Record<string, string> = {}
  if (command.name === '') errors['ho-ten'] = coreTexts(lang)('field.required')
  else if (command.name.length > 120)
    errors['ho-ten'] = coreTexts(lang)('field.too-long', { max: 120, count: command.name.length })
  if (command.idNumber !== '' && !isCitizenNumber(command.idNumber)) errors['so-dinh-danh'] = t('error.id-number')
  // Only a name and numbers that can be true are held against the password.
  const about = Object.keys(errors).length > 0 ? [] : [command.name, command.contact.address, command.idNumber]
  const fault = await rules.fault(command.password, about)
  if (fault !== null) errors['mat-khau'] = t(`error.password-${fault}`)
  return errors
}

/** Makes person and account. Throws 410 when the contact has got an account since it was proved. */
export async function register(platform: Platform, command: RegisterCommand): Promise<Account> {
  const passwordHash = await hashPassword(command.password)
  const { kind, address } = command.contact
  return inTransaction(platform.db, async tx => {
    const person = await upsertPerson(
      tx,
      platform.keys,
      {
        kind: 'citizen',
        name: command.name,
        idNumber: command.idNumber || null,
        phone: kind === 'phone' ? address : null,
        email: kind === 'email' ? address : null,
        birthDate: null,
        assured: false,
      },
      'claim',
      command.at,
    )
    const id = await insertAccount(tx, { personId: person.id, officerId: null, passwordHash }, command.at)
    if (!(await addLogin(tx, platform.keys, id, kind, address))) throw stepExpired()
    const account = await findAccount(tx, id)
    if (account === null) throw new Error('the account just made is absent')
    return account
  })
}

/**
 * What a proved contact leads to: `new` where there is no account, `reset` where its password may be set by whoever holds the
 * contact. Not so for accounts of officers and closed ones (`closed`), nor where an eID stands behind (`eid`): a telephone
 * number goes to somebody else one day, and must not open what only an eID may.
 */
export type Way =
  | { readonly to: 'new' | 'closed' | 'eid' }
  | { readonly to: 'reset'; readonly account: Account; readonly name: string }

/** Throws 410 when the account is no longer as it was when the contact was proved: what was proved works once. */
export async function wayOf(platform: Platform, contact: ProvedContact): Promise<Way> {
  const account = await findAccountByLogin(platform.db, platform.keys, contact.kind, contact.address)
  if ((account === null ? null : stateOf(account)) !== contact.state) throw stepExpired()
  if (account === null) return { to: 'new' }
  if (account.personId === null || account.disabled) return { to: 'closed' }
  const person = await findPerson(platform.db, platform.keys, account.personId)
  if (person === null || person.assured) return { to: 'eid' }
  return { to: 'reset', account, name: person.name }
}

/** Sets a new password: every session ends, the second factor stays. Throws 410 when the account changed meanwhile. */
export async function resetPassword(
  platform: Platform,
  request: WebRequest,
  account: Account,
  password: string,
): Promise<void> {
  const passwordHash = await hashPassword(password)
  await inTransaction(platform.db, async tx => {
    if (!(await replacePassword(tx, account, passwordHash))) throw stepExpired()
    await audit(tx, {
      actor: request.actor,
      action: 'identity.reset-password',
      subject: `account:${account.id}`,
      at: request.at,
      facts: { network: request.parts.network },
      request: request.parts,
    })
  })
}
