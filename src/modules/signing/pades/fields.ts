// Incremental updates: load, change a few objects, append. AcroForm fields and their appearances.
import {
  ParseSpeeds,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFRef,
  PDFString,
} from '@cantoo/pdf-lib'
import type { StampFont } from '../../../platform/pdf/fonts.ts'
import type { Box } from '../../../platform/pdf/letter.ts'

export const N = PDFName.of
export type FontName = 'VN' | 'VNB'
export type StampFonts = Readonly<Record<FontName, StampFont>>

/** Objects of the loaded file to be written again, per document being changed. */
const touched = new WeakMap<PDFDocument, PDFRef[]>()
/** New objects are saved anyway; a changed old one must be said. */
export const touch = (doc: PDFDocument, ref: PDFRef): void => {
  touched.get(doc)?.push(ref)
}

/** Applies `change` as one appended revision; the old bytes stay as they are. */
export async function appendRevision(bytes: Uint8Array, change: (doc: PDFDocument) => void): Promise<Uint8Array> {
  const doc = await PDFDocument.load(bytes, {
    forIncrementalUpdate: true,
    updateMetadata: false,
    throwOnInvalidObject: true,
    parseSpeed: ParseSpeeds.Fastest,
  })
  const { snapshot } = doc.context
  if (!snapshot) throw new Error('not loaded for an incremental update')
  // With a snapshot in place every set() and push() searches the whole document for its owner; touch() replaces that.
  delete doc.context.snapshot
  const refs: PDFRef[] = []
  touched.set(doc, refs)
  change(doc)
  await doc.flush() // fonts and images embedded through pdf-lib, if any
  doc.context.snapshot = snapshot
  snapshot.markRefsForSave(refs)
  return doc.save({ useObjectStreams: false, objectsPerTick: Infinity })
}

export function acroForm(doc: PDFDocument): PDFDict {
  const { catalog, context } = doc
  const existing = catalog.get(N('AcroForm'))
  if (existing instanceof PDFRef) return context.lookup(existing, PDFDict)
  if (existing instanceof PDFDict) return existing // direct in the catalog, which every increment rewrites
  const form = context.obj({ Fields: [], DR: { Font: {} }, DA: PDFString.of('/VN 13 Tf 0 g'), SigFlags: 3 }) as PDFDict
  catalog.set(N('AcroForm'), context.register(form))
  return form
}
const touchForm = (doc: PDFDocument): void => {
  const ref = doc.catalog.get(N('AcroForm'))
  if (ref instanceof PDFRef) touch(doc, ref)
}

/** The embedded font under this name in the form's default resources, embedded on first use only. */
export function formFont(doc: PDFDocument, fontName: FontName, fonts: StampFonts): PDFRef {
  const known = acroForm(doc).lookup(N('DR'), PDFDict).lookup(N('Font'), PDFDict)
  const existing = known.get(N(fontName))
  if (existing instanceof PDFRef) return existing
  const { context } = doc
  const font = fonts[fontName]
  const baseFont = `VNMESE+${font.postscriptName}`
  const program = context.register(context.stream(font.program, { Filter: 'FlateDecode', Length1: font.programLength }))
  const descriptor = context.register(
    context.obj({
      Type: 'FontDescriptor',
      FontName: baseFont,
      Flags: 4 | (font.italicAngle ? 64 : 0),
      FontBBox: [...font.bbox],
      ItalicAngle: font.italicAngle,
      Ascent: font.ascent,
      Descent: font.descent,
      CapHeight: font.capHeight,
      StemV: 80,
      FontFile2: program,
    }),
  )
  const cidFont = context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'CIDFontType2',
      BaseFont: baseFont,
      CIDToGIDMap: 'Identity',
      FontDescriptor: descriptor,
      CIDSystemInfo: { Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 },
      DW: 0,
      W: [0, font.widths.map(w => Math.round(w))],
    }),
  )
  const toUnicode = context.register(context.stream(font.toUnicode, { Filter: 'FlateDecode' }))
  const ref = context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'Type0',
      BaseFont: baseFont,
      Encoding: 'Identity-H',
      DescendantFonts: [cidFont],
      ToUnicode: toUnicode,
    }),
  )
  known.set(N(fontName), ref)
  touchForm(doc)
  return ref
}

/** A form XObject of the size of `box` drawing `content`; it may use the named fonts. */
export function appearance(
  doc: PDFDocument,
  box: Box,
  content: string,
  fonts: StampFonts,
  used: readonly FontName[],
): PDFRef {
  const font = Object.fromEntries(used.map(name => [name, formFont(doc, name, fonts)]))
  const [x1, y1, x2, y2] = box
  return doc.context.register(
    doc.context.flateStream(content, {
      Type: 'XObject',
      Subtype: 'Form',
      FormType: 1,
      BBox: [0, 0, x2 - x1, y2 - y1],
      Resources: used.length ? { Font: font } : {},
    }),
  )
}

