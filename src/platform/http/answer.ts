// What a handler may return. Only server.ts writes a response; handlers return one of these values.

import type { Readable } from 'node:stream'
import type { VNode } from 'preact'

/** Which frame the site draws round a page. */
export type Frame = 'portal' | 'desk' | 'bare'

export interface PageAnswer {
  readonly kind: 'page'
  readonly status: number
  readonly title: string
  readonly body: VNode
  readonly frame: Frame
  /** Islands to load, by file name without extension. */
  readonly islands: readonly string[]
  /** Reload after so many seconds: for work that finishes soon. */
  readonly refreshSeconds: number | null
  readonly noIndex: boolean
}

export interface RedirectAnswer {
  readonly kind: 'redirect'
  readonly to: string
  readonly cookies: readonly CookieChange[]
}

export interface JsonAnswer {
  readonly kind: 'json'
  readonly status: number
  /** Problem details name themselves (RFC 9457). */
  readonly mediaType: 'application/json' | 'application/problem+json'
  readonly value: unknown
}

export interface BytesAnswer {
  readonly kind: 'bytes'
  readonly content: Buffer | Readable
  readonly mediaType: string
  /** Offered name; `inline` lets the browser show PDF and images itself, sandboxed. */
  readonly fileName: string | null
  readonly inline: boolean
  readonly size: number | null
}

export type Answer = PageAnswer | RedirectAnswer | JsonAnswer | BytesAnswer

export interface CookieChange {
  readonly name: string
  readonly value: string | null
  readonly maxAgeSeconds: number
}

export type PageParts = Pick<PageAnswer, 'title' | 'body'> & Partial<Omit<PageAnswer, 'kind' | 'title' | 'body'>>

export function page(parts: PageParts): PageAnswer {
  return { kind: 'page', status: 200, frame: 'portal', islands: [], refreshSeconds: null, noIndex: false, ...parts }
}

/** 303 See Other to a path of ours. */
export function redirect(to: string, cookies: readonly CookieChange[] = []): RedirectAnswer {
  return { kind: 'redirect', to, cookies }
}

export function json(
  value: unknown,
  status = 200,
  mediaType: JsonAnswer['mediaType'] = 'application/json',
): JsonAnswer {
  return { kind: 'json', status, mediaType, value }
}

export function bytes(
  content: Buffer | Readable,
  mediaType: string,
  fileName: string | null,
  inline = false,
  size: number | null = null,
): BytesAnswer {
  return { kind: 'bytes', content, mediaType, fileName, inline, size: Buffer.isBuffer(content) ? content.length : size }
}
