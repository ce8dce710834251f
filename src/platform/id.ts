// Identifiers: uuid v7 for entities, random tokens for what strangers must not guess.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'

declare const brand: unique symbol
/** A uuid that names one kind of thing; the brand keeps a dossier's id out of an officer's place. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind }

/** Makes a uuid v7 (RFC 9562 §5.7): 48 bits of milliseconds, the rest random, so new rows sort by time. */
export function newId<Kind extends string>(at: Date): Id<Kind> {
  const time = at.getTime().toString(16).padStart(12, '0')
  // A v4 has the variant and the random bits in their place already; node keeps a stock of them.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}` as Id<Kind>
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for the lower-case text form of a uuid. */
export function isId(value: string): boolean {
  return UUID.test(value)
}

/** A random token of `bits` (≥ 96 for anything that opens a page), base64url. */
export function newToken(bits = 128): string {
  return randomBytes(Math.ceil(bits / 8)).toString('base64url')
}

// No 0/O, 1/I/L, U: read aloud on the telephone and typed by hand.
const SPOKEN = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A random code of `length` characters that a person can read aloud. */
export function newSpokenCode(length: number): string {
  return Array.from({ length }, () => SPOKEN[randomInt(SPOKEN.length)]).join('')
}
