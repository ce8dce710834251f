// Verifies the signatures of any PDF: integrity, chain, coverage and what happened afterwards.
import type { X509Certificate } from 'node:crypto'
import type { Changes } from './changes.ts'
import { changesSince, fieldsOf } from './changes.ts'
import type { Dict, Obj } from './pdf-file.ts'
import { isArray, isDict, PdfFile, Str, text } from './pdf-file.ts'
import { PdfError } from './pdf-objects.ts'
import { commonName, isTrusted, readSigner, type Signer, signedBy } from './signer.ts'

export interface SignatureReport {
  readonly field: string
  readonly subFilter: string
  readonly signer: string
  readonly issuer: string
  readonly signingTime: Date | undefined
  /** A document time stamp (ETSI.RFC3161): it says when, not who, and is not judged here. */
  readonly stamp: boolean
  /** False where the signature has a form that is not known here: of it nothing is said, neither good nor bad. */
  readonly judged: boolean
  /** The signed bytes are unaltered and this certificate's key signed them. */
  readonly integrity: boolean
  readonly trusted: boolean
  readonly coverage: { readonly wholeRevision: boolean; readonly wholeFile: boolean; readonly end: number }
  /** DocMDP level, of a certifying signature. */
  readonly certifies: number | undefined
  /** undefined when the bytes are not trustworthy enough to compare. */
  readonly changesAfter: Changes | undefined
  readonly problems: readonly string[]
}
export type Verification =
  | { readonly kind: 'unreadable'; readonly reason: string }
  | {
      readonly kind: 'read'
      readonly signatures: readonly SignatureReport[]
      /** Something stands behind the last signature that nobody signed. */
      readonly unsignedTail: boolean
      /** Places for signatures that are still empty. */
      readonly openFields: readonly string[]
    }

