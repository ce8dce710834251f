// Who signed: what the CMS of a signature says, whether its parts belong together, and whether its certificate may be believed.
import { constants, createHash, verify as keyVerify, X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'
import { chainFault } from '../chain.ts'
import { children, content } from './cms.ts'

const COMMON_NAME = '2.5.4.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const SIGNING_TIME = '1.2.840.113549.1.9.5'
const SIGNING_CERT_V2 = '1.2.840.113549.1.9.16.2.47'
const KEY_USAGE = '2.5.29.15'
const KEY_ID = '2.5.29.14'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const RSA_PSS = '1.2.840.113549.1.1.10'
/** What SHA-1 signed is not judged: two texts with one digest can be made. */
const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
/**
 * Purposes for which authorities issue certificates to people who sign documents: any, e-mail, client, documents (RFC 9336),
 * and those of Adobe and Microsoft. A server's or a time-stamping authority's is none.
 */
const SIGNING_PURPOSES: ReadonlySet<string> = new Set([
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.36',
  '1.2.840.113583.1.1.5',
  '1.3.6.1.4.1.311.10.3.12',
])
/** digitalSignature and nonRepudiation, the first two bits of key usage (RFC 5280 §4.2.1.3). */
const MAY_SIGN = 0xc0
/** How far the clock of a signer may run ahead of ours. */
const AHEAD_MS = 10 * 60_000

/** The CMS of a signature, read. */
export interface Signer {
  readonly certificate: pkijs.Certificate
  /** The same, for node. */
  readonly leaf: X509Certificate
  readonly others: readonly X509Certificate[]
  readonly hash: string
  readonly pss: boolean
  /** The signed attributes as SET OF: the bytes that were signed. */
  readonly attributes: Uint8Array
  /** Type of an attribute → DER of its first value. */
  readonly values: ReadonlyMap<string, Uint8Array>
  readonly signature: Uint8Array
}

const bytesOf = (buffer: ArrayBuffer): Uint8Array => new Uint8Array(buffer)
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Reads the /Contents of a signature. Throws for forms that are not known here, of which nothing can be said. */
export function readSigner(padded: Uint8Array): Signer {
  const [, end] = content(padded, 0) // cut the zero padding off
  const info = pkijs.ContentInfo.fromBER(Uint8Array.from(padded.subarray(0, end)))
  const data = new pkijs.SignedData({ schema: info.content })
  const [signer, ...more] = data.signerInfos
  if (!signer || more.length > 0) throw new TypeError('one signer expected')
  if (!signer.signedAttrs) throw new TypeError('no signed attributes')
  const certificates = (data.certificates ?? []).filter(c => c instanceof pkijs.Certificate)
  const { sid } = signer
  const certificate = certificates.find(c => isNamed(c, sid))
  if (!certificate) throw new TypeError('signer certificate not included')
  const hash = HASHES[signer.digestAlgorithm.algorithmId]
  if (!hash) throw new TypeError('digest algorithm not accepted')
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
    pss: signer.signatureAlgorithm.algorithmId === RSA_PSS,
    attributes: bytesOf(signer.signedAttrs.encodedValue),
    values,
    signature: Uint8Array.from(signer.signature.valueBlock.valueHexView),
  }
}

/** By issuer and serial number, or by the identifier of its key (RFC 5652 §5.3). */
function isNamed(certificate: pkijs.Certificate, sid: unknown): boolean {
  if (sid instanceof pkijs.IssuerAndSerialNumber)
    return certificate.serialNumber.isEqual(sid.serialNumber) && certificate.issuer.isEqual(sid.issuer)
  const named = (sid as { readonly valueBlock?: { readonly valueHexView?: Uint8Array } } | undefined)?.valueBlock
    ?.valueHexView
  const own = extension(certificate, KEY_ID)
  return named !== undefined && own !== undefined && same(named, own.subarray(content(own, 0)[0]))
}

/** DER of the value of an extension. */
const extension = (certificate: pkijs.Certificate, id: string): Uint8Array | undefined =>
  certificate.extensions?.find(each => each.extnID === id)?.extnValue.valueBlock.valueHexView

const nodeCertificate = (c: pkijs.Certificate): X509Certificate =>
  new X509Certificate(Buffer.from(c.toSchema().toBER()))

export function commonName(rdn: pkijs.RelativeDistinguishedNames): string {
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
    octets !== undefined && same(octets.subarray(content(octets, 0)[0]), createHash(hash).update(certificate).digest())
  )
}

/**
 * Whether this certificate's key signed exactly `parts`, one behind the other. What PAdES asks for and older readers leave
 * out (the signing certificate among the attributes) is told in `problems` and breaks nothing; a wrong one does.
 */
export function signedBy(signer: Signer, parts: readonly Uint8Array[], problems: string[]): boolean {
  const hash = createHash(signer.hash)
  for (const part of parts) hash.update(part)
  const declared = signer.values.get(MESSAGE_DIGEST)
  const sameDigest = declared !== undefined && same(hash.digest(), declared.subarray(content(declared, 0)[0]))
  if (!sameDigest) problems.push('content altered: digest differs')
  const key = signer.leaf.publicKey
  const signed = keyVerify(
    signer.hash,
    signer.attributes,
    signer.pss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : key,
    signer.signature,
  )
  if (!signed) problems.push('signature value wrong')
  const ess = signer.values.get(SIGNING_CERT_V2)
  const bound = ess === undefined || essMatches(ess, signer.leaf.raw)
  if (ess === undefined) problems.push('signing certificate attribute missing')
  if (!bound) problems.push('signing certificate attribute wrong')
  const typed = signer.values.has(CONTENT_TYPE)
  if (!typed) problems.push('contentType attribute missing')
  if (signer.values.has(SIGNING_TIME)) problems.push('signingTime in the CMS (PAdES wants /M only)')
  return sameDigest && signed && bound && typed
}

/**
 * Whether the certificate may be believed at `now`: it is for signing documents, its chain ends at a given root, all of it
 * is valid now, and was when the signer says to have signed. What a signer says of the time proves nothing, so a
 * certificate that has ended since is not believed for it.
 */
export function isTrusted(
  signer: Signer,
  roots: readonly X509Certificate[],
  saidAt: Date | undefined,
  now: Date,
  problems: string[],
): boolean {
  const usage = extension(signer.certificate, KEY_USAGE)
  const bits = usage === undefined ? 0 : (usage[content(usage, 0)[0] + 1] ?? 0)
  const purposes = signer.certificate.extensions?.find(each => each.extnID === EXTENDED_KEY_USAGE)?.parsedValue as
    | { readonly keyPurposes?: readonly string[] }
    | undefined
  if ((bits & MAY_SIGN) === 0 || purposes?.keyPurposes?.some(each => SIGNING_PURPOSES.has(each)) === false) {
    problems.push('certificate is not for signing documents')
    return false
  }
  if (saidAt !== undefined && saidAt.getTime() > now.getTime() + AHEAD_MS) {
    problems.push('signed in the future')
    return false
  }
  const instants = saidAt === undefined || saidAt > now ? [now] : [now, saidAt]
  // An authority does not sign letters.
  const fault = roots.some(root => root.fingerprint256 === signer.leaf.fingerprint256)
    ? 'signed by an authority itself'
    : chainFault(signer.leaf, signer.others, roots, instants)
  if (fault !== null) problems.push(fault)
  return fault === null
}
