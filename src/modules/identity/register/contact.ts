// A phone or a mailbox shows whose it is: a code goes there and comes back within ten minutes. Nothing says whether it has an account before.
import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { limitsFrom, returnAttempts, takeAttempts } from '../../../platform/access/attempts.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { CookieChange } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { newId } from '../../../platform/id.ts'
import { isEmail, normalisePhone } from '../../../platform/identifiers.ts'
import type { Platform } from '../../../platform/module.ts'
import { notify } from '../../notifications/index.ts'
import { codeSpent, stepExpired, tooManyTries, wrongContactCode } from '../errors.ts'
import { forgetCookie, openCookie, sealedCookie } from '../sealed-cookie.ts'
import { logSignIn } from '../session.ts'
import { findAccountByLogin, stateOf } from '../store/accounts.ts'
import { texts } from '../texts.ts'

const CODE_COOKIE = 'mc_lien_he'
const PROVED_COOKIE = 'mc_lien_he_dung'
/** How long a code, and then what it proved, is good for, in seconds; texts say so. */
const SECONDS = 600
/** Who tries many contacts with a few codes each has a million chances a day at most, from a thousand networks: 1 % of these. */
const DIGITS = 8
/** Begins the keys of messages that carry codes. */
export const CODE_KEY = 'identity.contact-code:'

/** Both begin alike: whoever proves a contact makes an account, or sets the password of the one there is. */
export const BEGINNINGS = ['/dang-ky', '/quen-mat-khau'] as const

const contactSchema = z.object({ kind: z.enum(['phone', 'email']), address: z.string() })
export type Contact = z.infer<typeof contactSchema>
const asked = contactSchema.extend({ id: z.string(), code: z.string(), back: z.string(), begun: z.enum(BEGINNINGS) })
export type AskedContact = z.infer<typeof asked>
/** `state`: the account of that contact when it was proved (stateOf), null where there was none. */
const proved = contactSchema.extend({ id: z.string(), back: z.string(), state: z.string().nullable() })
export type ProvedContact = z.infer<typeof proved>

/** What this installation can send codes to. */
export interface Reach {
  readonly phone: boolean
  readonly email: boolean
}

/** A typed phone number or e-mail address; null when it is neither. */
export function contactOf(text: string): Contact | null {
  const phone = normalisePhone(text)
  if (phone !== null) return { kind: 'phone', address: phone }
  return isEmail(text) ? { kind: 'email', address: text.toLowerCase() } : null
}

/**
 * Sends a code to a contact; gives the cookies that wait for it. The same whoever the contact belongs to. Throws 429 when
 * this network asked too often, this contact was sent enough for a day, or everybody together for an hour.
 */
export async function sendCode(
  platform: Platform,
  request: WebRequest,
  given: { readonly contact: Contact; readonly back: string; readonly begun: (typeof BEGINNINGS)[number] },
): Promise<CookieChange[]> {
  const { db, keys } = platform
  const { at, lang } = request
  const { network } = request.parts
  const { kind, address } = given.contact
  const to = `contact code to ${kind} ${address}`
  const wait =
    // First by itself: past it no contact that is made up leaves a row behind.
    (await takeAttempts(
      db,
      keys,
      at,
      limitsFrom(network, 'contact codes', { limit: 60, ofCustomer: 300, windowSeconds: 3600 }),
    )) ||
    (await takeAttempts(db, keys, at, limitsFrom(network, to, { limit: 5, ofCustomer: 10, windowSeconds: 3600 }), [
      { bucket: to, limit: 15, windowSeconds: 86_400 },
      // What leaves the house in its name, whoever asks.
      { bucket: 'contact codes of all', limit: 3000, windowSeconds: 3600 },
    ]))
  if (wait > 0) throw tooManyTries(wait)
  const t = texts(lang)
  const id = newId(at)
  const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0')
  const notice = {
    key: `${CODE_KEY}${id}`,
    channel: kind === 'phone' ? ('sms' as const) : ('email' as const),
    address,
    subject: t('contact-code.subject'),
    text: t('contact-code.text', { code: sayCode(code) }),
    href: '/',
    until: new Date(at.getTime() + SECONDS * 1000),
  }
  await inTransaction(db, async tx => {
    await notify(tx, keys, [notice], at)
    await audit(tx, {
      actor: request.actor,
      action: 'identity.send-code',
      subject: `contact-code:${id}`,
      at,
      facts: { kind },
      request: request.parts,
    })
  })
  const kept: AskedContact = { ...given.contact, id, code, back: given.back, begun: given.begun }
  return [sealedCookie(keys, CODE_COOKIE, kept, at, SECONDS), forgetContact()]
}

/** As it is read aloud and typed: `1234 5678`. */
export const sayCode = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`

/** The contact that was sent a code from this browser. Throws 410 where none was, or too long ago. */
export function askedContact(platform: Platform, request: WebRequest): AskedContact {
  const kept = openCookie(platform.keys, CODE_COOKIE, request.parts.cookies[CODE_COOKIE], request.at)
  const parsed = asked.safeParse(kept)
  if (!parsed.success) throw stepExpired()
  return parsed.data
}

/**
 * Takes the code; gives the cookies that go on from there. Throws 422 for a wrong one, 429 after six or when this network
 * tried too many, 410 for one that was taken before.
 */
export async function proveContact(platform: Platform, request: WebRequest, code: string): Promise<CookieChange[]> {
  const { db, keys } = platform
  const { at } = request
  const { id, code: sent, kind, address, back } = askedContact(platform, request)
  const ofNetwork = limitsFrom(request.parts.network, 'contact tries', {
    limit: 60,
    ofCustomer: 300,
    windowSeconds: 3600,
  })
  const wait = await takeAttempts(db, keys, at, ofNetwork)
  if (wait > 0) throw tooManyTries(wait)
  if ((await takeAttempts(db, keys, at, [{ bucket: `contact code ${id}`, limit: 6, windowSeconds: SECONDS }])) > 0)
    throw codeSpent()
  if (code !== sent) {
    await logSignIn(db, request, { subject: `contact-code:${id}`, outcome: 'refused', factor: 'contact' })
    throw wrongContactCode()
  }
  // Once: whoever kept the cookie and the code sets no second password with them.
  const taken = [{ bucket: `contact code taken ${id}`, limit: 1, windowSeconds: 2 * SECONDS }]
  if ((await takeAttempts(db, keys, at, taken)) > 0) throw stepExpired()
  await returnAttempts(db, keys, ofNetwork, [])
  await logSignIn(db, request, { subject: `contact-code:${id}`, outcome: 'half-way', factor: 'contact' })
  const account = await findAccountByLogin(db, keys, kind, address)
  const value: ProvedContact = { kind, address, id, back, state: account === null ? null : stateOf(account) }
  return [sealedCookie(keys, PROVED_COOKIE, value, at, SECONDS), forgetCookie(CODE_COOKIE)]
}

/** The contact that this browser proved. Throws 410 where none was, or too long ago. */
export function provedContact(platform: Platform, request: WebRequest): ProvedContact {
  const kept = openCookie(platform.keys, PROVED_COOKIE, request.parts.cookies[PROVED_COOKIE], request.at)
  const parsed = proved.safeParse(kept)
  if (!parsed.success) throw stepExpired()
  return parsed.data
}

/** What was proved opens nothing more: after its use, at another code, and when somebody leaves. */
export const forgetContact = (): CookieChange => forgetCookie(PROVED_COOKIE)
