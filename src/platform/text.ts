// Vietnamese text: one normal form, and the folded form that search compares.

/**
 * Unicode NFC, with at most 30 marks on one letter (UAX #15, Stream-Safe Text): marks are put in order by comparing each with
 * all before it, so that a hundred thousand on one letter would take minutes in which nobody else is served.
 */
export function compose(text: string): string {
  return text.replace(/(\p{M}{30})\p{M}+/gu, '$1').normalize('NFC')
}

/** Unicode NFC without control characters and with outer spaces cut; every text enters the program through this. */
export function normalise(text: string): string {
  return (
    compose(text)
      .replace(/\r\n?/g, '\n')
      // Half of a sign that needs two; marks that turn the direction of what follows, so that names can lie.
      .replace(/\p{Cs}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')

      .replace(/[^\P{Cc}\t\n]|\ufeff/gu, '')
      .trim()
  )
}

/** How deep a value of JSON may be nested; a form has a few levels. */
const DEEPEST = 30

/** A value of JSON whose every text, names too, was normalised as those of forms are. Throws RangeError when it is too deep. */
export function normaliseJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return normalise(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) throw new RangeError('JSON is nested too deep')
  if (Array.isArray(value)) return value.map(each => normaliseJson(each, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [normalise(name), normaliseJson(each, depth + 1)]),
  )
}

/** Lower case, no diacritics, đ→d, other signs as one space: "Giấy phép (XD)" → "giay phep xd". */
export function fold(text: string): string {
  return compose(text.toLowerCase())
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/đ/g, 'd')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** The folded words of a text, each at most 40 characters; of a query at most 8 of them, and 400 characters are looked at. */
export function foldedWords(text: string, most = 8): string[] {
  return fold(text.slice(0, most * 50))
    .split(' ')
    .filter(word => word !== '')
    .slice(0, most)
    .map(word => word.slice(0, 40))
}

/** A tsquery that asks for every word or for any, each as a prefix: folded words hold only letters and digits, so nothing needs escaping. */
export function prefixQuery(words: readonly string[], between: '&' | '|' = '&'): string {
  return words.map(word => `${word}:*`).join(` ${between} `)
}

const collator = new Intl.Collator('vi')

/** Compares two names as a Vietnamese list is ordered. */
export function compareVietnamese(a: string, b: string): number {
  return collator.compare(a, b)
}
