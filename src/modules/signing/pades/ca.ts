// A demonstration PKI: one root, leaves for an officer and an agency.
import 'reflect-metadata' // before @peculiar/x509 (tsyringe decorators)
import { randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as Crypto)
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const

export interface Issued {
  readonly certificate: Uint8Array
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}
export interface Subject {
  readonly commonName: string
  readonly organization?: string
  readonly unit?: string
  readonly title?: string
}

const newKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
/** JSON form of a name: no escaping of commas in Vietnamese agency names to get wrong. */
const name = (s: Subject): x509.JsonName => [
  { C: ['VN'] },
  ...(s.organization === undefined ? [] : [{ O: [s.organization] }]),
  ...(s.unit === undefined ? [] : [{ OU: [s.unit] }]),
  ...(s.title === undefined ? [] : [{ '2.5.4.12': [s.title] }]),
  { CN: [s.commonName] },
]
const serial = (): string => {
  const b = randomBytes(16)
  b[0] = ((b[0] ?? 0) & 0x7f) | 0x40
  return b.toString('hex')
}
const der = (certificate: x509.X509Certificate): Uint8Array => new Uint8Array(certificate.rawData)

export async function createRoot(subject: Subject, notBefore: Date, notAfter: Date): Promise<Issued> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: name(subject),
    serialNumber: serial(),
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: RSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: der(certificate), ...keys }
}

export async function issueLeaf(root: Issued, subject: Subject, notBefore: Date, notAfter: Date): Promise<Issued> {
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(root.certificate as Uint8Array<ArrayBuffer>)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: name(subject),
    issuer: issuer.subjectName.toJSON(),
    serialNumber: serial(),
    notBefore,
    notAfter,
    signingKey: root.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: RSA,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
    ],
  })
  return { certificate: der(certificate), ...keys }
}

export const pkcs8 = async (issued: Issued): Promise<Uint8Array> =>
  new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', issued.privateKey))
/** A root read back from its certificate and PKCS #8 key, able to issue again. */
export async function rootFromStore(certificate: Uint8Array, privateKey: Uint8Array): Promise<Issued> {
  const parsed = new x509.X509Certificate(Uint8Array.from(certificate))
  return {
    certificate,
    privateKey: (await webcrypto.subtle.importKey('pkcs8', Uint8Array.from(privateKey), RSA, true, [
      'sign',
    ])) as CryptoKey,
    publicKey: await parsed.publicKey.export(webcrypto as Crypto),
  }
}
