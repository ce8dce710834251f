// Fonts: opened once per process, shared by pdfkit (letters) and the incremental updates.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { deflateSync } from 'node:zlib'
import type { Font, Glyph } from 'fontkit'
import * as fontkit from 'fontkit'
import { createSubset, readFontFile, type Subset } from './subset.ts'

const require = createRequire(import.meta.url)
const ttf = (file: string): Buffer => readFileSync(require.resolve(`@expo-google-fonts/tinos/${file}`))

export type Face = 'regular' | 'bold' | 'italic'
const FILES: Record<Face, string> = {
  regular: '400Regular/Tinos_400Regular.ttf',
  bold: '700Bold/Tinos_700Bold.ttf',
  italic: '400Regular_Italic/Tinos_400Regular_Italic.ttf',
}

function open(file: string): Font {
  const bytes = ttf(file)
  const font = fontkit.create(bytes)
  if (!('layout' in font)) throw new Error(`${file}: not a single font`)
  return plain(font, bytes)
}

/**
 * The same font with our subset and without OpenType shaping: precomposed (NFC) Vietnamese needs one glyph per character
 * and no GSUB/GPOS, and fontkit's shaper is more than half of pdfkit's time. Only kerning is lost.
 */
function plain(font: Font, bytes: Buffer): Font {
  const program = readFontFile(bytes)
  const known = new Map<string, Glyph>() // fontkit searches the cmap table each time
  const glyphOf = (c: string): Glyph => {
    const seen = known.get(c)
    if (seen !== undefined) return seen
    const point = c.codePointAt(0) ?? 0
    const glyph = font.glyphForCodePoint(point)
    // fontkit keeps a glyph as it first met it: O, met as a part of Ô, says of no character that it shows it, and the text
    // behind the letters would lack it.
    if (glyph.codePoints.length === 0) glyph.codePoints.push(point)
    known.set(c, glyph)
    return glyph
  }
  const layout = (text: string) => {
    const glyphs = Array.from(text, glyphOf)
    const positions = glyphs.map(g => ({ xAdvance: g.advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0 }))
    // a getter, because pdfkit scales `positions` in place after this call and reads advanceWidth later
    return {
      glyphs,
      positions,
      get advanceWidth() {
        return positions.reduce((sum, p) => sum + p.xAdvance, 0)
      },
    }
  }
  return Object.create(font, {
    layout: { value: layout },
    createSubset: { value: () => createSubset(program) },
  }) as Font
}

/** The three faces, parsed when this file is first loaded: every letter of the process shares them. */
export const faces: Record<Face, Font> = {
  regular: open(FILES.regular),
  bold: open(FILES.bold),
  italic: open(FILES.italic),
}

/** A pre-built, pre-compressed CID subset of one face, to be copied unchanged into any document. */
export interface StampFont {
  readonly postscriptName: string
  readonly program: Uint8Array // deflated TrueType
  readonly programLength: number
  readonly toUnicode: Uint8Array // deflated CMap
  readonly widths: readonly number[] // per CID, 1/1000 em
  readonly ascent: number
  readonly descent: number
  readonly capHeight: number
  readonly bbox: readonly [number, number, number, number]
  readonly italicAngle: number
  /** hex CIDs; characters outside the subset become CID 0 (.notdef). */
  encode(text: string): string
  width(text: string, size: number): number
  has(text: string): boolean
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
/** ASCII, Latin-1, Vietnamese letters, general punctuation: 320 code points. */
const CHARSET: readonly number[] = [
  ...range(0x20, 0x7e),
  ...range(0xa0, 0xff),
  0x102,
  0x103,
  0x110,
  0x111,
  0x128,
  0x129,
  0x168,
  0x169,
  0x1a0,
  0x1a1,
  0x1af,
  0x1b0,
  ...range(0x1ea0, 0x1ef9),
  0x2013,
  0x2014,
  0x2018,
  0x2019,
  0x201c,
  0x201d,
  0x2026,
  0x20ab,
]

const hex4 = (n: number): string => n.toString(16).padStart(4, '0')

export function buildStampFont(font: Font): StampFont {
  const subset = font.createSubset() as unknown as Subset
  const scale = 1000 / font.unitsPerEm
  const cidOf = new Map<number, number>()
  const widths: number[] = [font.getGlyph(0).advanceWidth * scale]
  const unicode: string[] = ['0000']
  for (const cp of CHARSET) {
    if (!font.hasGlyphForCodePoint(cp)) continue
    const glyph = font.glyphForCodePoint(cp)
    const cid = subset.includeGlyph(glyph.id)
    cidOf.set(cp, cid)
    widths[cid] = glyph.advanceWidth * scale
    unicode[cid] ??= hex4(cp)
  }
  const program = subset.encode() // may append composite parts after our CIDs
  const rows: string[] = []
  for (let i = 0; i < unicode.length; i += 100) {
    const part = unicode.slice(i, i + 100).map((u, k) => `<${hex4(i + k)}> <${u}>`)
    rows.push(`${part.length} beginbfchar\n${part.join('\n')}\nendbfchar`)
  }
  const cmap = `/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n${rows.join('\n')}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend`
  const cids = (text: string): number[] => [...text.normalize('NFC')].map(c => cidOf.get(c.codePointAt(0) ?? 0) ?? 0)
  const { bbox } = font
  return {
    postscriptName: font.postscriptName,
    program: deflateSync(program, { level: 9 }),
    programLength: program.length,
    toUnicode: deflateSync(Buffer.from(cmap, 'latin1')),
    widths,
    ascent: font.ascent * scale,
    descent: font.descent * scale,
    capHeight: font.capHeight * scale,
    bbox: [bbox.minX * scale, bbox.minY * scale, bbox.maxX * scale, bbox.maxY * scale],
    italicAngle: font.italicAngle,
    encode: text => cids(text).map(hex4).join(''),
    width: (text, size) => (cids(text).reduce((sum, cid) => sum + (widths[cid] ?? 0), 0) * size) / 1000,
    has: text => cids(text).every(cid => cid > 0),
  }
}
