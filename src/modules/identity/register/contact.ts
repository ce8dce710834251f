// A phone or a mailbox shows whose it is: a code goes there and comes back within ten minutes. Nothing says whether it has an account before.
import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { limitsFrom, takeAttempts } from '../../../platform/access/attempts.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { CookieChange } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { newId } from '../../../platform/id.ts'
import { isEmail, normalisePhone } from '../../../platform/identifiers.ts'
import type { Platform } from '../../../platform/module.ts'
import { notify } from '../../notifications/index.ts'
import { stepExpired, tooManyTries, wrongContactCode } from '../errors.ts'
import { forgetCookie, openCookie, sealedCookie } from '../sealed-cookie.ts'
import { findAccountByLogin, stateOf } from '../store/accounts.ts'
import { texts } from '../texts.ts'

const CODE_COOKIE = 'mc_lien_he'
const PROVED_COOKIE = 'mc_lien_he_dung'
/** How long a code is good for, in seconds; texts say so. */
const CODE_SECONDS = 600
const PROVED_SECONDS = 1800

const contactSchema = z.object({ kind: z.enum(['phone', 'email']), address: z.string() })
export type Contact = z.infer<typeof contactSchema>
const asked = contactSchema.extend({ id: z.string(), code: z.string(), back: z.string() })
export type AskedContact = z.infer<typeof asked>
/** `state`: the account of that contact when it was proved (stateOf), null where there was none. */
const proved = contactSchema.extend({ back: z.string(), state: z.string().nullable() })
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
 * Sends a code to a contact; gives the cookie that waits for it. The same whoever the contact belongs to. Throws 429 when
 * this network asked too often, or this contact was sent enough for a day.
 */
export async function sendCode(
  platform: Platform,
  request: WebRequest,
  contact: Contact,
  back: string,
): Promise<CookieChange> {
  const { db, keys } = platform
  const { at, lang } = request
  const to = `contact code to ${contact.kind} ${contact.address}`
  const wait = await takeAttempts(
    db,
    keys,
    at,
    [
      ...limitsFrom(request.parts.network, 'contact codes', { limit: 30, ofSite: 600, windowSeconds: 3600 }),
      ...limitsFrom(request.parts.network, to, { limit: 5, ofSite: 10, windowSeconds: 3600 }),
    ],
    [{ bucket: to, limit: 15, windowSeconds: 86_400 }],
  )
  if (wait > 0) throw tooManyTries(wait)
  const t = texts(lang)
  const id = newId(at)
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const notice = {
    key: `identity.contact-code:${id}`,
    channel: contact.kind === 'phone' ? ('sms' as const) : ('email' as const),
    address: contact.address,
    subject: t('contact-code.subject'),
    text: t('contact-code.text', { code }),
    href: '/dang-ky/ma',
  }
  await inTransaction(db, tx => notify(tx, keys, [notice], at))
  return sealedCookie(keys, CODE_COOKIE, { ...contact, id, code, back } satisfies AskedContact, at, CODE_SECONDS)
}

/** The contact that was sent a code from this browser. Throws 410 where none was, or too long ago. */
export function askedContact(platform: Platform, request: WebRequest): AskedContact {
  const kept = openCookie(platform.keys, CODE_COOKIE, request.parts.cookies[CODE_COOKIE], request.at)
  const parsed = asked.safeParse(kept)
  if (!parsed.success) throw stepExpired()
  return parsed.data
}

/** Takes the code; gives the cookies that go on from there. Throws 422 for a wrong one, 429 after six. */
export async function proveContact(platform: Platform, request: WebRequest, code: string): Promise<CookieChange[]> {
  const { db, keys } = platform
  const { at } = request
  const { id, code: sent, kind, address, back } = askedContact(platform, request)
  // A new code is a new counter, and those are counted by contact: ninety guesses a day at a million codes.
  const wait = await takeAttempts(db, keys, at, [
    { bucket: `contact code ${id}`, limit: 6, windowSeconds: CODE_SECONDS },
  ])
  if (wait > 0) throw tooManyTries(wait)
  if (code !== sent) throw wrongContactCode()
  const account = await findAccountByLogin(db, keys, kind, address)
  const value: ProvedContact = { kind, address, back, state: account === null ? null : stateOf(account) }
  return [sealedCookie(keys, PROVED_COOKIE, value, at, PROVED_SECONDS), forgetCookie(CODE_COOKIE)]
}

/** The contact that this browser proved. Throws 410 where none was, or too long ago. */
export function provedContact(platform: Platform, request: WebRequest): ProvedContact {
  const kept = openCookie(platform.keys, PROVED_COOKIE, request.parts.cookies[PROVED_COOKIE], request.at)
  const parsed = proved.safeParse(kept)
  if (!parsed.success) throw stepExpired()
  return parsed.data
}

/** After an account was made or its password set: what was proved opens nothing more. */
export const forgetContact = (): CookieChange => forgetCookie(PROVED_COOKIE)
