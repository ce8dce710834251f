// AcroForm fields, their appearances and the fonts these use, as changes of one revision.
import type { StampFont } from '../../../platform/pdf/fonts.ts'
import type { Box } from '../../../platform/pdf/letter.ts'
import { text } from './pdf-file.ts'
import { type Dict, type Obj, PdfError, Ref } from './pdf-objects.ts'
import { ascii, dict, name, type Revision, stream, textString } from './revision.ts'

export type FontName = 'VN' | 'VNB' | 'VNI'
export type StampFonts = Readonly<Record<FontName, StampFont>>

const DEFAULT_APPEARANCE = ascii('/VN 13 Tf 0 g')
const SIGNATURES_EXIST_AND_APPEND_ONLY = 3

/** The form of the document, made when there is none. */
function formOf(revision: Revision): { readonly dict: Dict; readonly set: (entries: Record<string, Obj>) => void } {
  const { root } = revision
  const form = revision.dict(root).get('AcroForm')
  if (form === undefined) {
    const ref = revision.add(
      dict({
        Fields: [],
        DR: dict({ Font: dict({}) }),
        DA: DEFAULT_APPEARANCE,
        SigFlags: SIGNATURES_EXIST_AND_APPEND_ONLY,
      }),
    )
    revision.update(root, { AcroForm: ref })
    return formOf(revision)
  }
  if (form instanceof Ref) return { dict: revision.dict(form), set: entries => revision.update(form, entries) }
  const direct = revision.dict(form)
  return {
    dict: direct,
    set: entries => revision.update(root, { AcroForm: new Map([...direct, ...Object.entries(entries)]) }),
  }
}

/** The embedded font under this name in the form's default resources, embedded on first use only. */
export function formFont(revision: Revision, fontName: FontName, fonts: StampFonts): Ref {
  const form = formOf(revision)
  const resources = revision.dict(form.dict.get('DR'))
  const known = revision.dict(resources.get('Font'))
  const existing = known.get(fontName)
  if (existing instanceof Ref) return existing
  const font = fonts[fontName]
  const baseFont = name(`VNMESE+${font.postscriptName}`)
  const filter = name('FlateDecode')
  const descriptor = revision.add(
    dict({
      Type: name('FontDescriptor'),
      FontName: baseFont,
      Flags: 4 | (font.italicAngle ? 64 : 0),
      FontBBox: [...font.bbox],
      ItalicAngle: font.italicAngle,
      Ascent: font.ascent,
      Descent: font.descent,
      CapHeight: font.capHeight,
      StemV: 80,
      FontFile2: revision.add(stream({ Filter: filter, Length1: font.programLength }, font.program)),
    }),
  )
  const cidFont = revision.add(
    dict({
      Type: name('Font'),
      Subtype: name('CIDFontType2'),
      BaseFont: baseFont,
      CIDToGIDMap: name('Identity'),
      FontDescriptor: descriptor,
      CIDSystemInfo: dict({ Registry: ascii('Adobe'), Ordering: ascii('Identity'), Supplement: 0 }),
      DW: 0,
      W: [0, font.widths.map(width => Math.round(width))],
    }),
  )
  const ref = revision.add(
    dict({
      Type: name('Font'),
      Subtype: name('Type0'),
      BaseFont: baseFont,
      Encoding: name('Identity-H'),
      DescendantFonts: [cidFont],
      ToUnicode: revision.add(stream({ Filter: filter }, font.toUnicode)),
    }),
  )
  form.set({ DR: new Map([...resources, ['Font', new Map([...known, [fontName, ref]])]]) })
  return ref
}

/** A form XObject of the size of `box` drawing `content` (ASCII); it may use the named fonts. Too short to be worth deflating. */
export function appearance(
  revision: Revision,
  box: Box,
  content: string,
  fonts: StampFonts,
  used: readonly FontName[],
): Ref {
  const font = dict(Object.fromEntries(used.map(each => [each, formFont(revision, each, fonts)])))
  const [x1, y1, x2, y2] = box
  return revision.add(
    stream(
      {
        Type: name('XObject'),
        Subtype: name('Form'),
        FormType: 1,
        BBox: [0, 0, x2 - x1, y2 - y1],
        Resources: used.length > 0 ? dict({ Font: font }) : dict({}),
      },
      Buffer.from(content, 'latin1'),
    ),
  )
}

const num = (n: number): string => String(Math.round(n * 100) / 100)
export const showText = (
  fonts: StampFonts,
  face: FontName,
  size: number,
  x: number,
  y: number,
  shown: string,
): string => `BT /${face} ${num(size)} Tf ${num(x)} ${num(y)} Td <${fonts[face].encode(shown)}> Tj ET\n`

