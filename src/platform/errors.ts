// One family of expected errors. Modules list theirs in errors.ts; only platform/http and the worker turn them into answers.
import type { Lang } from './i18n/texts.ts'

/** Faults of single form fields: field name → sentence. Shown beside the field and in the summary. */
export type FieldErrors = Readonly<Record<string, string>>

export interface AppErrorParts {
  /** Stable name for programs and logs, `module.what`. */
  readonly code: string
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 503
  /** What the person is told: what is wrong and what to do. */
  readonly say: (lang: Lang) => string
  /** What the log is told besides the code; never personal data. */
  readonly detail?: string
  readonly fields?: FieldErrors
  readonly retryAfterSeconds?: number
}

/** An error we foresaw. Anything else that is thrown is a surprise: 500 with a number. */
export class AppError extends Error {
  readonly parts: AppErrorParts
  constructor(parts: AppErrorParts) {
    super(parts.detail === undefined ? parts.code : `${parts.code}: ${parts.detail}`)
    this.name = 'AppError'
    this.parts = parts
  }
}
