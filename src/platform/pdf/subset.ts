// The part of a TrueType font that one document uses, its tables copied as they stand in the font's file. fontkit's own
// subset reads every outline into objects and writes every number of every table again: half the time of a letter.
// Tables and their fields: ISO/IEC 14496-22 (OpenType), chapter 5; what a PDF needs of them: ISO 32000-1, 9.9.

/** A font's file and where its tables lie. */
export interface FontFile {
  readonly tables: ReadonlyMap<string, Buffer>
  readonly longOffsets: boolean
  readonly glyphs: number
  readonly metrics: number
}

/** Reads the directory of a TrueType file (not of a collection, nor of CFF outlines); throws where a table that a PDF needs is missing. */
export function readFontFile(bytes: Buffer): FontFile {
  const tables = new Map<string, Buffer>()
  for (let i = 0; i < bytes.readUInt16BE(4); i++) {
    const at = 12 + 16 * i
    const offset = bytes.readUInt32BE(at + 8)
    tables.set(bytes.toString('latin1', at, at + 4), bytes.subarray(offset, offset + bytes.readUInt32BE(at + 12)))
  }
  const file = { tables }
  return {
    tables,
    longOffsets: tableOf(file, 'head').readUInt16BE(50) === 1,
    glyphs: tableOf(file, 'maxp').readUInt16BE(4),
    metrics: tableOf(file, 'hhea').readUInt16BE(34),
  }
}

function tableOf(file: Pick<FontFile, 'tables'>, name: string): Buffer {
  const table = file.tables.get(name)
  if (table === undefined) throw new Error(`the font has no table ${name}`)
  return table
}

/** What pdfkit asks of a subset. */
export interface Subset {
  /** The number of a glyph in the subset, given when it is first asked for; 0 is the mark of a missing glyph. */
  includeGlyph(id: number): number
  /** The subset as a TrueType file with the tables that a PDF needs. Parts of composite glyphs come after those asked for. */
  encode(): Buffer
}

export function createSubset(file: FontFile): Subset {
  const ids = [0]
  const numbers = new Map([[0, 0]])
  const includeGlyph = (id: number): number => {
    const known = numbers.get(id)
    if (known !== undefined) return known
    numbers.set(id, ids.length)
    return ids.push(id) - 1
  }
  return {
    includeGlyph,
    encode() {
      const outlines: Buffer[] = []
      for (let i = 0; i < ids.length; i++) outlines.push(outlineOf(file, ids[i] ?? 0, includeGlyph))
      return assemble(file, ids, outlines)
    },
  }
}

const HAS_WORDS = 0x0001
const HAS_SCALE = 0x0008
const MORE_PARTS = 0x0020
const HAS_TWO_SCALES = 0x0040
const HAS_MATRIX = 0x0080

/** The outline of a glyph as the file has it; a composite one is a copy that names its parts by their numbers in the subset. */
function outlineOf(file: FontFile, id: number, numberOf: (id: number) => number): Buffer {
  const loca = tableOf(file, 'loca')
  const offset = (index: number) => (file.longOffsets ? loca.readUInt32BE(index * 4) : loca.readUInt16BE(index * 2) * 2)
  const stored = tableOf(file, 'glyf').subarray(offset(id), offset(id + 1))
  if (stored.length === 0 || stored.readInt16BE(0) >= 0) return stored
  const outline = Buffer.from(stored)
  let at = 10
  let flags = MORE_PARTS
  while ((flags & MORE_PARTS) !== 0) {
    flags = outline.readUInt16BE(at)
    outline.writeUInt16BE(numberOf(outline.readUInt16BE(at + 2)), at + 2)
    at += (flags & HAS_WORDS) !== 0 ? 8 : 6
    if ((flags & HAS_SCALE) !== 0) at += 2
    else if ((flags & HAS_TWO_SCALES) !== 0) at += 4
    else if ((flags & HAS_MATRIX) !== 0) at += 8
  }
  return outline
}

function assemble(file: FontFile, ids: readonly number[], outlines: readonly Buffer[]): Buffer {
  const loca = Buffer.alloc(4 * (outlines.length + 1))
  let end = 0
  for (const [index, outline] of outlines.entries()) {
    end += outline.length
    loca.writeUInt32BE(end, 4 * (index + 1))
  }
  const head = Buffer.from(tableOf(file, 'head'))
  head.writeUInt32BE(0, 8) // the checksum of the whole, which is not known yet
  head.writeUInt16BE(1, 50) // loca counts bytes, not words
  const hhea = Buffer.from(tableOf(file, 'hhea'))
  hhea.writeUInt16BE(ids.length, 34)
  const maxp = Buffer.from(tableOf(file, 'maxp'))
  maxp.writeUInt16BE(ids.length, 4)
  const optional = (name: string): [string, Buffer][] => {
    const table = file.tables.get(name)
    return table === undefined ? [] : [[name, table]]
  }
  // In the order of their names, as the format wants them.
  return writeFile([
    ...optional('cvt '),
    ...optional('fpgm'),
    ['glyf', Buffer.concat(outlines, end)],
    ['head', head],
    ['hhea', hhea],
    ['hmtx', metricsOf(file, ids)],
    ['loca', loca],
    ['maxp', maxp],
    ...optional('prep'),
  ])
}

/** Advance and left bearing of each glyph; in the file the last glyphs may share the last advance. */
function metricsOf(file: FontFile, ids: readonly number[]): Buffer {
  const from = tableOf(file, 'hmtx')
  const to = Buffer.alloc(4 * ids.length)
  for (const [index, id] of ids.entries()) {
    const shared = id >= file.metrics
    to.writeUInt16BE(from.readUInt16BE(4 * (shared ? file.metrics - 1 : id)), 4 * index)
    const bearing = shared ? 4 * file.metrics + 2 * (id - file.metrics) : 4 * id + 2
    to.writeInt16BE(from.readInt16BE(bearing), 4 * index + 2)
  }
  return to
}

const padded = (length: number) => Math.ceil(length / 4) * 4

/** The sum of 32-bit words, mod 2^32; `bytes` must be of a length that divides by four. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0
  return sum
}

function writeFile(tables: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const directory = 12 + 16 * tables.length
  const out = Buffer.alloc(tables.reduce((sum, [, bytes]) => sum + padded(bytes.length), directory))
  const power = Math.floor(Math.log2(tables.length))
  out.writeUInt32BE(0x00010000, 0)
  out.writeUInt16BE(tables.length, 4)
  out.writeUInt16BE(16 * 2 ** power, 6)
  out.writeUInt16BE(power, 8)
  out.writeUInt16BE(16 * (tables.length - 2 ** power), 10)
  let at = directory
  let adjustment = 0
  for (const [index, [name, bytes]] of tables.entries()) {
    const entry = 12 + 16 * index
    bytes.copy(out, at)
    out.write(name, entry, 'latin1')
    out.writeUInt32BE(checksum(out.subarray(at, at + padded(bytes.length))), entry + 4)
    out.writeUInt32BE(at, entry + 8)
    out.writeUInt32BE(bytes.length, entry + 12)
    if (name === 'head') adjustment = at + 8
    at += padded(bytes.length)
  }
  out.writeUInt32BE((0xb1b0afba - checksum(out)) >>> 0, adjustment)
  return out
}
