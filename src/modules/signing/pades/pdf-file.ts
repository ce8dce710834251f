// A small read-only PDF reader that follows cross-references exactly (tables, streams, object streams).
import { inflateSync } from 'node:zlib'

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
export class Str {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
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

const isSpace = (c: number | undefined): boolean => c === 32 || c === 10 || c === 13 || c === 9 || c === 12 || c === 0
const isDelimiter = (c: number | undefined): boolean => c === undefined || '()<>[]{}/%'.includes(String.fromCharCode(c))
const isRegular = (c: number | undefined): boolean => !isSpace(c) && !isDelimiter(c)
const hexValue = (c: number): number =>
  c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 }
const MAX_DEPTH = 64

/** Recursive-descent reader of one object at a time. */
class Lexer {
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
      start,
      this.at,
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
    return new Str(Uint8Array.from(out), start, this.at)
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

interface Entry {
  readonly kind: 'free' | 'offset' | 'packed'
  readonly a: number
  readonly b: number
}

export class PdfFile {
  readonly entries = new Map<number, Entry>()
  readonly trailer: Dict
  private readonly cache = new Map<number, Obj>()
  private readonly open = new Set<number>()

  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const at = tail.lastIndexOf('startxref', undefined, 'latin1')
    if (at < 0 || at < bytes.length - 2048) throw new PdfError('no startxref at the end')
    let trailer: Dict | undefined
    const seen = new Set<number>()
    const queue = [new Lexer(bytes, at + 9).integer()]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (seen.has(next)) throw new PdfError('cross-reference loop')
      seen.add(next)
      const section = this.section(next)
      trailer ??= section
      for (const key of ['XRefStm', 'Prev']) {
        const prev = section.get(key)
        if (typeof prev === 'number') queue.push(prev)
      }
    }
    if (!trailer) throw new PdfError('no trailer')
    if (trailer.has('Encrypt')) throw new PdfError('encrypted')
    this.trailer = trailer
  }

  private add(num: number, entry: Entry): void {
    if (!this.entries.has(num)) this.entries.set(num, entry)
  }

  private section(offset: number): Dict {
    const lexer = new Lexer(this.bytes, offset)
    if (lexer.peekWord() !== 'xref') return this.xrefStream(lexer)
    lexer.expect('xref')
    while (lexer.peekWord() !== 'trailer') {
      const first = lexer.integer(),
        count = lexer.integer()
      if (count > 1_000_000) throw new PdfError('cross-reference too long')
      for (let i = 0; i < count; i++) {
        const a = lexer.integer(),
          b = lexer.integer(),
          kind = lexer.word()
        if (kind !== 'n' && kind !== 'f') throw new PdfError('bad cross-reference entry')
        this.add(first + i, { kind: kind === 'n' ? 'offset' : 'free', a, b })
      }
    }
    lexer.expect('trailer')
    const trailer = lexer.object()
    if (!isDict(trailer)) throw new PdfError('bad trailer')
    return trailer
  }

  private xrefStream(lexer: Lexer): Dict {
    lexer.integer() // its own number
    const stream = this.indirect(lexer.at, undefined)
    if (!(stream instanceof Stream)) throw new PdfError('bad cross-reference stream')
    const numbers = (key: string): number[] => {
      const v = stream.dict.get(key)
      return isArray(v) ? v.map(n => (typeof n === 'number' ? n : 0)) : []
    }
    const [w0 = 0, w1 = 0, w2 = 0] = numbers('W')
    const size = stream.dict.get('Size')
    const index = stream.dict.has('Index') ? numbers('Index') : [0, typeof size === 'number' ? size : 0]
    const data = this.decode(stream)
    let at = 0
    const field = (width: number, absent: number): number => {
      if (width === 0) return absent
      let v = 0
      for (let i = 0; i < width; i++) v = v * 256 + (data[at++] ?? 0)
      return v
    }
    for (let i = 0; i + 1 < index.length; i += 2) {
      for (let k = 0; k < (index[i + 1] ?? 0) && at < data.length; k++) {
        const type = field(w0, 1),
          a = field(w1, 0),
          b = field(w2, 0)
        this.add((index[i] ?? 0) + k, { kind: type === 1 ? 'offset' : type === 2 ? 'packed' : 'free', a, b })
      }
    }
    return stream.dict
  }

  /** The object after "num" at `at`: "gen obj ... endobj". */
  private indirect(at: number, gen: number | undefined): Obj {
    const lexer = new Lexer(this.bytes, at)
    const found = lexer.integer()
    if (gen !== undefined && found !== gen) throw new PdfError('generation differs from the cross-reference')
    lexer.expect('obj')
    const object = lexer.object()
    if (!isDict(object) || lexer.peekWord() !== 'stream') return object
    lexer.expect('stream')
    if (this.bytes[lexer.at] === 13) lexer.at++
    if (this.bytes[lexer.at] === 10) lexer.at++
    const length = this.resolve(object.get('Length'))
    if (typeof length !== 'number' || lexer.at + length > this.bytes.length) throw new PdfError('bad stream length')
    const raw = this.bytes.subarray(lexer.at, lexer.at + length)
    lexer.at += length
    lexer.expect('endstream')
    return new Stream(object, raw)
  }

  get(num: number): Obj {
    const cached = this.cache.get(num)
    if (cached !== undefined) return cached
    const entry = this.entries.get(num)
    if (!entry || entry.kind === 'free') return null
    if (this.open.has(num)) throw new PdfError('object refers to itself')
    this.open.add(num)
    let object: Obj
    if (entry.kind === 'packed') object = this.packed(entry.a, num)
    else {
      const lexer = new Lexer(this.bytes, entry.a)
      if (lexer.integer() !== num) throw new PdfError(`object ${num} is not where the cross-reference says`)
      object = this.indirect(lexer.at, entry.b)
    }
    this.open.delete(num)
    this.cache.set(num, object)
    return object
  }
  private packed(container: number, num: number): Obj {
    const stream = this.get(container)
    if (!(stream instanceof Stream)) throw new PdfError('bad object stream')
    const n = this.resolve(stream.dict.get('N')),
      first = this.resolve(stream.dict.get('First'))
    if (typeof n !== 'number' || typeof first !== 'number') throw new PdfError('bad object stream')
    const data = this.decode(stream)
    const head = new Lexer(data)
    for (let i = 0; i < n; i++) {
      const id = head.integer(),
        offset = head.integer()
      if (id === num) return new Lexer(data, first + offset).object()
    }
    return null
  }
  resolve(object: Obj | undefined): Obj {
    return object instanceof Ref ? this.get(object.num) : (object ?? null)
  }
  dict(object: Obj | undefined): Dict | undefined {
    const o = this.resolve(object)
    return isDict(o) ? o : undefined
  }
  array(object: Obj | undefined): readonly Obj[] {
    const o = this.resolve(object)
    return isArray(o) ? o : []
  }

  /** Flate (with PNG predictors) or no filter: enough for cross-reference and object streams. */
  private decode(stream: Stream): Uint8Array {
    const filter = stream.dict.get('Filter')
    const name = isArray(filter) ? filter[0] : filter
    if (name === undefined) return stream.raw
    if (!(name instanceof Name) || name.value !== 'FlateDecode') throw new PdfError('unsupported filter')
    const data = inflateSync(stream.raw, { maxOutputLength: 50_000_000 })
    const rawParms = stream.dict.get('DecodeParms')
    const parms = isArray(rawParms) ? rawParms[0] : rawParms
    const predictor = isDict(parms) ? parms.get('Predictor') : 1
    if (typeof predictor !== 'number' || predictor < 10) return data
    const columns = isDict(parms) ? parms.get('Columns') : 1
    const width = typeof columns === 'number' ? columns : 1
    const out = new Uint8Array(Math.floor(data.length / (width + 1)) * width)
    for (let row = 0; (row + 1) * (width + 1) <= data.length; row++) {
      const type = data[row * (width + 1)]
      for (let i = 0; i < width; i++) {
        const left = i ? (out[row * width + i - 1] ?? 0) : 0,
          up = row ? (out[(row - 1) * width + i] ?? 0) : 0
        const corner = i && row ? (out[(row - 1) * width + i - 1] ?? 0) : 0
        const p = left + up - corner
        const paeth =
          Math.abs(p - left) <= Math.abs(p - up) && Math.abs(p - left) <= Math.abs(p - corner)
            ? left
            : Math.abs(p - up) <= Math.abs(p - corner)
              ? up
              : corner
        const guess = [0, left, up, (left + up) >> 1, paeth][type ?? 0] ?? 0
        out[row * width + i] = (data[row * (width + 1) + 1 + i] ?? 0) + guess
      }
    }
    return out
  }
}

