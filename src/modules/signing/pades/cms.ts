// Detached CMS for PAdES B-B, written with a ten-line DER writer (nothing here needs an ASN.1 library).
import { createHash } from 'node:crypto'

export interface Identity {
  /** DER certificates: the signer's own, then its issuers. */
  readonly certificate: Uint8Array
  readonly chain: readonly Uint8Array[]
  /** RSASSA-PKCS1-v1_5 with SHA-256 over `data`; a worker, a thread pool or a remote device. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  const n = body.length
  const head =
    n < 0x80
      ? [tag, n]
      : n < 0x100
        ? [tag, 0x81, n]
        : n < 0x10000
          ? [tag, 0x82, n >> 8, n & 255]
          : [tag, 0x83, n >> 16, (n >> 8) & 255, n & 255]
  return Buffer.concat([Buffer.from(head), body])
}
const SEQUENCE = 0x30,
  SET = 0x31,
  OCTETS = 0x04,
  CONTEXT0 = 0xa0
const seq = (...parts: readonly Uint8Array[]): Uint8Array => tlv(SEQUENCE, ...parts)
/** DER orders the members of a SET OF by their encoding. */
const setOf = (tag: number, parts: readonly Uint8Array[]): Uint8Array => tlv(tag, ...[...parts].sort(Buffer.compare))
const NULL = Buffer.from([0x05, 0x00])
const int = (n: number): Uint8Array => tlv(0x02, Buffer.from([n]))
function oid(dotted: string): Uint8Array {
  const [a = 0, b = 0, ...rest] = dotted.split('.').map(Number)
  const out = [a * 40 + b]
  for (const arc of rest) {
    const septets = [arc & 0x7f]
    for (let v = Math.floor(arc / 128); v > 0; v = Math.floor(v / 128)) septets.unshift((v & 0x7f) | 0x80)
    out.push(...septets)
  }
  return tlv(0x06, Buffer.from(out))
}

/** The encodings of the elements directly inside the DER element that starts at 0. */
export function children(der: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = []
  let [at, end] = content(der, 0)
  while (at < end) {
    const [, stop] = content(der, at)
    out.push(der.subarray(at, stop))
    at = stop
  }
  return out
}
/** Content start and end of the DER element at `at`. */
export function content(der: Uint8Array, at: number): [start: number, end: number] {
  const first = der[at + 1]
  if (first === undefined) throw new RangeError('DER: cut off')
  if (first < 0x80) return bounded(der, at + 2, first)
  const width = first & 0x7f
  if (width === 0 || width > 4) throw new RangeError('DER: bad length')
  let length = 0
  for (let i = 0; i < width; i++) length = length * 256 + (der[at + 2 + i] ?? 0)
  return bounded(der, at + 2 + width, length)
}
function bounded(der: Uint8Array, start: number, length: number): [number, number] {
  if (start + length > der.length) throw new RangeError('DER: cut off')
  return [start, start + length]
}

const OID = {
  data: oid('1.2.840.113549.1.7.1'),
  signedData: oid('1.2.840.113549.1.7.2'),
  sha256: oid('2.16.840.1.101.3.4.2.1'),
  rsa: oid('1.2.840.113549.1.1.1'),
  contentType: oid('1.2.840.113549.1.9.3'),
  messageDigest: oid('1.2.840.113549.1.9.4'),
  signingCertificateV2: oid('1.2.840.113549.1.9.16.2.47'),
} as const
const SHA256_ALG = seq(OID.sha256),
  RSA_ALG = seq(OID.rsa, NULL)
const attribute = (type: Uint8Array, value: Uint8Array): Uint8Array => seq(type, tlv(SET, value))

/** issuer Name and serialNumber of a certificate, as they stand in it. */
export function issuerAndSerial(certificate: Uint8Array): Uint8Array {
  const [tbs] = children(certificate)
  const parts = tbs ? children(tbs) : []
  if (parts[0]?.[0] === CONTEXT0) parts.shift() // version
  const [serial, , issuer] = parts
  if (!serial || !issuer) throw new TypeError('not a certificate')
  return seq(issuer, serial)
}

function signedAttributes(digest: Uint8Array, certificate: Uint8Array): readonly Uint8Array[] {
  return [
    attribute(OID.contentType, OID.data),
    attribute(OID.messageDigest, tlv(OCTETS, digest)),
    // SigningCertificateV2 { certs { ESSCertIDv2 { certHash } } }, hash algorithm SHA-256 by default
    attribute(OID.signingCertificateV2, seq(seq(seq(tlv(OCTETS, sha256(certificate)))))),
  ]
}

/** A detached CMS SignedData for content whose SHA-256 is `digest`. No signingTime: PAdES has /M. */
export async function buildCms(digest: Uint8Array, identity: Identity): Promise<Uint8Array> {
  const attributes = signedAttributes(digest, identity.certificate)
  const signature = await identity.sign(setOf(SET, attributes)) // signed as an explicit SET OF ...
  const signerInfo = seq(
    int(1),
    issuerAndSerial(identity.certificate),
    SHA256_ALG,
    setOf(CONTEXT0, attributes), // ... stored as [0] IMPLICIT
    RSA_ALG,
    tlv(OCTETS, signature),
  )
  const signedData = seq(
    int(1),
    tlv(SET, SHA256_ALG),
    seq(OID.data),
    setOf(CONTEXT0, [identity.certificate, ...identity.chain]),
    tlv(SET, signerInfo),
  )
  return seq(OID.signedData, tlv(CONTEXT0, signedData))
}
