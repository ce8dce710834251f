// What a handler sees of a request: decoded values and the actor, never the raw socket.
import type { IncomingMessage } from 'node:http'
import { type Actor, ANONYMOUS } from '../access/actor.ts'
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import type { Lang } from '../i18n/texts.ts'
import { type Id, isId } from '../id.ts'
import { normalise } from '../text.ts'
import type { FormBody } from './form-body.ts'

/** The outcome of reading the session cookie or the bearer token. */
export interface Identified {
  readonly actor: Actor
  /** Names the session for sign-out; null for strangers and systems. */
  readonly sessionId: string | null
}
export const NOBODY: Identified = { actor: ANONYMOUS, sessionId: null }

export const notFound = (detail?: string) =>
  new AppError({
    code: 'http.not-found',
    status: 404,
    say: lang => coreTexts(lang)('error.not-found'),
    ...(detail === undefined ? {} : { detail }),
  })

export const malformed = (detail: string) =>
  new AppError({ code: 'http.malformed', status: 400, say: lang => coreTexts(lang)('error.malformed'), detail })

export interface WebRequestParts {
  readonly id: string
  readonly method: string
  /** Path and query as asked. */
  readonly url: string
  readonly origin: string
  readonly params: Readonly<Record<string, string>>
  readonly search: URLSearchParams
  readonly form: FormBody
  readonly json: unknown
  readonly cookies: Readonly<Record<string, string | undefined>>
  readonly headers: IncomingMessage['headers']
  readonly lang: Lang
  readonly ip: string
  /** What limits count by: the address, or the /64 it lies in. */
  readonly network: string
  readonly at: Date
}

export class WebRequest {
  readonly parts: WebRequestParts
  readonly identified: Identified

  constructor(parts: WebRequestParts, identified: Identified) {
    this.parts = parts
    this.identified = identified
  }

  get actor(): Actor {
    return this.identified.actor
  }
  get lang(): Lang {
    return this.parts.lang
  }
  get at(): Date {
    return this.parts.at
  }
  get form(): FormBody {
    return this.parts.form
  }

  /** A path parameter as text. */
  param(name: string): string {
    return normalise(this.parts.params[name] ?? '')
  }

  /** A path parameter that must be an id; anything else is a page that does not exist. */
  idParam<Kind extends string>(name: string): Id<Kind> {
    const value = this.parts.params[name] ?? ''
    if (!isId(value)) throw notFound()
    return value as Id<Kind>
  }

  /** The first query value, '' when absent, at most 400 characters. */
  query(name: string): string {
    return normalise((this.parts.search.get(name) ?? '').slice(0, 400))
  }

  /** A page number from the query, 1 … 500. */
  pageNumber(): number {
    const value = Number(this.parts.search.get('trang') ?? '1')
    return Number.isInteger(value) && value >= 1 && value <= 500 ? value : 1
  }
}

/** Only local paths may be redirected to: a scheme, a host or a backslash sends people elsewhere. */
export function localPath(candidate: string, otherwise: string): string {
  return /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(candidate) && candidate.length <= 500 ? candidate : otherwise
}
