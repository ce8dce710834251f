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

const SPACE = 1
const DELIMITER = 2
/** What kind of character each byte is (ISO 32000-1, 7.2.2); 0 is a regular one. A table: files are read byte by byte. */
const KINDS = new Uint8Array(256)
for (const c of [0, 9, 10, 12, 13, 32]) KINDS[c] = SPACE
for (const c of Buffer.from('()<>[]{}/%', 'latin1')) KINDS[c] = DELIMITER
/** The value of each hex digit, 255 elsewhere. */
const HEX = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++)
  for (const c of Buffer.from(digit.toString(16) + digit.toString(16).toUpperCase(), 'latin1')) HEX[c] = digit

export const isSpace = (c: number | undefined): boolean => c !== undefined && KINDS[c] === SPACE
const isRegular = (c: number | undefined): boolean => c !== undefined && KINDS[c] === 0
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 }
const MAX_DEPTH = 64

/** Recursive-descent reader of one object at a time. */
export class Lexer {
  readonly bytes: Uint8Array
  private readonly view: Buffer
  at: number
  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
    return this.view.toString('latin1', from, this.at)
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
    // First to its end or its first fault: a stranger's file reserves no room for what is no hex string.
    let digits = 0
    for (let at = this.at; ; at++) {
      const c = this.bytes[at]
      if (c === 62) break
      if (c === undefined) throw new PdfError('hex string not closed')
      if (KINDS[c] === SPACE) continue
      if (HEX[c] === 255) throw new PdfError('bad hex string')
      digits++
    }
    // An odd last digit stands for itself and a 0.
    const out = new Uint8Array((digits + 1) >> 1)
    for (let digit = 0; digit < digits; this.at++) {
      const value = HEX[this.bytes[this.at] ?? 0] ?? 255
      if (value === 255) continue
      out[digit >> 1] = (out[digit >> 1] ?? 0) | (digit % 2 === 0 ? value << 4 : value)
      digit++
    }
    while (this.bytes[this.at] !== 62) this.at++
    this.at++
    return new Str(out, { source: this.bytes, start, end: this.at })
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
