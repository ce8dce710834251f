// Signing in with a login and a password. The same time and answer whether or not the login exists.
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { limitsFrom, returnAttempts, takeAttempts } from '../../../platform/access/attempts.ts'
import { normalisePhone } from '../../../platform/identifiers.ts'
import { line } from '../../../platform/line.ts'
import type { Platform } from '../../../platform/module.ts'
import { compose } from '../../../platform/text.ts'
import { passwordsBusy, tooManyTries, wrongCredentials } from '../errors.ts'
import type { Account } from '../identity.ts'
import { findAccountByLogin, type LoginKind } from '../store/accounts.ts'

// OWASP password storage: argon2id, 19 MiB, 2 passes, 1 lane.
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/**
 * One at a time for each core: more at once would not be done sooner, take each other's cache away and leave no thread for
 * files. Whoever would wait for seconds is told to come again.
 */
const inTurn = line({ atOnce: availableParallelism(), waiting: 200, full: passwordsBusy })

export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(compose(password), ARGON))

// The hash of a password nobody knows: an unknown login costs the same work as a wrong password.
const DECOY = '$argon2id$v=19$m=19456,t=2,p=1$475n3G4ntQAiPhajIxNf0A$7W3ISjWGMZfKICnGY9tNtLMpBKqnHk1rlRXKHL4ndIw'

/** What kind of login a text is: a phone number, an e-mail address or an official user name. */
export function loginOf(text: string): { kind: LoginKind; login: string } {
  const phone = normalisePhone(text)
  if (phone !== null) return { kind: 'phone', login: phone }
  return { kind: text.includes('@') ? 'email' : 'name', login: text.toLowerCase() }
}

/** Whether a text is the password of a hash; where there is none the same work is done for nothing. */
export const isPassword = (passwordHash: string | null, password: string): Promise<boolean> =>
  inTurn(() => verify(passwordHash ?? DECOY, compose(password)))

export interface SignInCommand {
  readonly login: string
  readonly password: string
  readonly network: string
  /** The device signed in to this very login before: strangers' failures do not slow it down. */
  readonly knownDevice: boolean
  readonly at: Date
}

/**
 * Checks a password. Tries are counted per login and address, so a stranger who fails on purpose locks out only the own
 * address, not the person: that takes five networks at least, and never the person's own devices. Throws 422 wrong credentials, 429 too many tries.
 */
export async function checkPassword(platform: Platform, command: SignInCommand): Promise<Account> {
  const { db, keys } = platform
  const { kind, login } = loginOf(command.login)
  const { network } = command
  const who = `sign-in ${kind} ${login}`
  // A known device is not slowed by what strangers behind the same address do.
  const ofNetwork = command.knownDevice
    ? []
    : limitsFrom(network, 'sign-in', { limit: 120, ofCustomer: 2400, windowSeconds: 900 })
  const own = command.knownDevice
    ? [{ bucket: `${who} known device`, limit: 6, windowSeconds: 900 }]
    : [
        ...limitsFrom(network, who, { limit: 6, ofCustomer: 18, windowSeconds: 900 }),
        ...limitsFrom(network, `${who} in a day`, { limit: 24, ofCustomer: 72, windowSeconds: 86_400 }),
      ]
  const shared = [
    command.knownDevice
      ? // Who once held such a device, or took its cookie, is no owner for ever.
        { bucket: `${who} known devices`, limit: 100, windowSeconds: 86_400 }
      : // Guesses from a thousand networks are still guesses at one password; the owner's devices stay known.
        { bucket: `${who} anywhere`, limit: 100, windowSeconds: 86_400 },
  ]
  // First by itself: past it no name that is made up leaves a row behind.
  const wait =
    (await takeAttempts(db, keys, command.at, ofNetwork)) || (await takeAttempts(db, keys, command.at, own, shared))
  if (wait > 0) throw tooManyTries(wait)
  const account = await findAccountByLogin(db, keys, kind, login)
  const matches = await isPassword(account?.passwordHash ?? null, command.password)
  if (account === null || account.passwordHash === null || account.disabled || !matches) {
    throw wrongCredentials()
  }
  await returnAttempts(db, keys, [...ofNetwork, ...shared], own)
  return account
}