const MAX_SIGNATURES = 20
function parseDate(value: string): Date | undefined {
  const m = /^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|([+-])(\d\d)'?(\d\d)'?)?/.exec(value)
  if (!m) return undefined
  const [, y, mo, d, h, mi, s, sign, oh, om] = m
  const date = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}${sign ? `${sign}${oh}:${om}` : 'Z'}`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function docMdp(file: PdfFile, signature: Dict): number | undefined {
  for (const item of file.array(signature.get('Reference'))) {
    const reference = file.dict(item)
    if (text(reference?.get('TransformMethod')) !== 'DocMDP') continue
    const p = file.dict(reference?.get('TransformParams'))?.get('P')
    return typeof p === 'number' ? p : 2
  }
  return undefined
}

const hexOnly = /^<[0-9A-Fa-f]*>$/

/**
 * Does [0, a, b, c] leave out exactly the /Contents string and end where a revision ends? What is left out is signed by
 * nobody, so it must be that string as the file itself writes it, digits and nothing else: a signature read from an inflated
 * stream can be laid beside any hole, and whole objects fit into a hole that is only measured.
 */
function coverageOf(
  bytes: Uint8Array,
  range: Obj | undefined,
  contents: Str,
): { start: number; resume: number; end: number; wholeRevision: boolean } | undefined {
  if (!isArray(range) || range.length !== 4) return undefined
  const [from, start, resume, length] = range
  if (from !== 0 || typeof start !== 'number' || typeof resume !== 'number' || typeof length !== 'number')
    return undefined
  const end = resume + length
  if (start < 0 || resume < start || length < 0 || end > bytes.length) return undefined
  const { place } = contents
  const exact =
    place !== null &&
    place.source === bytes &&
    place.start === start &&
    place.end === resume &&
    hexOnly.test(Buffer.from(bytes.subarray(start, resume)).toString('latin1'))
  const tail = Buffer.from(bytes.subarray(Math.max(resume, end - 8), end)).toString('latin1')
  return { start, resume, end, wholeRevision: exact && /%%EOF(\r\n|\n|\r)?$/.test(tail) }
}

function report(
  file: PdfFile,
  name: string,
  signature: Dict,
  roots: readonly X509Certificate[],
  now: Date,
): SignatureReport {
  const { bytes } = file
  const problems: string[] = []
  const contents = file.resolve(signature.get('Contents'))
  const signingTime = parseDate(text(signature.get('M')))
  const coverage =
    contents instanceof Str ? coverageOf(bytes, file.resolve(signature.get('ByteRange')), contents) : undefined
  const subFilter = text(signature.get('SubFilter'))
  const base = {
    field: name,
    subFilter,
    signingTime,
    stamp: subFilter === 'ETSI.RFC3161',
    certifies: docMdp(file, signature),
  }
  const none = {
    signer: '',
    issuer: '',
    integrity: false,
    trusted: false,
    coverage: { wholeRevision: false, wholeFile: false, end: 0 },
    changesAfter: undefined,
  }
  if (!(contents instanceof Str) || !coverage)
    return { ...base, ...none, judged: true, problems: ['byte range not usable'] }
  const { start, resume, end, wholeRevision } = coverage
  const cover = { wholeRevision, wholeFile: wholeRevision && end === bytes.length, end }
  let signer: Signer
  try {
    if (base.stamp) throw new TypeError('a time stamp')
    signer = readSigner(contents.bytes)
  } catch (error) {
    return { ...base, ...none, coverage: cover, judged: false, problems: [`CMS not usable: ${String(error)}`] }
  }
  const integrity = signedBy(signer, [bytes.subarray(0, start), bytes.subarray(resume, end)], problems)
  if (!wholeRevision) problems.push('byte range does not cover a whole revision')
  const trusted = isTrusted(signer, roots, signingTime, now, problems)

  let changesAfter: Changes | undefined
  if (integrity && wholeRevision) {
    try {
      changesAfter =
        end === bytes.length
          ? { changed: false, permitted: true, filled: [], signed: [], violations: [] }
          : changesSince(new PdfFile(bytes.subarray(0, end)), file, base.certifies !== undefined)
      if (base.certifies === 1 && changesAfter.changed)
        changesAfter = {
          ...changesAfter,
          permitted: false,
          violations: [...changesAfter.violations, 'DocMDP permits no change'],
        }
    } catch (error) {
      problems.push(`later revisions not comparable: ${String(error)}`)
    }
  }
  return {
    ...base,
    signer: commonName(signer.certificate.subject),
    issuer: commonName(signer.certificate.issuer),
    judged: true,
    integrity,
    trusted,
    coverage: cover,
    changesAfter,
    problems,
  }
}

export function verifyPdf(bytes: Uint8Array, roots: readonly X509Certificate[], now: Date): Verification {
  try {
    const file = new PdfFile(bytes)
    const signatures: SignatureReport[] = []
    const openFields: string[] = []
    const values = new Set<Dict>()
    for (const field of fieldsOf(file)) {
      if (field.type !== 'Sig') continue
      const value = file.resolve(field.dict.get('V'))
      if (!isDict(value)) {
        openFields.push(field.name)
        continue
      }
      // Each costs a pass over the whole file.
      if (values.has(value)) throw new PdfError('two fields share one signature')
      if (values.size >= MAX_SIGNATURES) throw new PdfError(`more than ${MAX_SIGNATURES} signatures`)
      values.add(value)
      signatures.push(report(file, field.name, value, roots, now))
    }
    signatures.sort((a, b) => a.coverage.end - b.coverage.end)
    return {
      kind: 'read',
      signatures,
      unsignedTail: signatures.length > 0 && !signatures.some(s => s.coverage.wholeFile),
      openFields,
    }
  } catch (error) {
    // Whatever a stranger's file makes our parsers throw, the file is what is unreadable.
    if (error instanceof Error) return { kind: 'unreadable', reason: error.message }
    throw error
  }
}
