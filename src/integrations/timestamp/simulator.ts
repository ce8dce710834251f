// Stands in for a time-stamping authority: speaks RFC 3161 with a key of its own, and can be told to fail.
import 'reflect-metadata' // before @peculiar/x509 (tsyringe decorators)
import { createHash, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import type { Clock } from '../../platform/clock.ts'

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const POLICY = '1.3.6.1.4.1.32473.1.3161'
const DAY = 86_400_000

export type TimestampFault = 'none' | 'down' | 'refuses' | 'other-data' | 'other-nonce' | 'other-key' | 'garbage'

export interface TimestampSimulator {
  /** How it fails until told otherwise. */
  fault: TimestampFault
  /** DER of the certificate that signs, its own issuer. */
  certificate(): Promise<Uint8Array>
  answer(question: Uint8Array): Promise<Uint8Array>
}

const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

/** A simulator named as what it is; its key lives as long as the process. */
export function timestampSimulator(clock: Clock): TimestampSimulator {
  let made: Promise<{ certificate: pkijs.Certificate; der: Uint8Array; keys: CryptoKeyPair }> | undefined
  const newKeys = () => webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
  const make = async () => {
    x509.cryptoProvider.set(webcrypto as Crypto)
    const keys = await newKeys()
    const issued = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ C: ['VN'] }, { CN: ['DEMO TSA – mô phỏng'] }],
      serialNumber: `40${randomBytes(15).toString('hex')}`,
      notBefore: new Date(clock.now().getTime() - DAY),
      notAfter: new Date(clock.now().getTime() + 3650 * DAY),
      keys,
      signingAlgorithm: RSA,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation, true),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.8'], true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    const der = new Uint8Array(issued.rawData)
    return { certificate: pkijs.Certificate.fromBER(der), der, keys }
  }
  const mine = () => {
    made ??= make()
    return made
  }
  const simulator: TimestampSimulator = {
    fault: 'none',
    async certificate() {
      return (await mine()).der
    },
    async answer(question) {
      const { fault } = simulator
      if (fault === 'down') throw new Error('connect ECONNREFUSED (simulated)')
      if (fault === 'garbage') return Buffer.from('<html>Bảo trì</html>')
      const asked = pkijs.TimeStampReq.fromBER(buffer(question))
      if (fault === 'refuses') return refusal()
      const { certificate, der, keys } = await mine()
      const imprint = asked.messageImprint
      if (fault === 'other-data')
        imprint.hashedMessage = new asn1js.OctetString({ valueHex: buffer(createHash('sha256').update('x').digest()) })
      const serial = randomBytes(16)
      serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
      const nonce = fault === 'other-nonce' ? new asn1js.Integer({ value: 7 }) : asked.nonce
      const info = new pkijs.TSTInfo({
        version: 1,
        policy: POLICY,
        messageImprint: imprint,
        serialNumber: new asn1js.Integer({ valueHex: buffer(serial) }),
        genTime: clock.now(),
        ...(nonce === undefined ? {} : { nonce }),
      })
      const content = info.toSchema().toBER(false)
      const signed = new pkijs.SignedData({
        version: 3,
        encapContentInfo: new pkijs.EncapsulatedContentInfo({
          eContentType: TST_INFO,
          eContent: new asn1js.OctetString({ valueHex: content }),
        }),
        signerInfos: [
          new pkijs.SignerInfo({
            version: 1,
            sid: new pkijs.IssuerAndSerialNumber({
              issuer: certificate.issuer,
              serialNumber: certificate.serialNumber,
            }),
            signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes: attributesOf(content, der) }),
          }),
        ],
        certificates: [certificate],
      })
      const key = fault === 'other-key' ? (await newKeys()).privateKey : keys.privateKey
      await signed.sign(key, 0, 'SHA-256')
      return new Uint8Array(
        new pkijs.TimeStampResp({
          status: new pkijs.PKIStatusInfo({ status: 0 }),
          timeStampToken: new pkijs.ContentInfo({
            contentType: pkijs.ContentInfo.SIGNED_DATA,
            content: signed.toSchema(true),
          }),
        })
          .toSchema()
          .toBER(false),
      )
    },
  }
  return simulator
}

const refusal = () =>
  new Uint8Array(new pkijs.TimeStampResp({ status: new pkijs.PKIStatusInfo({ status: 2 }) }).toSchema().toBER(false))

/** Content type, digest, and the certificate that signs (RFC 5816: ESSCertIDv2, SHA-256 by default). */
function attributesOf(content: ArrayBuffer, certificate: Uint8Array): pkijs.Attribute[] {
  const sha256 = (bytes: Uint8Array) => buffer(createHash('sha256').update(bytes).digest())
  const octets = (valueHex: ArrayBuffer) => new asn1js.OctetString({ valueHex })
  const sequence = (...value: asn1js.BaseBlock[]) => new asn1js.Sequence({ value })
  return [
    new pkijs.Attribute({ type: '1.2.840.113549.1.9.3', values: [new asn1js.ObjectIdentifier({ value: TST_INFO })] }),
    new pkijs.Attribute({ type: '1.2.840.113549.1.9.4', values: [octets(sha256(new Uint8Array(content)))] }),
    new pkijs.Attribute({
      type: '1.2.840.113549.1.9.16.2.47',
      values: [sequence(sequence(sequence(octets(sha256(certificate)))))],
    }),
  ]
}