/** A text form in which two objects are equal exactly when their contents are. */
export function canonical(o: Obj | undefined): string {
  if (o === undefined || o === null) return 'null'
  if (typeof o === 'number' || typeof o === 'boolean') return String(o)
  if (o instanceof Name) return `/${JSON.stringify(o.value)}`
  if (o instanceof Ref) return `${o.num} ${o.gen} R`
  if (o instanceof Str) return `<${Buffer.from(o.bytes).toString('hex')}>`
  if (o instanceof Stream) return `${canonical(o.dict)}stream<${Buffer.from(o.raw).toString('base64')}>`
  if (isArray(o)) return `[${o.map(canonical).join(' ')}]`
  return `<<${[...o]
    .filter(([, v]) => v !== null)
    .map(([k, v]) => `${JSON.stringify(k)} ${canonical(v)}`)
    .sort()
    .join(' ')}>>`
}

export function text(o: Obj | undefined): string {
  if (!(o instanceof Str)) return o instanceof Name ? o.value : ''
  const b = Buffer.from(o.bytes)
  if (b[0] === 0xfe && b[1] === 0xff)
    return Buffer.from(b.subarray(2, 2 + ((b.length - 2) & ~1)))
      .swap16()
      .toString('utf16le')
  if (b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf) return b.subarray(3).toString('utf8')
  return b.toString('latin1')
}

export function eachRef(o: Obj | undefined, visit: (ref: Ref) => void): void {
  if (o instanceof Ref) visit(o)
  else if (o instanceof Stream) eachRef(o.dict, visit)
  else if (isArray(o)) for (const v of o) eachRef(v, visit)
  else if (isDict(o)) for (const v of o.values()) eachRef(v, visit)
}
