// Appends one revision to a PDF (ISO 32000-1, 7.5.6): only the objects asked for are read, only changed and new ones are written.
import { randomBytes } from 'node:crypto'
import { PdfFile } from './pdf-file.ts'
import { type Dict, isArray, isDict, Name, type Obj, PdfError, Ref, Str, Stream } from './pdf-objects.ts'

export const dict = (entries: Readonly<Record<string, Obj>>): Dict => new Map(Object.entries(entries))
export const name = (value: string): Name => new Name(value)
/** A string of characters below 128: dates, default appearances. */
export const ascii = (value: string): Str => new Str(Buffer.from(value, 'latin1'))
/** A text string of any characters: UTF-16BE with its mark (7.9.2.2). */
export const textString = (value: string): Str =>
  new Str(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(value, 'utf16le').swap16()]))
export const stream = (entries: Readonly<Record<string, Obj>>, raw: Uint8Array): Stream =>
  new Stream(dict(entries), raw)

const IRREGULAR = /[^!-~]|[#()<>[\]{}/%]/g
const writeName = (value: string): string =>
  `/${value.replace(IRREGULAR, c => `#${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}`
/** Reals have no exponent in a PDF; otherwise a number read is written as it was. */
const writeNumber = (value: number): string => {
  const plain = String(value)
  return plain.includes('e') ? value.toFixed(10).replace(/\.?0+$/, '') : plain
}

function writeDict(entries: Dict): string {
  let out = '<<'
  for (const [key, value] of entries) out += `${writeName(key)} ${write(value)}`
  return `${out}>>`
}
/** The object as it stands in a file; everything outside streams is ASCII. */
function write(o: Obj): string {
  if (o === null) return 'null '
  if (typeof o === 'number') return `${writeNumber(o)} `
  if (typeof o === 'boolean') return `${o} `
  if (o instanceof Name) return `${writeName(o.value)} `
  if (o instanceof Ref) return `${o.num} ${o.gen} R `
  if (o instanceof Str) return `<${Buffer.from(o.bytes).toString('hex')}>`
  if (isArray(o)) return `[${o.map(write).join('')}]`
  if (isDict(o)) return writeDict(o)
  throw new PdfError('a stream stands only as an object of its own')
}

export class Revision {
  readonly file: PdfFile
  private readonly changed = new Map<number, Obj>()
  private next: number

  /** Throws PdfError where the file cannot be read, or has only a cross-reference stream (our own files have a table). */
  constructor(bytes: Uint8Array) {
    this.file = new PdfFile(bytes)
    const { trailer } = this.file
    const size = trailer.get('Size')
    if (typeof size !== 'number') throw new PdfError('no /Size')
    if (trailer.get('Type') instanceof Name) throw new PdfError('no cross-reference table to continue')
    this.next = size
  }

  /** What a reference leads to, as changed so far. */
  get(o: Obj | undefined): Obj {
    if (!(o instanceof Ref)) return o ?? null
    return this.changed.has(o.num) ? (this.changed.get(o.num) ?? null) : this.file.get(o.num)
  }
  dict(o: Obj | undefined): Dict {
    const found = this.get(o)
    return isDict(found) ? found : new Map()
  }
  array(o: Obj | undefined): readonly Obj[] {
    const found = this.get(o)
    return isArray(found) ? found : []
  }
  get root(): Ref {
    const root = this.file.trailer.get('Root')
    if (!(root instanceof Ref)) throw new PdfError('no catalog')
    return root
  }

  /** A new object. */
  add(o: Obj): Ref {
    const ref = new Ref(this.next++, 0)
    this.changed.set(ref.num, o)
    return ref
  }
  /** Another value of an object. */
  put(ref: Ref, o: Obj): void {
    this.changed.set(ref.num, o)
  }
  /** The dictionary with some entries replaced or added. */
  update(ref: Ref, entries: Readonly<Record<string, Obj>>): void {
    this.put(ref, new Map([...this.dict(ref), ...Object.entries(entries)]))
  }

  /** The old bytes, unchanged, followed by this revision. */
  finish(): Buffer {
    const { bytes, trailer, lastSection } = this.file
    const parts: Uint8Array[] = [bytes]
    let at = bytes.length
    const push = (part: Uint8Array | string): void => {
      const bytesOf = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
      parts.push(bytesOf)
      at += bytesOf.length
    }
    push('\n')
    const entries: [num: number, offset: number, gen: number][] = []
    for (const [num, o] of [...this.changed].sort(([a], [b]) => a - b)) {
      // For an object packed in a stream the entry holds its place there; its generation is 0 (7.5.8.3).
      const known = this.file.entries.get(num)
      const gen = known?.kind === 'offset' ? known.b : 0
      entries.push([num, at, gen])
      if (o instanceof Stream) {
        push(`${num} ${gen} obj\n${writeDict(new Map([...o.dict, ['Length', o.raw.length]]))}\nstream\n`)
        push(o.raw)
        push('\nendstream\nendobj\n')
      } else push(`${num} ${gen} obj\n${write(o)}\nendobj\n`)
    }
    const start = at
    let table = 'xref\n'
    for (let from = 0; from < entries.length; ) {
      const first = entries[from]?.[0] ?? 0
      let to = from
      while (entries[to]?.[0] === first + (to - from)) to++
      table += `${first} ${to - from}\n`
      for (const [, offset, gen] of entries.slice(from, to))
        table += `${String(offset).padStart(10, '0')} ${String(gen).padStart(5, '0')} n \n`
      from = to
    }
    const next = new Map<string, Obj>([...trailer, ['Size', this.next], ['Prev', lastSection]])
    next.delete('XRefStm')
    // The second half of the identifier names this state of the file (14.4).
    const [id] = this.array(trailer.get('ID'))
    if (id instanceof Str) next.set('ID', [id, new Str(randomBytes(16))])
    push(`${table}trailer\n${writeDict(next)}\nstartxref\n${start}\n%%EOF\n`)
    return Buffer.concat(parts)
  }
}
