// PAdES B-B signatures as appended revisions.

import type { Identity } from './cms.ts'
import { buildCms, sha256 } from './cms.ts'
import { appearance, boxOf, type FontName, findField, type StampFonts, showText } from './fields.ts'
import { PdfError, Str } from './pdf-objects.ts'
import { ascii, dict, name, Revision, textString } from './revision.ts'

export interface Drawing {
  readonly content: string
  readonly fonts: readonly FontName[]
}
export interface SignOptions {
  /** An empty signature field of the document. */
  readonly field: string
  readonly name: string
  readonly reason?: string
  readonly location?: string
  readonly time: Date
  /** DocMDP level of a certifying (first) signature. */
  readonly certify?: 1 | 2 | 3
  readonly draw: (width: number, height: number) => Drawing
}

const HOLE = 9_999_999_999 // ten digits: room for any offset
const BYTE_RANGE = `/ByteRange [0 ${HOLE} ${HOLE} ${HOLE} ]`
/** Bytes kept for the CMS: about 2.5 kB with two RSA-2048 certificates. */
export const CMS_ROOM = 4096
const EMPTY_CMS = new Str(Buffer.alloc(CMS_ROOM))

const two = (n: number): string => String(n).padStart(2, '0')
/** Vietnam time, which has no daylight saving. */
const vn = (time: Date): Date => new Date(time.getTime() + 7 * 3_600_000)
const pdfDate = (time: Date): string => {
  const d = vn(time)
  return `D:${d.getUTCFullYear()}${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())}${two(d.getUTCHours())}${two(d.getUTCMinutes())}${two(d.getUTCSeconds())}+07'00'`
}

function addSignature(revision: Revision, fonts: StampFonts, options: SignOptions): void {
  const field = findField(revision, options.field)
  if (field === null) throw new PdfError(`no field ${options.field}`)
  if (revision.dict(field).has('V')) throw new PdfError(`${options.field} is already signed`)
  const signature = revision.add(
    dict({
      Type: name('Sig'),
      Filter: name('Adobe.PPKLite'),
      SubFilter: name('ETSI.CAdES.detached'),
      ByteRange: [0, HOLE, HOLE, HOLE],
      Contents: EMPTY_CMS,
      M: ascii(pdfDate(options.time)),
      Name: textString(options.name),
      ...(options.reason === undefined ? {} : { Reason: textString(options.reason) }),
      ...(options.location === undefined ? {} : { Location: textString(options.location) }),
      ...(options.certify === undefined
        ? {}
        : {
            Reference: [
              dict({
                Type: name('SigRef'),
                TransformMethod: name('DocMDP'),
                TransformParams: dict({ Type: name('TransformParams'), P: options.certify, V: name('1.2') }),
              }),
            ],
          }),
    }),
  )
  if (options.certify !== undefined) revision.update(revision.root, { Perms: dict({ DocMDP: signature }) })
  const box = boxOf(revision, field)
  const { content, fonts: used } = options.draw(box[2] - box[0], box[3] - box[1])
  revision.update(field, {
    V: signature,
    AP: dict({ N: appearance(revision, box, content, fonts, used) }),
    F: 4 | 128, // print, locked
  })
}

/** Writes the real byte range into the placeholder and says where the CMS goes and what it signs. */
function fillHoles(pdf: Buffer, from: number): { readonly cmsAt: number; readonly digest: Uint8Array } {
  const rangeAt = pdf.indexOf(BYTE_RANGE, from, 'latin1')
  const contentsAt = pdf.indexOf('/Contents <', rangeAt, 'latin1')
  if (rangeAt < 0 || contentsAt < 0) throw new PdfError('no signature placeholder')
  const start = contentsAt + '/Contents '.length
  const end = start + CMS_ROOM * 2 + 2
  const range = `/ByteRange [0 ${start} ${end} ${pdf.length - end}]`
  pdf.write(range.padEnd(BYTE_RANGE.length, ' '), rangeAt, 'latin1')
  return { cmsAt: start + 1, digest: sha256(pdf.subarray(0, start), pdf.subarray(end)) }
}

/** Applies `change` as one appended revision; the old bytes stay as they are. */
export function appendRevision(bytes: Uint8Array, change: (revision: Revision) => void): Buffer {
  const revision = new Revision(bytes)
  change(revision)
  return revision.finish()
}

/** Appends one revision holding `before` (other changes, if any) and the signature. */
export async function signPdf(
  bytes: Uint8Array,
  identity: Identity,
  fonts: StampFonts,
  options: SignOptions,
  before?: (revision: Revision) => void,
): Promise<Buffer> {
  const pdf = appendRevision(bytes, revision => {
    before?.(revision)
    addSignature(revision, fonts, options)
  })
  const { cmsAt, digest } = fillHoles(pdf, bytes.length)
  const cms = await buildCms(digest, identity)
  if (cms.length > CMS_ROOM) throw new PdfError(`CMS of ${cms.length} bytes does not fit`)
  pdf.write(Buffer.from(cms).toString('hex'), cmsAt, 'latin1')
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

/**
 * Agency: a red round mark with a star, nothing beside it (NĐ 30/2020, Annex I: the agency's signature is the image of its
 * seal, red on nothing); no real seal is drawn. Who and when stand in the signature itself.
 */
export const agencySeal = (w: number, h: number): Drawing => {
  const r = Math.min(w, h) / 2 - 1
  const [cx, cy] = [w / 2, h / 2]
  return {
    fonts: [],
    content: `q 0.85 0.05 0.05 RG 0.85 0.05 0.05 rg 1.4 w ${circle(cx, cy, r)}0.6 w ${circle(cx, cy, r * 0.62)}${star(cx, cy, r * 0.5)}Q`,
  }
}
