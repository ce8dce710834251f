// An own account: a name, a phone or e-mail to sign in with, a password.
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import type { Lang } from '../../../platform/i18n/texts.ts'
import { isCitizenNumber, isEmail, normalisePhone } from '../../../platform/identifiers.ts'
import type { Platform } from '../../../platform/module.ts'
import type { Account } from '../identity.ts'
import type { PasswordRules } from '../password/password-rules.ts'
import { hashPassword, loginOf } from '../sign-in/sign-in.ts'
import { addLogin, findAccount, insertAccount } from '../store/accounts.ts'
import { upsertPerson } from '../store/people.ts'
import { texts } from '../texts.ts'

export interface RegisterCommand {
  readonly name: string
  readonly contact: string
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
  if (normalisePhone(command.contact) === null && !isEmail(command.contact)) errors['lien-he'] = t('error.contact')
  if (command.idNumber !== '' && !isCitizenNumber(command.idNumber)) errors['so-dinh-danh'] = t('error.id-number')
  // Only a name and numbers that can be true are held against the password.
  const about = Object.keys(errors).length > 0 ? [] : [command.name, command.contact, command.idNumber]
  const fault = await rules.fault(command.password, about)
  if (fault !== null) errors['mat-khau'] = t(`error.password-${fault}`)
  return errors
}

class Taken extends Error {}

/** Makes person and account, or says which field stands in the way. */
export async function register(
  platform: Platform,
  command: RegisterCommand,
  lang: Lang,
): Promise<{ account: Account } | { errors: FieldErrors }> {
  const t = texts(lang)
  const passwordHash = await hashPassword(command.password)
  const { kind, login } = loginOf(command.contact)
  try {
    return await inTransaction(platform.db, async tx => {
      const person = await upsertPerson(
        tx,
        platform.keys,
        {
          kind: 'citizen',
          name: command.name,
          idNumber: command.idNumber || null,
          phone: kind === 'phone' ? login : null,
          email: kind === 'email' ? login : null,
          birthDate: null,
          assured: false,
        },
        'claim',
        command.at,
      )
      const id = await insertAccount(tx, { personId: person.id, officerId: null, passwordHash }, command.at)
      if (!(await addLogin(tx, platform.keys, id, kind, login))) throw new Taken()
      const account = await findAccount(tx, id)
      if (account === null) throw new Error('the account just made is absent')
      return { account }
    })
  } catch (error) {
    if (error instanceof Taken) return { errors: { 'lien-he': t('error.login-taken') } }
    throw error
  }
}