/** The field of this name among the fields at the top of the form. */
export function findField(revision: Revision, fieldName: string): Ref | null {
  for (const ref of revision.array(formOf(revision).dict.get('Fields')))
    if (ref instanceof Ref && text(revision.get(revision.dict(ref).get('T'))) === fieldName) return ref
  return null
}

export function boxOf(revision: Revision, field: Ref): Box {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = revision
    .array(revision.dict(field).get('Rect'))
    .map(value => (typeof value === 'number' ? value : 0))
  return [x1, y1, x2, y2]
}

function pageAt(revision: Revision, index: number): Ref {
  const pages: Ref[] = []
  const seen = new Set<number>()
  const walk = (o: Obj): void => {
    if (!(o instanceof Ref) || seen.has(o.num)) return
    seen.add(o.num)
    const node = revision.dict(o)
    if (node.has('Kids')) for (const kid of revision.array(node.get('Kids'))) walk(kid)
    else pages.push(o)
  }
  walk(revision.dict(revision.root).get('Pages') ?? null)
  const page = pages[index]
  if (page === undefined) throw new PdfError(`no page ${index + 1}`)
  return page
}

export interface PlacedField {
  readonly name: string
  readonly label: string
  readonly page: number
  readonly box: Box
}

/** Adds a field merged with its widget to the form and to its page. */
function addField(revision: Revision, type: 'Tx' | 'Sig', placed: PlacedField, drawn: Ref): void {
  const page = pageAt(revision, placed.page)
  const ref = revision.add(
    dict({
      Type: name('Annot'),
      Subtype: name('Widget'),
      FT: name(type),
      T: textString(placed.name),
      TU: textString(placed.label),
      Rect: [...placed.box],
      F: 4,
      P: page,
      AP: dict({ N: drawn }),
      ...(type === 'Tx' ? { DA: DEFAULT_APPEARANCE, Ff: 0 } : {}),
    }),
  )
  const form = formOf(revision)
  form.set({
    Fields: [...revision.array(form.dict.get('Fields')), ref],
    ...(type === 'Sig' ? { SigFlags: SIGNATURES_EXIST_AND_APPEND_ONLY } : {}),
  })
  const annotations = revision.dict(page).get('Annots')
  const grown = [...revision.array(annotations), ref]
  if (annotations instanceof Ref) revision.put(annotations, grown)
  else revision.update(page, { Annots: grown })
}

/**
 * Empty text fields and empty signature fields, all before the first signature: what comes after it is then
 * only "fill a field" and "sign a field", which DocMDP P=2 permits without argument.
 */
export function addFields(
  revision: Revision,
  texts: readonly PlacedField[],
  signatures: readonly PlacedField[],
  fonts: StampFonts,
): void {
  // In /DR before anything is certified: what fills and signs later adds no font.
  formFont(revision, 'VN', fonts)
  formFont(revision, 'VNB', fonts)
  formFont(revision, 'VNI', fonts)
  for (const placed of texts)
    addField(revision, 'Tx', placed, appearance(revision, placed.box, '/Tx BMC EMC', fonts, []))
  for (const placed of signatures) addField(revision, 'Sig', placed, appearance(revision, placed.box, '', fonts, []))
}

const READ_ONLY = 1
export interface FillStyle {
  readonly font: FontName
  readonly size: number
  readonly align: 'left' | 'center' | 'right'
}

/** Sets a text field's value and appearance and makes it read-only. */
export function fillField(
  revision: Revision,
  fieldName: string,
  value: string,
  fonts: StampFonts,
  style: FillStyle,
): void {
  const field = findField(revision, fieldName)
  if (field === null) throw new PdfError(`no field ${fieldName}`)
  const font = fonts[style.font]
  if (!font.has(value)) throw new PdfError(`${fieldName}: character outside the embedded font`)
  const box = boxOf(revision, field)
  const slack = box[2] - box[0] - font.width(value, style.size)
  const x = style.align === 'left' ? 0 : style.align === 'right' ? slack : slack / 2
  const content = `/Tx BMC q 0 g\n${showText(fonts, style.font, style.size, x, 4.3, value)}Q EMC`
  const flags = revision.get(revision.dict(field).get('Ff'))
  revision.update(field, {
    V: textString(value.normalize('NFC')),
    AP: dict({ N: appearance(revision, box, content, fonts, [style.font]) }),
    Ff: (typeof flags === 'number' ? flags : 0) | READ_ONLY,
  })
}
