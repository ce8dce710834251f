// What the server itself refuses, before any use case is asked: in words, with the status that fits.
import { databaseAway } from '../db/away.ts'
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import { formatSize } from '../i18n/format.ts'
import { malformed } from './request.ts'

/** The longest body of a form or a program, files apart, bytes. */
export const MAX_FORM_BYTES = 2_000_000

export const tooMany = (seconds: number) =>
  new AppError({
    code: 'http.too-many',
    status: 429,
    say: lang => coreTexts(lang)('error.too-many', { seconds }),
    retryAfterSeconds: seconds,
  })

export const TOO_BUSY = 'http.busy'

export const tooBusy = () =>
  new AppError({
    code: TOO_BUSY,
    status: 503,
    say: lang => coreTexts(lang)('error.unavailable'),
    retryAfterSeconds: 5,
  })

export const unsupported = () =>
  new AppError({ code: 'http.media-type', status: 415, say: lang => coreTexts(lang)('error.media-type') })

export const tooLarge = (limit: number) =>
  new AppError({
    code: 'http.too-large',
    status: 413,
    say: lang => coreTexts(lang)('error.too-large', { size: formatSize(limit, lang) }),
  })

export const fileTooLarge = (name: string, limit: number) =>
  new AppError({
    code: 'http.too-large',
    status: 413,
    say: lang => coreTexts(lang)('error.file-too-large', { name, size: formatSize(limit, lang) }),
  })

/** Errors of the libraries we build on, in our words. */
export function translate(error: unknown, gone: boolean): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error
  const code = (error as { code?: string }).code ?? ''
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE') return tooLarge(MAX_FORM_BYTES)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupported()
  const status = (error as { statusCode?: number }).statusCode
  if (code.startsWith('FST_') && (status === undefined || status < 500)) return malformed(code)
  if (hungUp(error) && gone) return malformed(GONE)
  if (databaseAway(error)) {
    return new AppError({
      code: 'http.unavailable',
      status: 503,
      say: lang => coreTexts(lang)('error.unavailable'),
      detail: code,
      retryAfterSeconds: 5,
    })
  }
  return error
}

export const GONE = 'the client went away'

/** A browser that hung up while it was read looks like a database that did. */
const hungUp = (error: Error): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'].includes((error as { code?: string }).code ?? '') ||
  error.message === 'aborted'

/** What the reader of multipart bodies throws at bytes that are none; it gives its errors no code. */
export const isBadMultipart = (error: unknown): boolean =>
  error instanceof Error &&
  !(error instanceof AppError) &&
  /multipart|Unexpected end of form|Malformed part header|needle cannot have a length/i.test(error.message)
