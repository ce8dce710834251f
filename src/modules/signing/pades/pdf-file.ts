// A small read-only PDF reader that follows cross-references exactly (tables, streams, object streams).
import { inflateSync } from 'node:zlib'
import { type Dict, isArray, isDict, Lexer, Name, type Obj, PdfError, Ref, Str, Stream } from './pdf-objects.ts'

export { type Dict, isArray, isDict, Name, type Obj, Ref, Str, Stream } from './pdf-objects.ts'

interface Entry {
  readonly kind: 'free' | 'offset' | 'packed'
  readonly a: number
  readonly b: number
}

interface Container {
  readonly data: Uint8Array
  readonly offsets: ReadonlyMap<number, number>
}

/** More objects, all revisions counted, than any document people verify; and bytes that all streams of one file may inflate to. */
const MAX_OBJECTS = 300_000
const INFLATE_BUDGET = 64_000_000

export class PdfFile {
  private readonly containers = new Map<number, Container>()
  private inflated = 0
  private listed = 0
  readonly entries = new Map<number, Entry>()
  readonly trailer: Dict
  /** Where the newest cross-reference section begins. */
  readonly lastSection: number
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
    this.lastSection = new Lexer(bytes, at + 9).integer()
    const queue = [this.lastSection]
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
    if (++this.listed > MAX_OBJECTS) throw new PdfError('cross-reference too long')
    if (!this.entries.has(num)) this.entries.set(num, entry)
  }

  private section(offset: number): Dict {
    const lexer = new Lexer(this.bytes, offset)
    if (lexer.peekWord() !== 'xref') return this.xrefStream(lexer)
    lexer.expect('xref')
    while (lexer.peekWord() !== 'trailer') {
      const first = lexer.integer(),
        count = lexer.integer()
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
    // Widths and counts come from strangers: a loop must end with the data it reads.
    if ([w0, w1, w2].some(width => !Number.isInteger(width) || width < 0 || width > 8) || w0 + w1 + w2 === 0)
      throw new PdfError('bad cross-reference widths')
    if (index.some(each => !Number.isSafeInteger(each) || each < 0 || each > MAX_OBJECTS))
      throw new PdfError('bad cross-reference index')
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
    const known = this.containers.get(container) ?? this.openContainer(container)
    const offset = known.offsets.get(num)
    return offset === undefined ? null : new Lexer(known.data, offset).object()
  }

  /** An object stream is inflated once, whatever the number of objects asked of it. */
  private openContainer(container: number): Container {
    const stream = this.get(container)
    if (!(stream instanceof Stream)) throw new PdfError('bad object stream')
    const n = this.resolve(stream.dict.get('N'))
    const first = this.resolve(stream.dict.get('First'))
    if (typeof n !== 'number' || typeof first !== 'number' || n < 0 || n > MAX_OBJECTS)
      throw new PdfError('bad object stream')
    const data = this.decode(stream)
    const head = new Lexer(data)
    const offsets = new Map<number, number>()
    for (let i = 0; i < n && head.at < data.length; i++) {
      const id = head.integer()
      offsets.set(id, first + head.integer())
    }
    const opened = { data, offsets }
    this.containers.set(container, opened)
    return opened
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
  private inflate(raw: Uint8Array): Uint8Array {
    let data: Uint8Array
    try {
      data = inflateSync(raw, { maxOutputLength: Math.max(1, INFLATE_BUDGET - this.inflated) })
    } catch (error) {
      throw new PdfError(`a stream cannot be inflated: ${(error as Error).message}`)
    }
    this.inflated += data.length
    return data
  }
  private decode(stream: Stream): Uint8Array {
    const filter = stream.dict.get('Filter')
    const name = isArray(filter) ? filter[0] : filter
    if (name === undefined) return stream.raw
    if (!(name instanceof Name) || name.value !== 'FlateDecode') throw new PdfError('unsupported filter')
    const data = this.inflate(stream.raw)
    const rawParms = stream.dict.get('DecodeParms')
    const parms = isArray(rawParms) ? rawParms[0] : rawParms
    const predictor = isDict(parms) ? parms.get('Predictor') : 1
    if (typeof predictor !== 'number' || predictor < 10) return data
    const columns = isDict(parms) ? parms.get('Columns') : 1
    if (typeof columns === 'number' && (!Number.isInteger(columns) || columns < 1 || columns > 65_535))
      throw new PdfError('bad predictor')
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
