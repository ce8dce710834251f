// A letter through its three acts with keys of a CA of its own; then everything a forger would try on the file.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { layOver } from '../../../test/support/laid-over-letter.ts'
import { keyRing } from '../../platform/crypto/keys.ts'
import { seal } from '../../platform/crypto/seal.ts'
import type { LetterDrawing } from '../../platform/pdf/letter.ts'
import { createRoot, issueLeaf, pkcs8 } from './pades/ca.ts'
import { findField } from './pades/fields.ts'
import { Ref } from './pades/pdf-objects.ts'
import { dict, name, type Revision, stream, textString } from './pades/revision.ts'
import { appendRevision } from './pades/sign.ts'
import { type SignatureReport, verifyPdf } from './pades/verify.ts'
import type { HeldKey } from './ports.ts'
import { letterActs } from './sign-letter.ts'
import { softwareKeys } from './software-keys.ts'
import { type Verdict, verdictOf } from './verify/verdict.ts'

const at = new Date('2026-11-20T08:15:00Z')
const letter: LetterDrawing = {
  superiorName: 'TỈNH MẪU',
  agencyName: 'ỦY BAN NHÂN DÂN\nPHƯỜNG TRUNG TÂM',
  seat: 'Trung Tâm',
  notation: 'GPXD-UBND',
  title: 'GIẤY PHÉP XÂY DỰNG',
  subject: 'Cấp giấy phép xây dựng nhà ở riêng lẻ',
  addressed: 'Bà Đặng Thị Thử (Ô 5, "Khu B")',
  paragraphs: ['Được phép xây dựng công trình theo hồ sơ thiết kế đã được xem xét.'],
  recipients: ['Như trên', 'Lưu: VT'],
  initials: 'TP',
  signer: { competence: 'TM. ỦY BAN NHÂN DÂN', title: 'CHỦ TỊCH', name: 'Lê Thị Mẫu' },
  qr: 'http://localhost:3000/xac-minh/ABCDEFGH',
  created: at,
  demo: true,
  draft: false,
}

