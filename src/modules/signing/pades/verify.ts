// Verifies the signatures of any PDF: integrity, chain, coverage and what happened afterwards.
import { createHash, verify as rsaVerify, X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'
import type { Changes } from './changes.ts'
import { changesSince, fieldsOf } from './changes.ts'
import { children, content } from './cms.ts'
import type { Dict, Obj } from './pdf-file.ts'
import { isArray, isDict, PdfFile, Str, text } from './pdf-file.ts'
import { PdfError } from './pdf-objects.ts'

export interface SignatureReport {
  readonly field: string
  readonly subFilter: string
  readonly signer: string
  readonly issuer: string
  readonly signingTime: Date | undefined
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
const COMMON_NAME = '2.5.4.3',
  MESSAGE_DIGEST = '1.2.840.113549.1.9.4',
  CONTENT_TYPE = '1.2.840.113549.1.9.3',
  SIGNING_TIME = '1.2.840.113549.1.9.5'
const SIGNING_CERT_V2 = '1.2.840.113549.1.9.16.2.47',
  KEY_USAGE = '2.5.29.15'
const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

interface Parsed {
  readonly certificate: pkijs.Certificate
  readonly leaf: X509Certificate // the same, for node
  readonly others: readonly X509Certificate[]
  readonly hash: string
  readonly attributes: Uint8Array // as SET OF, the bytes that were signed
  readonly values: ReadonlyMap<string, Uint8Array> // attribute type -> DER of its first value
  readonly signature: Uint8Array
}

const bytesOf = (buffer: ArrayBuffer): Uint8Array => new Uint8Array(buffer)

function parseCms(padded: Uint8Array): Parsed {
  const [, end] = content(padded, 0) // cut the zero padding off
  const info = pkijs.ContentInfo.fromBER(Uint8Array.from(padded.subarray(0, end)))
  const data = new pkijs.SignedData({ schema: info.content })
  const [signer, ...more] = data.signerInfos
  if (!signer || more.length > 0) throw new TypeError('one signer expected')
  if (!signer.signedAttrs) throw new TypeError('no signed attributes')
  const certificates = (data.certificates ?? []).filter(c => c instanceof pkijs.Certificate)
  const { sid } = signer
  const certificate = certificates.find(
    c =>
      sid instanceof pkijs.IssuerAndSerialNumber &&
      c.serialNumber.isEqual(sid.serialNumber) &&
      c.issuer.isEqual(sid.issuer),
  )
  if (!certificate) throw new TypeError('signer certificate not included')
  const hash = HASHES[signer.digestAlgorithm.algorithmId]
  if (!hash) throw new TypeError('digest algorithm not accepted')
  const attributes = bytesOf(signer.signedAttrs.encodedValue)
  const values = new Map<string, Uint8Array>()
  for (const attribute of signer.signedAttrs.attributes) {
    const [first] = attribute.values as readonly { toBER(): ArrayBuffer }[]
    if (first) values.set(attribute.type, bytesOf(first.toBER()))
  }
  return {
    certificate,
    leaf: nodeCertificate(certificate),
    others: certificates.filter(c => c !== certificate).map(nodeCertificate),
    hash,
    attributes,
    values,
    signature: Uint8Array.from(signer.signature.valueBlock.valueHexView),
  }
}

const nodeCertificate = (c: pkijs.Certificate): X509Certificate =>
  new X509Certificate(Buffer.from(c.toSchema().toBER()))
function commonName(rdn: pkijs.RelativeDistinguishedNames): string {
  const found = rdn.typesAndValues.find(t => String(t.type) === COMMON_NAME)
  return found ? String(found.value.valueBlock.value) : ''
}

/** certHash of ESSCertIDv2 against the certificate. */
function essMatches(value: Uint8Array, certificate: Uint8Array): boolean {
  const [list] = children(value)
  const [id] = list ? children(list) : []
  const parts = id ? children(id) : []
  let hash = 'sha256'
  if (parts[0]?.[0] === 0x30) {
    const algorithm = parts.shift()
    const [oid] = algorithm ? children(algorithm) : []
    hash = { '02': 'sha384', '03': 'sha512' }[oid ? Buffer.from(oid.subarray(-1)).toString('hex') : ''] ?? 'sha256'
  }
  const [octets] = parts
  return (
    octets !== undefined &&
    Buffer.compare(octets.subarray(content(octets, 0)[0]), createHash(hash).update(certificate).digest()) === 0
  )
}

function chainEndsAt(parsed: Parsed, roots: readonly X509Certificate[], at: Date, problems: string[]): boolean {
  const usage = parsed.certificate.extensions?.find(e => e.extnID === KEY_USAGE)
  const bits = usage ? content(usage.extnValue.valueBlock.valueHexView, 0)[0] : 0
  if (usage && ((usage.extnValue.valueBlock.valueHexView[bits + 1] ?? 0) & 0xc0) === 0) {
    problems.push('certificate is not for signing')
    return false
  }
  const pool = [...roots, ...parsed.others]
  let current = parsed.leaf
  for (let depth = 0; depth < 6; depth++) {
    if (at < new Date(current.validFrom) || at > new Date(current.validTo)) {
      problems.push(`certificate outside its validity: ${current.subject}`)
      return false
    }
    const here = current
    if (roots.some(r => r.fingerprint256 === here.fingerprint256)) return depth > 0
    const issuer = pool.find(
      c => c.ca && c.fingerprint256 !== here.fingerprint256 && here.checkIssued(c) && here.verify(c.publicKey),
    )
    if (!issuer) break
    current = issuer
  }
  problems.push('chain does not end at a given root')
  return false
}

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
  const base = {
    field: name,
    subFilter: text(signature.get('SubFilter')),
    signingTime,
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
  if (!(contents instanceof Str) || !coverage) return { ...base, ...none, problems: ['byte range not usable'] }
  const { start, resume, end, wholeRevision } = coverage
  const cover = { wholeRevision, wholeFile: wholeRevision && end === bytes.length, end }
  let parsed: Parsed
  try {
    parsed = parseCms(contents.bytes)
  } catch (error) {
    return { ...base, ...none, coverage: cover, problems: [`CMS not usable: ${String(error)}`] }
  }

  const digest = createHash(parsed.hash).update(bytes.subarray(0, start)).update(bytes.subarray(resume, end)).digest()
  const declared = parsed.values.get(MESSAGE_DIGEST)
  const sameDigest = declared !== undefined && Buffer.compare(digest, declared.subarray(content(declared, 0)[0])) === 0
  if (!sameDigest) problems.push('content altered: digest differs')
  const certificate = parsed.leaf
  const signed = rsaVerify(parsed.hash, parsed.attributes, certificate.publicKey, parsed.signature)
  if (!signed) problems.push('signature value wrong')
  const ess = parsed.values.get(SIGNING_CERT_V2)
  const bound = ess !== undefined && essMatches(ess, certificate.raw)
  if (!bound) problems.push('signing certificate attribute missing or wrong')
  if (!parsed.values.has(CONTENT_TYPE)) problems.push('contentType attribute missing')
  if (parsed.values.has(SIGNING_TIME)) problems.push('signingTime in the CMS (PAdES wants /M only)')
  if (!wholeRevision) problems.push('byte range does not cover a whole revision')
  const integrity = sameDigest && signed && bound && parsed.values.has(CONTENT_TYPE)
  const trusted = chainEndsAt(parsed, roots, signingTime ?? now, problems)

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
    signer: commonName(parsed.certificate.subject),
    issuer: commonName(parsed.certificate.issuer),
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
