// How an answer becomes a response: the only place that writes one.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer, CookieChange, PageAnswer } from './answer.ts'
import type { CachedPage } from './byte-cache.ts'
import type { WebRequest } from './request.ts'

export interface WriteOptions {
  /** Draws the whole document round a page. */
  readonly frame: (page: PageAnswer, request: WebRequest) => string
  /** The cookie that is the session. */
  readonly sessionCookie: string
  /** Cookies travel over HTTPS only. */
  readonly secureCookies: boolean
}

/** Writes what a handler answered. */
export function write(options: WriteOptions, request: WebRequest, reply: FastifyReply, answer: Answer) {
  switch (answer.kind) {
    case 'redirect':
      for (const cookie of answer.cookies) setCookie(options, reply, cookie)
      // Who signs out on a shared machine leaves nothing in its browser.
      if (answer.cookies.some(cookie => cookie.name === options.sessionCookie && cookie.value === null))
        reply.header('clear-site-data', '"cache", "storage"')
      return reply.header('cache-control', 'no-store').redirect(encodeLocation(answer.to), 303)
    case 'json':
      return reply
        .code(answer.status)
        .header('cache-control', 'no-store')
        .type(`${answer.mediaType}; charset=utf-8`)
        .send(JSON.stringify(answer.value))
    case 'page':
      return reply
        .code(answer.status)
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(options.frame(answer, request))
    case 'bytes': {
      if (answer.fileName !== null) {
        const name = encodeURIComponent(answer.fileName).replace(
          /['()*]/g,
          sign => `%${sign.charCodeAt(0).toString(16)}`,
        )
        reply.header('content-disposition', `${answer.inline ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`)
      }
      if (answer.size !== null) reply.header('content-length', answer.size)
      // What people uploaded never runs as a page of ours. A policy on a PDF would stop the browser's own viewer.
      const policy =
        answer.mediaType === 'application/pdf'
          ? "frame-ancestors 'self'"
          : "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
      // Our own desk shows papers beside the form.
      reply.header('content-security-policy', policy).header('x-frame-options', 'SAMEORIGIN')
      return reply.header('cache-control', 'private, no-store').type(answer.mediaType).send(answer.content)
    }
  }
}

/** Writes a public page from memory. */
export function sendCached(request: FastifyRequest, reply: FastifyReply, cached: CachedPage) {
  const gzip = (request.headers['accept-encoding'] ?? '').includes('gzip')
  if (gzip) reply.header('content-encoding', 'gzip')
  return reply
    .code(cached.status)
    .header('cache-control', 'no-cache')
    .header('vary', 'accept-encoding, cookie')
    .type('text/html; charset=utf-8')
    .send(gzip ? cached.gzip : cached.plain)
}

/** Over HTTPS a cookie carries this before its name: then no neighbouring host or plain page can have set it (RFC 6265bis §4.1.3.2). */
const HOST_PREFIX = '__Host-'

function setCookie(options: WriteOptions, reply: FastifyReply, change: CookieChange) {
  const shape = { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: options.secureCookies }
  const name = options.secureCookies ? HOST_PREFIX + change.name : change.name
  if (change.value === null) reply.clearCookie(name, shape)
  else reply.setCookie(name, change.value, { ...shape, maxAge: change.maxAgeSeconds })
}

/** The cookies of a request by the names that the program knows. An address that could not be routed has none read. */
export function cookiesOf(
  options: WriteOptions,
  request: FastifyRequest,
): Readonly<Record<string, string | undefined>> {
  const cookies: Readonly<Record<string, string | undefined>> = request.cookies ?? {}
  if (!options.secureCookies) return cookies
  return Object.fromEntries(
    Object.entries(cookies).flatMap(([name, value]) =>
      name.startsWith(HOST_PREFIX) ? [[name.slice(HOST_PREFIX.length), value]] : [],
    ),
  )
}

/** A header carries ASCII only; a path of ours may hold Vietnamese. */
function encodeLocation(to: string): string {
  return to.replace(/[^\u0021-\u007e]/gu, sign => encodeURIComponent(sign))
}