describe('a letter signed, numbered and sealed', () => {
  const ring = keyRing({ current: 1, keys: { 1: Buffer.alloc(32, 7).toString('base64') } })
  const signer = softwareKeys(ring)
  const acts = letterActs(signer)
  let roots: X509Certificate[]
  let officer: HeldKey
  let agency: HeldKey
  let signed: Uint8Array
  let numbered: Uint8Array
  let sealed: Uint8Array

  before(async () => {
    const from = new Date('2025-01-01T00:00:00Z')
    const to = new Date('2030-01-01T00:00:00Z')
    const root = await createRoot({ commonName: 'CA DEMO' }, from, to)
    const held = async (id: string, commonName: string): Promise<HeldKey> => {
      const leaf = await issueLeaf(root, { commonName, organization: 'Phường Trung Tâm, Tỉnh Mẫu' }, from, to)
      return {
        id,
        holder: id,
        name: commonName,
        certificate: leaf.certificate,
        chain: [root.certificate],
        sealedPrivateKey: seal(ring, 'signing-key', await pkcs8(leaf), `key:${id}`),
      }
    }
    roots = [new X509Certificate(Buffer.from(root.certificate))]
    officer = await held('officer', 'Lê Thị Mẫu')
    agency = await held('agency', 'Ủy ban nhân dân phường Trung Tâm')
    signed = await acts.sign(letter, officer, at)
    numbered = await acts.number(signed, '07', '2026-11-20')
    sealed = await acts.seal(numbered, agency, new Date(at.getTime() + 60_000))
  })
  after(() => signer.close())

  const reports = (pdf: Uint8Array): readonly SignatureReport[] => {
    const verdict = verifyPdf(pdf, roots, at)
    assert.equal(verdict.kind, 'read', verdict.kind === 'unreadable' ? verdict.reason : '')
    return verdict.kind === 'read' ? verdict.signatures : []
  }
  const told = (pdf: Uint8Array): Verdict => verdictOf(verifyPdf(pdf, roots, at), false)
  /** Would a person be told that this file is good? */
  const holds = (pdf: Uint8Array): boolean => told(pdf) === 'valid'

  it('keeps the bytes of each revision, and each revision verifies as it stood', () => {
    assert.ok(Buffer.from(numbered).subarray(0, signed.length).equals(Buffer.from(signed)))
    assert.ok(Buffer.from(sealed).subarray(0, numbered.length).equals(Buffer.from(numbered)))
    assert.ok(reports(signed).every(each => each.integrity && each.trusted && each.coverage.wholeFile))
    // Number and date stand behind the first signature and are not covered until the seal.
    assert.equal(reports(numbered)[0]?.changesAfter?.permitted, true)
    assert.ok(holds(sealed))
  })

  it('is valid only with its seal: without it, or with anything behind it, it is incomplete', () => {
    assert.equal(told(signed), 'incomplete')
    assert.equal(told(numbered), 'incomplete')
    assert.equal(told(Buffer.from('%PDF-1.7')), 'unreadable')
    assert.equal(verdictOf(verifyPdf(sealed, roots, at), true), 'recalled')
    assert.equal(verdictOf(verifyPdf(sealed, [], at), false), 'untrusted')
    // Something permitted behind the seal, as archives add: true to the signatures, but nobody signed it.
    const more = appendRevision(sealed, revision => revision.update(revision.root, { DSS: dict({ Certs: [] }) }))
    assert.ok(reports(more).every(each => each.integrity && each.changesAfter?.permitted === true))
    assert.equal(told(more), 'incomplete')
  })

  it('says who signed, when, and which permitted changes followed', () => {
    const [first, second] = reports(sealed)
    assert.equal(first?.signer, 'Lê Thị Mẫu')
    assert.equal(first?.certifies, 2)
    assert.equal(first?.subFilter, 'ETSI.CAdES.detached')
    assert.deepEqual(first?.signingTime, at)
    assert.deepEqual(first?.changesAfter?.filled, [
      { field: 'so', value: '07' },
      { field: 'ngay', value: 'ngày 20 tháng 11 năm 2026' },
    ])
    assert.deepEqual(first?.changesAfter?.signed, ['ky_coquan'])
    assert.deepEqual(first?.problems, [])
    assert.equal(second?.signer, 'Ủy ban nhân dân phường Trung Tâm')
    assert.equal(second?.coverage.wholeFile, true)
  })

  it('is valid for pdfsig, an independent reader', () => {
    const folder = mkdtempSync(join(tmpdir(), 'motcua-sign-'))
    try {
      const file = join(folder, 'letter.pdf')
      writeFileSync(file, sealed)
      const said = execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' })
      assert.equal(said.match(/Signature Validation: Signature is Valid\./g)?.length, 2, said)
      assert.match(said, /Signer Certificate Common Name: Lê Thị Mẫu/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('no byte can be changed unseen', () => {
    // The seal covers everything but its own hole. There a CMS has parts that nobody signs (padding, versions,
    // certificates of issuers that the verifier has itself): those may differ, what is told to a person may not.
    const text = Buffer.from(sealed).toString('latin1')
    const hole = [...text.matchAll(/\/Contents <[0-9a-f]+>/g)].at(-1)
    assert.ok(hole)
    const [from, to] = [hole.index + '/Contents <'.length, hole.index + hole[0].length - 1]
    const whole = reports(sealed)
    const unseen = (place: number, by: number): boolean => {
      const forged = Uint8Array.from(sealed)
      forged[place] = (forged[place] ?? 0) ^ by
      if (!holds(forged)) return false
      if (place < from || place >= to) return true
      assert.deepEqual(reports(forged), whole)
      return false
    }
    const by = fc.integer({ min: 1, max: 255 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.length - 1 }), by, (place, bits) => !unseen(place, bits)),
      { numRuns: 150 },
    )
    fc.assert(
      fc.property(fc.integer({ min: from, max: to - 1 }), by, (place, bits) => !unseen(place, bits)),
      { numRuns: 150 },
    )
  })

  it('a file cut off anywhere is never good, and never throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.length - 1 }), length => {
        const cut = sealed.subarray(0, length)
        // A revision that ended there is a file of its own: the officer's signature alone, or with the number.
        if (length === signed.length) return
        assert.equal(holds(cut), false)
      }),
      { numRuns: 200 },
    )
  })

  /** A form as large as the page, saying something else. */
  const lie = (revision: Revision): Ref =>
    revision.add(
      stream({ Type: name('XObject'), Subtype: name('Form'), BBox: [0, 0, 595, 842] }, Buffer.from('0 0 595 842 re f')),
    )
  const addToForm = (revision: Revision, field: Ref): void => {
    const form = revision.dict(revision.root).get('AcroForm')
    assert.ok(form instanceof Ref)
    revision.update(form, { Fields: [...revision.array(revision.dict(form).get('Fields')), field] })
    const page = firstPage(revision)
    revision.update(page, { Annots: [...revision.array(revision.dict(page).get('Annots')), field] })
  }

  const forgeries: readonly [string, (revision: Revision) => void][] = [
    [
      'another page content',
      revision => {
        const page = firstPage(revision)
        revision.update(page, { Contents: revision.add(stream({}, Buffer.from('BT ET'))) })
      },
    ],
    [
      'the page content stream itself replaced',
      revision => {
        const contents = revision.dict(firstPage(revision)).get('Contents')
        assert.ok(contents instanceof Ref)
        revision.put(contents, stream({}, Buffer.from('BT ET')))
      },
    ],
    [
      'another number in the field that was filled',
      revision => {
        const field = fieldNamed(revision, 'so')
        revision.update(field, { V: textString('99') })
      },
    ],
    [
      'a note laid over the page',
      revision => {
        const page = firstPage(revision)
        const note = revision.add(dict({ Type: name('Annot'), Subtype: name('FreeText'), Rect: [0, 0, 500, 500] }))
        revision.update(page, { Annots: [...revision.array(revision.dict(page).get('Annots')), note] })
      },
    ],
    [
      'an empty signature field that covers the page',
      revision =>
        addToForm(
          revision,
          revision.add(
            dict({
              Type: name('Annot'),
              Subtype: name('Widget'),
              FT: name('Sig'),
              T: textString('x'),
              Rect: [0, 0, 595, 842],
              AP: dict({ N: lie(revision) }),
            }),
          ),
        ),
    ],
    [
      'a note hidden as the kid of a signature field',
      revision => {
        const note = revision.add(
          dict({
            Type: name('Annot'),
            Subtype: name('FreeText'),
            Rect: [0, 0, 595, 842],
            AP: dict({ N: lie(revision) }),
          }),
        )
        addToForm(revision, revision.add(dict({ FT: name('Sig'), T: textString('x'), Kids: [note] })))
      },
    ],
    ['another catalog', revision => revision.update(revision.root, { OpenAction: dict({ S: name('JavaScript') }) })],
    [
      'another appearance of the signature',
      revision => {
        const field = fieldNamed(revision, 'ky_nguoi')
        revision.update(field, { AP: dict({ N: revision.add(stream({}, Buffer.alloc(0))) }) })
      },
    ],
  ]
  for (const [what, forge] of forgeries)
    it(`a revision with ${what} is found`, () => {
      const forged = appendRevision(sealed, forge)
      assert.equal(holds(forged), false)
      // Every signature still holds for its own bytes; what came afterwards was not permitted.
      assert.ok(reports(forged).every(each => each.integrity))
      assert.ok(reports(forged).some(each => each.changesAfter?.permitted === false))
    })

  it('a number and a seal of one’s own on a cut-off officer’s signature are found', async () => {
    const forged = appendRevision(await acts.number(signed, '99', '2020-01-01'), revision => {
      const field = fieldNamed(revision, 'ky_coquan')
      revision.update(field, { AP: dict({ N: lie(revision) }) })
    })
    assert.equal(told(forged), 'changed')
  })

  it('a document laid into the hole of a genuine signature is found', () => {
    const forged = layOver(sealed, 'FORGED')
    assert.match(Buffer.from(forged).toString('latin1'), /FORGED/)
    const [only, ...more] = reports(forged)
    assert.equal(more.length, 0)
    // All that was signed is there, and the file as it is was signed by nobody.
    assert.deepEqual([only?.integrity, only?.coverage.wholeRevision, only?.coverage.wholeFile], [true, false, false])
    assert.equal(holds(forged), false)
    assert.notEqual(told(forged), 'valid')
  })

  it('a file made to keep us busy is refused soon', () => {
    const packed = deflateSync(Buffer.alloc(40_000_000))
    const many = Array.from({ length: 60 }, () => '0 300000').join(' ')
    const bomb = Buffer.concat([
      Buffer.from(
        `%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 1/W[1 0 0]/Index[${many}]/Filter/FlateDecode/Length ${packed.length}>>\nstream\n`,
      ),
      packed,
      Buffer.from('\nendstream\nendobj\nstartxref\n9\n%%EOF'),
    ])
    const verdict = verifyPdf(bomb, roots, at)
    assert.deepEqual(verdict, { kind: 'unreadable', reason: 'cross-reference too long' })
    const shared = appendRevision(sealed, revision => {
      const value = revision.dict(fieldNamed(revision, 'ky_nguoi')).get('V') ?? null
      for (let n = 0; n < 100; n++)
        addToForm(
          revision,
          revision.add(dict({ Subtype: name('Widget'), FT: name('Sig'), T: textString(`x${n}`), V: value })),
        )
    })
    assert.deepEqual(verifyPdf(shared, roots, at), { kind: 'unreadable', reason: 'two fields share one signature' })
  })

  it('refuses to seal twice, a number no font can draw, and a file that is none', async () => {
    await assert.rejects(acts.seal(sealed, agency, at), /already signed/)
    await assert.rejects(acts.number(signed, '七', '2026-11-20'), /outside the embedded font/)
    await assert.rejects(acts.seal(Buffer.from('%PDF-1.7 nothing'), agency, at), /startxref/)
  })

  it('a key that cannot be opened fails the act, not the process', async () => {
    await assert.rejects(acts.seal(numbered, { ...agency, id: 'another' }, at))
    assert.ok(holds(await acts.seal(numbered, agency, at)))
  })
})

function firstPage(revision: Revision): Ref {
  const pages = revision.dict(revision.dict(revision.root).get('Pages'))
  const [page] = revision.array(pages.get('Kids'))
  assert.ok(page instanceof Ref)
  return page
}
function fieldNamed(revision: Revision, wanted: string): Ref {
  const found = findField(revision, wanted)
  assert.ok(found !== null)
  return found
}
