// The hash chain of a history: canonical text, digests, verification. Pure.

import { createHash, randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { EntryBody } from './dossier.ts'

/** What the first entry stands on: the dossier's own id, so that no chain can be shown as another's. */
export function genesis(dossierId: string): Buffer {
  return createHash('sha256').update(dossierId).digest()
}

/** RFC 8785 text of a value. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('nothing to write')
  return text
}

/** The text of an entry that is hashed and stored: its RFC 8785 text, with the outermost members in their order. */
export function entryText({ actor, at, digest, facts, post, seq, type }: EntryBody): string {
  const text = JSON.stringify
  return `{"actor":${text(actor)},"at":${text(at)},${digest === null ? '' : `"digest":${text(digest)},`}"facts":${canonicalText(
    facts,
  )},${post === null ? '' : `"post":${text(post)},`}"seq":${text(seq)},"type":${text(type)}}`
}

/** Reads what `entryText` wrote. */
export function readEntry(text: string): EntryBody {
  return { post: null, digest: null, ...JSON.parse(text) }
}

export function chainHash(previous: Buffer, body: string): Buffer {
  return createHash('sha256').update(previous).update(body).digest()
}

/** A salt and the digest that binds a payload to its entry without showing it. */
export function payloadDigest(
  payload: unknown,
  salt: Buffer = randomBytes(16),
): { salt: Buffer; text: string; digest: string } {
  const text = canonicalText(payload)
  return { salt, text, digest: createHash('sha256').update(salt).update(text).digest('base64url') }
}

/** The instant of a new entry: time never runs back inside a history, whatever the clocks of two processes say. */
export function notBefore(lastAt: string | null, at: Date): Date {
  return lastAt !== null && at.toISOString() < lastAt ? new Date(lastAt) : at
}

export interface ChainedEntry {
  readonly seq: number
  readonly body: string
  readonly hash: Buffer
}

/** The first thing wrong with a chain, null when it holds: gaps, changed bodies, time running back. */
export function chainFault(dossierId: string, entries: readonly ChainedEntry[]): string | null {
  let previous = genesis(dossierId)
  let at = ''
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== index + 1) return `entry ${index + 1} is missing`
    if (!chainHash(previous, entry.body).equals(entry.hash)) return `entry ${entry.seq} was changed`
    const body = readEntry(entry.body)
    if (body.seq !== entry.seq) return `entry ${entry.seq} was moved`
    if (body.at < at) return `entry ${entry.seq} is older than the one before`
    at = body.at
    previous = entry.hash
  }
  return null
}
