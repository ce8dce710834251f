// The subset of a font: every glyph keeps its outline and its width, whatever was asked for and in whatever order.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import * as fontkit from 'fontkit'
import { createSubset, readFontFile } from './subset.ts'

const bytes = readFileSync(
  createRequire(import.meta.url).resolve('@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf'),
)
const file = readFontFile(bytes)
const open = (program: Buffer): fontkit.Font => {
  const font = fontkit.create(program)
  if (!('layout' in font)) throw new Error('not a single font')
  return font
}
const font = open(bytes)

/** An independent reader's view of a glyph: its outline, parts put in their places, and its width. */
const seen = (from: fontkit.Font, id: number) => {
  const glyph = from.getGlyph(id)
  return { path: glyph.path.toSVG(), advance: glyph.advanceWidth }
}

test('every Vietnamese letter keeps its outline and its width', () => {
  const subset = createSubset(file)
  const letters = [
    ...'aăâbcdđeêghiklmnoôơpqrstuưvxyÁÀẢÃẠẮẰẲẴẶẤẦẨẪẬÉÈẺẼẸẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰÝỲỶỸỴ 0123456789₫…',
  ]
  const ids = letters.map(letter => font.glyphForCodePoint(letter.codePointAt(0) ?? 0).id)
  const numbers = ids.map(id => subset.includeGlyph(id))
  const read = open(subset.encode())
  for (const [index, id] of ids.entries()) {
    assert.ok(id > 0, `${letters[index]} is in the font`)
    assert.deepEqual(seen(read, numbers[index] ?? 0), seen(font, id), letters[index])
  }
})

test('any glyphs, in any order and more than once, keep outline and width; their numbers are those of first asking', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(file.glyphs - 1), { maxLength: 60 }), ids => {
      const subset = createSubset(file)
      const numbers = ids.map(id => subset.includeGlyph(id))
      const distinct = [...new Set([0, ...ids])]
      assert.deepEqual(
        numbers,
        ids.map(id => distinct.indexOf(id)),
      )
      const program = subset.encode()
      const read = open(program)
      for (const [index, id] of ids.entries()) assert.deepEqual(seen(read, numbers[index] ?? 0), seen(font, id))
      // The whole sums up to the number that the format names, so no table's sum is wrong.
      let sum = 0
      for (let at = 0; at < program.length; at += 4) sum = (sum + program.readUInt32BE(at)) >>> 0
      assert.equal(sum, 0xb1b0afba)
    }),
    { numRuns: 60 },
  )
})

test('a file without the tables of a PDF is refused', () => {
  const cut = Buffer.from(bytes)
  for (let i = 0; i < cut.readUInt16BE(4); i++)
    if (cut.toString('latin1', 12 + 16 * i, 16 + 16 * i) === 'glyf') cut.write('GLYF', 12 + 16 * i, 'latin1')
  assert.throws(() => createSubset(readFontFile(cut)).encode(), /no table glyf/)
})
