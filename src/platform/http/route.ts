// A route: address, access and handler in one value. Modules list theirs in module.ts.
import type { ZodType } from 'zod'
import type { Access } from '../access/access.ts'
import type { Answer } from './answer.ts'
import type { WebRequest } from './request.ts'

/** How the JSON API documents a route; its presence also makes errors answer as JSON. */
export interface ApiContract {
  readonly summary: string
  readonly tag: string
  readonly body?: ZodType
  readonly query?: ZodType
  /** Of a good answer; 200 when not said. */
  readonly status?: 201
  readonly answer: ZodType
}

export interface Route {
  readonly method: 'GET' | 'POST'
  /** Fastify pattern: `/thu-tuc/:code`. */
  readonly path: string
  readonly access: Access
  readonly handle: (request: WebRequest) => Promise<Answer> | Answer
  /** The same bytes for every stranger, kept whole by (address, language, version of the public data), so many seconds at most. */
  readonly cache?: { readonly seconds: number }
  /** Files accepted with the form, bytes each; without it a multipart body is refused. */
  readonly maxUploadBytes?: number
  /** How many files one form may bring; 20 when not said. */
  readonly maxUploads?: number
  /** Asked before the body is read: throws where the caller may not even send one now. */
  readonly admit?: (request: WebRequest) => Promise<void>
  /** Answered also while the process has more to do than it can: whether it lives is asked just then. */
  readonly urgent?: true
  /** Waits for something slow, another system or a program beside us: in a line of its own, so that nobody else waits behind it. */
  readonly apart?: true
  readonly api?: ApiContract
}

/** Declares a route; the type demands `access`. */
export function route(parts: Route): Route {
  return parts
}
