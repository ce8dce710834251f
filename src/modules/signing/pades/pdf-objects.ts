// The objects of a PDF and the reader of one object at a time.
export class Name {
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
}
export class Ref {
  readonly num: number
  readonly gen: number
  constructor(num: number, gen: number) {
    this.num = num
    this.gen = gen
  }
}
/** Where a string was read: the bytes (of the file, or of a stream that was inflated) and its place in them, brackets included. */
export interface Place {
  readonly source: Uint8Array
  readonly start: number
  readonly end: number
}
export class Str {
  readonly bytes: Uint8Array
  readonly place: Place | null
  constructor(bytes: Uint8Array, place: Place | null = null) {
    this.bytes = bytes
    this.place = place
  }
}
export type Dict = ReadonlyMap<string, Obj>
export class Stream {
  readonly dict: Dict
  readonly raw: Uint8Array
  constructor(dict: Dict, raw: Uint8Array) {
    this.dict = dict
    this.raw = raw
  }
}
export type Obj = null | boolean | number | Name | Ref | Str | Stream | Dict | readonly Obj[]

export const isDict = (o: Obj | undefined): o is Dict => o instanceof Map
export const isArray = (o: Obj | undefined): o is readonly Obj[] => Array.isArray(o)
export class PdfError extends Error {}

export const isSpace = (c: number | undefined): boolean =>
  c === 32 || c === 10 || c === 13 || c === 9 || c === 12 || c === 0
const isDelimiter = (c: number | undefined): boolean => c === undefined || '()<>[]{}/%'.includes(String.fromCharCode(c))
const isRegular = (c: number | undefined): boolean => !isSpace(c) && !isDelimiter(c)
const hexValue = (c: number): number =>
  c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 }
const MAX_DEPTH = 64

/** Recursive-descent reader of one object at a time. */
export class Lexer {
  readonly bytes: Uint8Array
  at: number
  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  skip(): void {
    for (;;) {
      const c = this.bytes[this.at]
      if (c === 37)
        while (this.at < this.bytes.length && this.bytes[this.at] !== 10 && this.bytes[this.at] !== 13) this.at++
      else if (c !== undefined && isSpace(c)) this.at++
      else return
    }
  }
  word(): string {
    this.skip()
    const from = this.at
    while (isRegular(this.bytes[this.at])) this.at++
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, this.at - from).toString('latin1')
  }
  peekWord(): string {
    const at = this.at
    const word = this.word()
    this.at = at
    return word
  }
  integer(): number {
    const word = this.word()
    if (!/^\d{1,10}$/.test(word)) throw new PdfError(`number expected at ${this.at}`)
    return Number(word)
  }
  expect(word: string): void {
    if (this.word() !== word) throw new PdfError(`"${word}" expected at ${this.at}`)
  }

  object(depth = 0): Obj {
    if (depth > MAX_DEPTH) throw new PdfError('nested too deeply')
    this.skip()
    const c = this.bytes[this.at]
    if (c === 47) return this.name()
    if (c === 40) return this.literal()
    if (c === 60) return this.bytes[this.at + 1] === 60 ? this.dict(depth) : this.hex()
    if (c === 91) {
      this.at++
      const out: Obj[] = []
      for (;;) {
        this.skip()
        if (this.bytes[this.at] === 93) {
          this.at++
          return out
        }
        out.push(this.object(depth + 1))
      }
    }
    const word = this.word()
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    if (/^\d{1,10}$/.test(word)) {
      const back = this.at
      const gen = this.word()
      if (/^\d{1,5}$/.test(gen) && this.word() === 'R') return new Ref(Number(word), Number(gen))
      this.at = back
    }
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(word)) throw new PdfError(`unexpected "${word.slice(0, 20)}" at ${this.at}`)
    return Number(word)
  }
  private name(): Name {
    this.at++
    return new Name(this.word_().replace(/#([0-9a-fA-F]{2})/g, (_, h: string) => String.fromCharCode(parseInt(h, 16))))
  }
  private word_(): string {
    // like word(), but an empty name is a name
    return isRegular(this.bytes[this.at]) ? this.word() : ''
  }
  private hex(): Str {
    const start = this.at++
    const digits: number[] = []
    for (;;) {
      const c = this.bytes[this.at++]
      if (c === 62) break
      if (c === undefined) throw new PdfError('hex string not closed')
      if (isSpace(c)) continue
      const v = hexValue(c)
      if (v < 0) throw new PdfError('bad hex string')
      digits.push(v)
    }
    if (digits.length % 2) digits.push(0)
    return new Str(
      Uint8Array.from({ length: digits.length / 2 }, (_, i) => (digits[2 * i] ?? 0) * 16 + (digits[2 * i + 1] ?? 0)),
      { source: this.bytes, start, end: this.at },
    )
  }
  private literal(): Str {
    const start = this.at++
    const out: number[] = []
    for (let level = 1; ; ) {
      const c = this.bytes[this.at++]
      if (c === undefined) throw new PdfError('string not closed')
      if (c === 40) level++
      if (c === 41 && --level === 0) break
      if (c !== 92) {
        out.push(c)
        continue
      }
      const e = this.bytes[this.at++] ?? 0
      const octal = /^[0-7]{1,3}/.exec(String.fromCharCode(e, this.bytes[this.at] ?? 0, this.bytes[this.at + 1] ?? 0))
      if (octal) {
        out.push(parseInt(octal[0], 8) & 255)
        this.at += octal[0].length - 1
      } else if (e === 13) {
        if (this.bytes[this.at] === 10) this.at++
      } else if (e !== 10) out.push(ESCAPES[String.fromCharCode(e)] ?? e)
    }
    return new Str(Uint8Array.from(out), { source: this.bytes, start, end: this.at })
  }
  private dict(depth: number): Dict {
    this.at += 2
    const out = new Map<string, Obj>()
    for (;;) {
      this.skip()
      if (this.bytes[this.at] === 62 && this.bytes[this.at + 1] === 62) {
        this.at += 2
        return out
      }
      const key = this.object(depth + 1)
      if (!(key instanceof Name)) throw new PdfError(`key expected at ${this.at}`)
      if (out.has(key.value)) throw new PdfError(`/${key.value} twice in one dictionary`)
      out.set(key.value, this.object(depth + 1))
    }
  }
}
