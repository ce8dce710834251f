// Time stamps of RFC 3161: the question to an authority, its answer, and whether a token is what it says.
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { chainFault } from '../chain.ts'

const SHA_256 = '2.16.840.1.101.3.4.2.1'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const COMMON_NAME = '2.5.4.3'
/** granted, grantedWithMods (RFC 3161 §2.4.2). */
const GRANTED: readonly number[] = [0, 1]

/** The authority's answer is none: refused, about something else, or not signed by who it says. */
export class TimestampRefused extends Error {}

export interface TimestampQuestion {
  /** DER of a TimeStampReq, as it is sent. */
  readonly der: Uint8Array<ArrayBuffer>
  readonly nonce: string
}

export interface TimestampToken {
  /** DER of the token (a CMS ContentInfo), as it is kept. */
  readonly der: Buffer
  readonly at: Date
  /** Common name of the certificate that signed it. */
  readonly authority: string
}

/** Certificates under which that of a token must stand; null believes whoever signed it. */
export type Authorities = readonly X509Certificate[] | null

const nodeCertificate = (certificate: pkijs.Certificate): X509Certificate =>
  new X509Certificate(Buffer.from(certificate.toSchema().toBER()))
const bytesOf = (der: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(der)
const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex')
/** Integers of DER may carry a leading zero. */
const sameInteger = (a: string, b: string): boolean => a.replace(/^(00)+/, '') === b.replace(/^(00)+/, '')

/** Asks for a stamp over SHA-256 of `data`, with a nonce, and for the certificate. */
export function askTimestamp(data: Uint8Array): TimestampQuestion {
  // The first bit stays clear: an integer of DER has a sign.
  const nonce = randomBytes(16)
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40
  const question = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: SHA_256 }),
      hashedMessage: new asn1js.OctetString({ valueHex: bytesOf(createHash('sha256').update(data).digest()) }),
    }),
    nonce: new asn1js.Integer({ valueHex: bytesOf(nonce) }),
    certReq: true,
  })
  return { der: new Uint8Array(question.toSchema().toBER(false)), nonce: nonce.toString('hex') }
}

/** Reads an authority's answer to a question about `data`. Throws TimestampRefused. */
export async function readTimestamp(
  answer: Uint8Array,
  about: { readonly data: Uint8Array; readonly nonce: string },
  authorities: Authorities,
): Promise<TimestampToken> {
  let response: pkijs.TimeStampResp
  try {
    response = pkijs.TimeStampResp.fromBER(bytesOf(answer))
  } catch {
    throw new TimestampRefused('the answer is no time-stamp response')
  }
  const { status, timeStampToken } = response
  if (!GRANTED.includes(status.status) || timeStampToken === undefined)
    throw new TimestampRefused(`the authority refused with status ${status.status}`)
  const der = Buffer.from(timeStampToken.toSchema().toBER(false))
  const { info, ...token } = await open(der, about.data, authorities)
  if (info.nonce === undefined || !sameInteger(hex(info.nonce.valueBlock.valueHexView.slice().buffer), about.nonce))
    throw new TimestampRefused('the answer belongs to another question')
  return token
}

/** Whether a kept token stamps exactly `data`, and when and by whom. Throws TimestampRefused. */
export async function verifyTimestamp(
  der: Buffer,
  data: Uint8Array,
  authorities: Authorities,
): Promise<TimestampToken> {
  const { info: _info, ...token } = await open(der, data, authorities)
  return token
}

async function open(
  der: Buffer,
  data: Uint8Array,
  authorities: Authorities,
): Promise<TimestampToken & { readonly info: pkijs.TSTInfo }> {
  let signed: pkijs.SignedData
  let info: pkijs.TSTInfo
  try {
    signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(bytesOf(der)).content })
    const content = signed.encapContentInfo.eContent?.getValue()
    if (signed.encapContentInfo.eContentType !== TST_INFO || content === undefined) throw new Error('no TSTInfo')
    info = pkijs.TSTInfo.fromBER(content)
  } catch {
    throw new TimestampRefused('the token cannot be read')
  }
  const { hashAlgorithm, hashedMessage } = info.messageImprint
  const digest = createHash('sha256').update(data).digest()
  if (hashAlgorithm.algorithmId !== SHA_256 || !digest.equals(hashedMessage.valueBlock.valueHexView))
    throw new TimestampRefused('the token stamps something else')
  const verdict = await signed
    .verify({ signer: 0, data: bytesOf(data).buffer, checkChain: false, extendedMode: true })
    .catch(() => null)
  const certificate = verdict?.signerCertificate
  if (verdict?.signatureVerified !== true || certificate == null)
    throw new TimestampRefused('the signature of the token does not hold')
  if (authorities !== null) {
    const others = (signed.certificates ?? []).filter(each => each instanceof pkijs.Certificate).map(nodeCertificate)
    // Valid when it stamped: a stamp outlives the certificate.
    const fault = chainFault(nodeCertificate(certificate), others, authorities, [info.genTime])
    if (fault !== null) throw new TimestampRefused(`the authority of the token is not trusted: ${fault}`)
  }
  // RFC 3161 §2.3: a key that stamps time is for nothing else.
  const usage = certificate.extensions?.find(each => each.extnID === EXTENDED_KEY_USAGE)?.parsedValue as
    | { readonly keyPurposes?: readonly string[] }
    | undefined
  if (usage?.keyPurposes?.includes(TIME_STAMPING) !== true)
    throw new TimestampRefused('the certificate may not stamp time')
  const name = certificate.subject.typesAndValues.find(each => (each.type as unknown as string) === COMMON_NAME)
  return { der, at: info.genTime, authority: String(name?.value.valueBlock.value ?? '?'), info }
}
