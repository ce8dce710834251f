// PAdES B-B signatures as appended revisions.

import type { PDFDocument } from '@cantoo/pdf-lib'
import { PDFHexString, PDFName, PDFString } from '@cantoo/pdf-lib'
import type { Box } from '../../../platform/pdf/letter.ts'
import type { Identity } from './cms.ts'
import { buildCms, sha256 } from './cms.ts'
import type { FontName, StampFonts } from './fields.ts'
import { acroForm, addField, appearance, appendRevision, boxOf, findField, N, showText, touch } from './fields.ts'

export interface Drawing {
  readonly content: string
  readonly fonts: readonly FontName[]
}
export interface SignOptions {
  readonly field: string
  /** Only for a field that does not exist yet. */
  readonly box?: Box
  readonly page?: number
  readonly name: string
  readonly reason?: string
  readonly location?: string
  readonly time: Date
  /** DocMDP level of a certifying (first) signature. */
  readonly certify?: 1 | 2 | 3
  readonly draw: (width: number, height: number) => Drawing
}

const HOLE = 9_999_999_999 // ten digits: room for any offset
const BYTE_RANGE = `/ByteRange [ 0 ${HOLE} ${HOLE} ${HOLE} ]`
/** Bytes kept for the CMS: about 2.5 kB with two RSA-2048 certificates. */
export const CMS_ROOM = 4096

const two = (n: number): string => String(n).padStart(2, '0')
/** Vietnam time, which has no daylight saving. */
const vn = (time: Date): Date => new Date(time.getTime() + 7 * 3_600_000)
const pdfDate = (time: Date): string => {
  const d = vn(time)
  return `D:${d.getUTCFullYear()}${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())}${two(d.getUTCHours())}${two(d.getUTCMinutes())}${two(d.getUTCSeconds())}+07'00'`
}

function addSignature(doc: PDFDocument, fonts: StampFonts, options: SignOptions): void {
  const { context, catalog } = doc
  const form = acroForm(doc)
  if (!form.has(N('SigFlags'))) form.set(N('SigFlags'), context.obj(3))
  let field = findField(doc, options.field)
  if (!field) {
    if (!options.box) throw new Error(`no field ${options.field} and no box`)
    field = addField(doc, options.page ?? 0, {
      name: options.field,
      type: 'Sig',
      box: options.box,
      label: options.name,
    })
  }
  if (field.dict.has(N('V'))) throw new Error(`${options.field} is already signed`)
  const signature = context.register(
    context.obj({
      Type: 'Sig',
      Filter: 'Adobe.PPKLite',
      SubFilter: 'ETSI.CAdES.detached',
      ByteRange: [0, HOLE, HOLE, HOLE],
      Contents: PDFHexString.of('0'.repeat(CMS_ROOM * 2)),
      M: PDFString.of(pdfDate(options.time)),
      Name: PDFHexString.fromText(options.name),
      ...(options.reason === undefined ? {} : { Reason: PDFHexString.fromText(options.reason) }),
      ...(options.location === undefined ? {} : { Location: PDFHexString.fromText(options.location) }),
      ...(options.certify === undefined
        ? {}
        : {
            Reference: [
              {
                Type: 'SigRef',
                TransformMethod: 'DocMDP',
                TransformParams: { Type: 'TransformParams', P: options.certify, V: PDFName.of('1.2') },
              },
            ],
          }),
    }),
  )
  if (options.certify !== undefined) catalog.set(N('Perms'), context.obj({ DocMDP: signature })) // the catalog is always rewritten
  const box = boxOf(field.dict)
  const { content, fonts: used } = options.draw(box[2] - box[0], box[3] - box[1])
  field.dict.set(N('V'), signature)
  field.dict.set(N('AP'), context.obj({ N: appearance(doc, box, content, fonts, used) }))
  field.dict.set(N('F'), context.obj(4 | 128)) // print, locked
  touch(doc, field.ref)
}

