// Signatures that other programs make, and certificates that are not what they seem: neither is a good file called changed, nor a bad one good.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, sign, webcrypto, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as x509 from '@peculiar/x509'
import { buildStampFont, faces } from '../../platform/pdf/fonts.ts'
import { drawLetter } from '../../platform/pdf/letter.ts'
import { createRoot, type Issued, issueLeaf, pkcs8 } from './pades/ca.ts'
import { addFields } from './pades/fields.ts'
import type { Revision } from './pades/revision.ts'
import { CMS_ROOM, officerStamp, signPdf } from './pades/sign.ts'
import { verifyPdf } from './pades/verify.ts'
import { verdictOf } from './verify/verdict.ts'

const at = new Date('2026-11-20T08:15:00Z')
const now = new Date('2026-11-21T08:15:00Z')
const day = (text: string) => new Date(`${text}T00:00:00Z`)

describe('signatures of others', () => {
  const stamps = {
    VN: buildStampFont(faces.regular),
    VNB: buildStampFont(faces.bold),
    VNI: buildStampFont(faces.italic),
  }
  const folder = mkdtempSync(join(tmpdir(), 'motcua-foreign-'))
  let root: Issued
  let good: Issued
  let page: Awaited<ReturnType<typeof drawLetter>>
  let signed: Uint8Array

  const identity = async (leaf: Issued) => {
    const key = createPrivateKey({ key: Buffer.from(await pkcs8(leaf)), format: 'der', type: 'pkcs8' })
    return {
      certificate: leaf.certificate,
      chain: [root.certificate],
      sign: async (data: Uint8Array) => sign('sha256', data, key),
    }
  }
  const withField =
    (field: string, box = page.boxes.signature) =>
    (revision: Revision) =>
      addFields(revision, [], [{ name: field, label: field, ...box }], stamps)
  const signedBy = async (leaf: Issued, time = at) =>
    signPdf(
      page.bytes,
      await identity(leaf),
      stamps,
      { field: 'a', name: 'A', time, draw: officerStamp(stamps, 'A', time) },
      withField('a'),
    )
  const told = (pdf: Uint8Array, asked = now) =>
    verdictOf(verifyPdf(pdf, [new X509Certificate(Buffer.from(root.certificate))], asked), false)

  before(async () => {
    root = await createRoot({ commonName: 'CA' }, day('2015-01-01'), day('2035-01-01'))
    good = await issueLeaf(root, { commonName: 'Người A' }, day('2024-01-01'), day('2030-01-01'))
    page = await drawLetter({
      superiorName: 'TỈNH MẪU',
      agencyName: 'UBND',
      seat: 'Trung Tâm',
      notation: 'X',
      title: 'GIẤY',
      subject: 'Việc',
      addressed: '',
      paragraphs: ['Nội dung.'],
      recipients: [],
      initials: null,
      signer: { competence: '', title: 'CHỦ TỊCH', name: 'A' },
      qr: null,
      created: at,
      demo: true,
      draft: false,
    })
    signed = await signedBy(good)
    const pem = (type: string, der: Uint8Array) =>
      `-----BEGIN ${type}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trim()}\n-----END ${type}-----\n`
    writeFileSync(join(folder, 'c.pem'), pem('CERTIFICATE', good.certificate))
    writeFileSync(join(folder, 'r.pem'), pem('CERTIFICATE', root.certificate))
    writeFileSync(join(folder, 'k.pem'), pem('PRIVATE KEY', await pkcs8(good)))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** The same letter, its CMS made by OpenSSL over the same bytes. */
  const byOpenssl = (subFilter: string, md: string, ...options: readonly string[]): Uint8Array => {
    const pdf = Buffer.from(signed)
    const text = pdf.toString('latin1')
    const [, start, resume] = (/\/ByteRange \[0 (\d+) (\d+) \d+\s*\]/.exec(text) ?? []).map(Number)
    if (start === undefined || resume === undefined) throw new Error('no byte range')
    pdf.write(`/${subFilter}`.padEnd('/ETSI.CAdES.detached'.length), text.lastIndexOf('/ETSI.CAdES.detached'), 'latin1')
    const [data, out] = [join(folder, 'data'), join(folder, 'cms')]
    writeFileSync(data, Buffer.concat([pdf.subarray(0, start), pdf.subarray(resume)]))
    const cms = ['cms', '-sign', '-binary', '-md', md, '-signer', 'c.pem', '-inkey', 'k.pem', '-certfile', 'r.pem']
    execFileSync('openssl', [...cms, '-in', data, '-outform', 'DER', '-out', out, ...options], { cwd: folder })
    pdf.write(
      readFileSync(out)
        .toString('hex')
        .padEnd(CMS_ROOM * 2, '0'),
      start + 1,
      'latin1',
    )
    return pdf
  }

  it('hold in every form that may be judged, and break when a byte is changed', () => {
    assert.equal(told(signed), 'valid')
    for (const [what, pdf] of [
      ['adbe.pkcs7.detached without the signing certificate', byOpenssl('adbe.pkcs7.detached', 'sha256')],
      ['named by the key', byOpenssl('ETSI.CAdES.detached', 'sha256', '-keyid', '-cades')],
      ['RSA-PSS', byOpenssl('ETSI.CAdES.detached', 'sha256', '-cades', '-keyopt', 'rsa_padding_mode:pss')],
      ['SHA-512', byOpenssl('adbe.pkcs7.detached', 'sha512')],
    ] as const) {
      assert.equal(told(pdf), 'valid', what)
      const changed = Buffer.from(pdf)
      changed[changed.indexOf('/MediaBox') + 12] = 0x39
      assert.equal(told(changed), 'changed', what)
    }
  })

  it('in a form that is not judged are neither good nor changed', () => {
    assert.equal(told(byOpenssl('adbe.pkcs7.detached', 'sha1')), 'unknown')
    assert.equal(told(byOpenssl('ETSI.RFC3161', 'sha256')), 'unsigned')
  })

  it('of a certificate that has ended, or dated in the future, are not believed, whatever they say of the time', async () => {
    const ended = await issueLeaf(root, { commonName: 'Hết hạn' }, day('2018-01-01'), day('2020-01-01'))
    assert.equal(told(await signedBy(ended, day('2019-06-01'))), 'untrusted')
    // At the time when the house knows it to have been issued it was good.
    assert.equal(told(await signedBy(ended, day('2019-06-01')), day('2019-06-02')), 'valid')
    assert.equal(told(await signedBy(good, day('2029-06-01'))), 'untrusted')
    assert.equal(told(await signedBy(good, day('2023-06-01'))), 'untrusted')
  })

  it('of a certificate for something else are not believed', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const keys = (await webcrypto.subtle.generateKey(
      { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    )) as CryptoKeyPair
    const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
    const usage = (flags: number) => new x509.KeyUsagesExtension(flags, true)
    const purpose = (...ids: string[]) => new x509.ExtendedKeyUsageExtension(ids)
    for (const [what, extensions, verdict] of [
      ['a server', [usage(digitalSignature | keyEncipherment), purpose('1.3.6.1.5.5.7.3.1')], 'untrusted'],
      ['time stamps', [usage(digitalSignature), purpose('1.3.6.1.5.5.7.3.8')], 'untrusted'],
      ['keys only', [usage(keyEncipherment)], 'untrusted'],
      ['nothing said', [], 'untrusted'],
      ['e-mail', [usage(digitalSignature), purpose('1.3.6.1.5.5.7.3.4')], 'valid'],
    ] as const) {
      const certificate = await x509.X509CertificateGenerator.create({
        subject: 'CN=dichvu.example.vn',
        issuer: new x509.X509Certificate(Uint8Array.from(root.certificate)).subjectName.toJSON(),
        serialNumber: '41',
        notBefore: day('2025-01-01'),
        notAfter: day('2030-01-01'),
        signingKey: root.privateKey,
        publicKey: keys.publicKey,
        signingAlgorithm: algorithm,
        extensions: [...extensions],
      })
      const leaf = { certificate: new Uint8Array(certificate.rawData), ...keys }
      assert.equal(told(await signedBy(leaf)), verdict, what)
    }
  })

  it('may stand beside the text, and not as a sheet over it', async () => {
    const other = await issueLeaf(root, { commonName: 'Người B' }, day('2024-01-01'), day('2030-01-01'))
    const more = async (box: readonly [number, number, number, number]) =>
      signPdf(
        signed,
        await identity(other),
        stamps,
        { field: 'b', name: 'B', time: at, draw: officerStamp(stamps, 'B', at) },
        withField('b', { ...page.boxes.signature, box: [...box] }),
      )
    assert.equal(told(await more([300, 50, 500, 120])), 'valid')
    assert.equal(told(await more([0, 0, 595, 842])), 'changed')
  })
})