const num = (n: number): string => String(Math.round(n * 100) / 100)
export const showText = (fonts: StampFonts, name: FontName, size: number, x: number, y: number, text: string): string =>
  `BT /${name} ${num(size)} Tf ${num(x)} ${num(y)} Td <${fonts[name].encode(text)}> Tj ET\n`

export function findField(doc: PDFDocument, name: string): { ref: PDFRef; dict: PDFDict } | undefined {
  const fields = acroForm(doc).lookup(N('Fields'), PDFArray)
  for (const ref of fields.asArray()) {
    if (!(ref instanceof PDFRef)) continue
    const dict = doc.context.lookup(ref, PDFDict)
    const t = dict.lookup(N('T'))
    if ((t instanceof PDFString || t instanceof PDFHexString) && t.decodeText() === name) return { ref, dict }
  }
  return undefined
}

export function boxOf(dict: PDFDict): Box {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = dict
    .lookup(N('Rect'), PDFArray)
    .asArray()
    .map(v => (v instanceof PDFNumber ? v.asNumber() : 0))
  return [x1, y1, x2, y2]
}

/** Adds a field merged with its widget to the form and to a page. */
export function addField(
  doc: PDFDocument,
  page: number,
  entries: { name: string; type: 'Tx' | 'Sig'; box: Box; label: string },
): { ref: PDFRef; dict: PDFDict } {
  const { context } = doc
  const { ref: pageRef, node } = doc.getPage(page)
  const dict = context.obj({
    Type: 'Annot',
    Subtype: 'Widget',
    FT: entries.type,
    T: PDFHexString.fromText(entries.name),
    TU: PDFHexString.fromText(entries.label),
    Rect: [...entries.box],
    F: 4,
    P: pageRef,
    ...(entries.type === 'Tx' ? { DA: PDFString.of('/VN 13 Tf 0 g'), Ff: 0 } : {}),
  }) as PDFDict
  const ref = context.register(dict)
  acroForm(doc).lookup(N('Fields'), PDFArray).push(ref)
  touchForm(doc)
  const annots = node.get(N('Annots'))
  if (annots instanceof PDFRef) {
    context.lookup(annots, PDFArray).push(ref)
    touch(doc, annots)
  } else if (annots instanceof PDFArray) annots.push(ref)
  else node.set(N('Annots'), context.obj([ref]))
  touch(doc, pageRef)
  return { ref, dict }
}

export interface PlacedField {
  readonly name: string
  readonly label: string
  readonly page: number
  readonly box: Box
}

/**
 * Empty text fields and empty signature fields, all before the first signature: what comes after it is then
 * only "fill a field" and "sign a field", which DocMDP P=2 permits without argument.
 */
export function addFields(
  doc: PDFDocument,
  texts: readonly PlacedField[],
  signatures: readonly PlacedField[],
  fonts: StampFonts,
): void {
  for (const text of texts) {
    formFont(doc, 'VN', fonts) // in /DR before anything is certified
    const { dict } = addField(doc, text.page, { ...text, type: 'Tx' })
    dict.set(N('AP'), doc.context.obj({ N: appearance(doc, text.box, '/Tx BMC EMC', fonts, []) }))
  }
  for (const signature of signatures) {
    formFont(doc, 'VNB', fonts)
    const { dict } = addField(doc, signature.page, { ...signature, type: 'Sig' })
    dict.set(N('AP'), doc.context.obj({ N: appearance(doc, signature.box, '', fonts, []) }))
  }
}

const READ_ONLY = 1
export interface FillStyle {
  readonly font: FontName
  readonly size: number
  readonly align: 'left' | 'center' | 'right'
}

/** Sets a text field's value and appearance and makes it read-only. */
export function fillField(doc: PDFDocument, name: string, value: string, fonts: StampFonts, style: FillStyle): void {
  const field = findField(doc, name)
  if (!field) throw new Error(`no field ${name}`)
  if (!fonts[style.font].has(value)) throw new Error(`${name}: character outside the embedded font`)
  const box = boxOf(field.dict)
  const slack = box[2] - box[0] - fonts[style.font].width(value, style.size)
  const x = style.align === 'left' ? 0 : style.align === 'right' ? slack : slack / 2
  const content = `/Tx BMC q 0 g\n${showText(fonts, style.font, style.size, x, 4.3, value)}Q EMC`
  field.dict.set(N('V'), PDFHexString.fromText(value.normalize('NFC')))
  field.dict.set(N('AP'), doc.context.obj({ N: appearance(doc, box, content, fonts, [style.font]) }))
  const flags = field.dict.lookup(N('Ff'))
  field.dict.set(N('Ff'), PDFNumber.of((flags instanceof PDFNumber ? flags.asNumber() : 0) | READ_ONLY))
  touch(doc, field.ref)
}