function fillHoles(bytes: Uint8Array, from: number): { pdf: Buffer; hole: [number, number]; digest: Uint8Array } {
  const pdf = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rangeAt = pdf.indexOf(BYTE_RANGE, from, 'latin1')
  const contentsAt = pdf.indexOf('/Contents <', rangeAt, 'latin1')
  if (rangeAt < 0 || contentsAt < 0) throw new Error('no signature placeholder')
  const start = contentsAt + '/Contents '.length
  const end = start + CMS_ROOM * 2 + 2
  const range = `/ByteRange [ 0 ${start} ${end} ${pdf.length - end} ]`
  pdf.write(range.padEnd(BYTE_RANGE.length, ' '), rangeAt, 'latin1')
  return { pdf, hole: [start, end], digest: sha256(pdf.subarray(0, start), pdf.subarray(end)) }
}

/** Appends one revision holding `before` (other changes, if any) and the signature. */
export async function signPdf(
  bytes: Uint8Array,
  identity: Identity,
  fonts: StampFonts,
  options: SignOptions,
  before?: (doc: PDFDocument) => void,
): Promise<Uint8Array> {
  const prepared = await appendRevision(bytes, doc => {
    before?.(doc)
    addSignature(doc, fonts, options)
  })
  const {
    pdf,
    hole: [start],
    digest,
  } = fillHoles(prepared, bytes.length)
  const cms = await buildCms(digest, identity)
  if (cms.length > CMS_ROOM) throw new Error(`CMS of ${cms.length} bytes does not fit`)
  pdf.write(Buffer.from(cms).toString('hex'), start + 1, 'latin1')
  return pdf
}

const stamp = (time: Date): string => {
  const d = vn(time)
  return `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${d.getUTCFullYear()} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +07:00`
}

/** Officer: blue frame, name and time. */
export const officerStamp =
  (fonts: StampFonts, name: string, time: Date) =>
  (w: number, h: number): Drawing => ({
    fonts: ['VN', 'VNB'],
    content:
      `q 0.1 0.2 0.6 RG 0.1 0.2 0.6 rg 0.8 w 1 1 ${w - 2} ${h - 2} re S\n` +
      showText(fonts, 'VN', 8, 66, h - 14, 'Người ký:') +
      showText(fonts, 'VNB', 10, 66, h - 28, name) +
      showText(fonts, 'VN', 7, 66, h - 42, 'Thời gian ký:') +
      showText(fonts, 'VN', 7, 66, h - 52, stamp(time)) +
      'Q',
  })

const circle = (cx: number, cy: number, r: number): string => {
  const k = 0.5523 * r
  return (
    `${cx + r} ${cy} m ${cx + r} ${cy + k} ${cx + k} ${cy + r} ${cx} ${cy + r} c ${cx - k} ${cy + r} ${cx - r} ${cy + k} ${cx - r} ${cy} c ` +
    `${cx - r} ${cy - k} ${cx - k} ${cy - r} ${cx} ${cy - r} c ${cx + k} ${cy - r} ${cx + r} ${cy - k} ${cx + r} ${cy} c s\n`
  )
}
const star = (cx: number, cy: number, r: number): string =>
  Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 ? r * 0.382 : r,
      angle = Math.PI / 2 + (i * Math.PI) / 5
    return `${(cx + radius * Math.cos(angle)).toFixed(2)} ${(cy + radius * Math.sin(angle)).toFixed(2)} ${i ? 'l' : 'm'}`
  }).join(' ') + ' f\n'

/** Agency: a red round mark with a star, the agency's name and the time beside it; no real seal is drawn. */
export const agencySeal =
  (fonts: StampFonts, agency: string, time: Date) =>
  (w: number, h: number): Drawing => {
    const r = Math.min(h / 2 - 1, 30)
    const lines = wrap(agency, 17)
    const x = r * 2 + 6
    return {
      fonts: ['VN', 'VNB'],
      content:
        `q 0.85 0.05 0.05 RG 0.85 0.05 0.05 rg 1.4 w ${circle(r + 1, h / 2, r)}0.6 w ${circle(r + 1, h / 2, r * 0.62)}${star(r + 1, h / 2, r * 0.5)}` +
        lines.map((line, i) => showText(fonts, 'VNB', 5.5, Math.min(x, w - 58), h / 2 + 10 - i * 7, line)).join('') +
        showText(fonts, 'VN', 5, Math.min(x, w - 58), h / 2 + 8 - lines.length * 7, stamp(time)) +
        'Q',
    }
  }

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.slice(0, 4)
}
