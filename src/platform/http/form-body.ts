// A posted form, decoded once: every value NFC, control characters gone, counts and lengths bounded.
import type { StoredBytes } from '../files/file-store.ts'
import { normalise } from '../text.ts'

/** A file that came with a form, already in the store but not yet owned by any row. */
export interface UploadedFile {
  readonly field: string
  readonly fileName: string
  readonly stored: StoredBytes
}

/** Bounds of one form: a 300-field form with repeating groups fits many times over. */
export const MAX_FIELDS = 3000
export const MAX_VALUE = 100_000

export class FormBody {
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly files: readonly UploadedFile[]
  private readonly typed: ReadonlyMap<string, string>

  constructor(
    values: ReadonlyMap<string, readonly string[]>,
    files: readonly UploadedFile[],
    typed: ReadonlyMap<string, string>,
  ) {
    this.values = values
    this.files = files
    this.typed = typed
  }

  /** Builds from name–value pairs. Throws RangeError past the bounds. */
  static of(pairs: Iterable<readonly [string, string]>, files: readonly UploadedFile[] = []): FormBody {
    const values = new Map<string, string[]>()
    const typed = new Map<string, string>()
    let count = 0
    for (const [name, value] of pairs) {
      if (++count > MAX_FIELDS || value.length > MAX_VALUE || name.length > 200)
        throw new RangeError('form out of bounds')
      const list = values.get(name)
      if (list === undefined) {
        values.set(name, [normalise(value)])
        typed.set(name, value)
      } else list.push(normalise(value))
    }
    return new FormBody(values, files, typed)
  }

  /** The first value of a field as it was typed, for secrets: blanks belong to a password. '' when absent. */
  raw(name: string): string {
    return this.typed.get(name) ?? ''
  }

  /** The first value of a field, '' when absent. */
  text(name: string): string {
    return this.values.get(name)?.[0] ?? ''
  }

  /** All non-empty values of a field. */
  list(name: string): readonly string[] {
    return (this.values.get(name) ?? []).filter(value => value !== '')
  }

  /** Everything that was sent, as JSON may hold it: for a digest. Files stand as what their bytes hash to. */
  sent(): readonly unknown[] {
    return [...this.values, ...this.files.map(file => [file.field, file.fileName, file.stored.sha256.toString('hex')])]
  }

  has(name: string): boolean {
    return this.values.has(name)
  }
}
