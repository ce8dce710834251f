// Seals: what a day changed stands under one root; a citizen checks the own history offline; whoever rewrites it is found.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { proofOf, sealHistories, verifySeals } from '../src/modules/dossier/index.ts'
import { leafHash } from '../src/platform/crypto/merkle.ts'
import { launchBrowser } from './support/browser.ts'
import { act, CITIZEN, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('seals of histories', () => {
  let test: TestApp
  let citizen: Visitor
  let clerk: Visitor
  before(async () => {
    test = await testApp()
    citizen = await new Visitor(test.app).signIn(CITIZEN.phone)
    clerk = await new Visitor(test.app).signIn('motcua1')
  })
  after(() => test.close())
  const house = () => test.app.house
  const faultsOf = async () => (await verifySeals(test.app.db)).faults

  it('cover what changed since the last one, once, and stand on each other', async () => {
    assert.deepEqual(await sealHistories(house()), [])
    const first = await fileDossier(test.app)
    const second = await fileDossier(test.app)
    assert.equal((await citizen.get(`/ho-so/${first.id}/bang-chung.json`)).status, 404)
    assert.match((await citizen.get(`/ho-so/${first.id}/bang-chung`)).body, /chưa nằm trong niêm phong nào/)
    assert.deepEqual(await sealHistories(house()), [1])
    assert.deepEqual(await sealHistories(house()), [])
    assert.equal((await act(clerk, first.id, 'tiep-nhan')).status, 303)
    assert.deepEqual(await sealHistories(house()), [2])
    const one = JSON.parse((await citizen.get('/niem-phong/1')).body)
    const two = JSON.parse((await citizen.get('/niem-phong/2')).body)
    assert.equal(JSON.parse(one.seal).leaves, 2)
    assert.equal(JSON.parse(two.seal).leaves, 1)
    assert.equal(JSON.parse(two.seal).previous, one.root)
    assert.deepEqual(
      (await proofOf(test.app.db, first.id))?.leaves.map(({ seal, seq }) => [seal, seq]),
      [
        [1, 1],
        [2, 2],
      ],
    )
    assert.equal((await proofOf(test.app.db, second.id))?.root, one.root)
    const list = await new Visitor(test.app).get('/niem-phong')
    assert.ok(list.body.includes(one.root) && list.body.includes(two.root))
    assert.deepEqual(await faultsOf(), [])
  })

  it('twenty at once make each leaf once', async () => {
    const ids = []
    for (let i = 0; i < 8; i++) ids.push((await fileDossier(test.app)).id)
    const made = (await Promise.all(Array.from({ length: 20 }, () => sealHistories(house())))).flat()
    assert.equal(made.length, 1)
    assert.deepEqual(await faultsOf(), [])
  })

  it('a person checks the own history from the disk, without this server', async () => {
    const { id } = await fileDossier(test.app)
    await sealHistories(house())
    await fileDossier(test.app)
    await sealHistories(house())
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    await sealHistories(house())
    const proof = (await citizen.get(`/ho-so/${id}/bang-chung.json`)).body
    assert.doesNotMatch(proof, /Nguyễn|044185000123|0912000123/)
    assert.equal(
      (await (await new Visitor(test.app).signIn('0912000456')).get(`/ho-so/${id}/bang-chung.json`)).status,
      404,
    )
    const folder = mkdtempSync(join(tmpdir(), 'motcua-seal-'))
    const browser = await launchBrowser()
    try {
      writeFileSync(join(folder, 'kiem-tra.html'), (await new Visitor(test.app).get('/niem-phong/kiem-tra.html')).body)
      const page = await (await browser.newContext({ viewport: { width: 360, height: 800 } })).newPage()
      await page.goto(pathToFileURL(join(folder, 'kiem-tra.html')).href)
      const told = async (text: string, root: string): Promise<string> => {
        writeFileSync(join(folder, 'proof.json'), text)
        await page.setInputFiles('#file', [])
        await page.waitForSelector('.box', { state: 'detached' })
        await page.fill('#root', root)
        await page.setInputFiles('#file', join(folder, 'proof.json'))
        await page.waitForSelector('.box')
        return page.innerText('.box')
      }
      const { root } = JSON.parse(proof)
      assert.match(await told(proof, root), /Lịch sử đúng như đã niêm phong/)
      assert.match(await told(proof, ''), /khớp với niêm phong trong tệp/)
      assert.match(await told(proof, 'ab'.repeat(32)), /khác mã đã công bố/)
      assert.match(await told(proof.replace('submitted', 'submittee'), root), /không phải lịch sử đã niêm phong/)
      assert.match(await told(JSON.stringify({ ...JSON.parse(proof), entries: [] }), root), /có bước đã bị bỏ/)
      const parts = JSON.parse(proof)
      assert.deepEqual([parts.seals.length, parts.leaves.length, parts.entries.length], [3, 2, 2])
      assert.match(await told(JSON.stringify({ ...parts, seals: parts.seals.slice(1) }), root), /đã có thay đổi|thiếu/)
      assert.match(
        await told(JSON.stringify({ ...parts, seals: [parts.seals[0], parts.seals[2]] }), root),
        /không nối tiếp/,
      )
      // Rewritten as the owner of the database would between two seals: the last alone would not tell.
      const [one, two] = parts.entries.map((entry: string) => JSON.parse(entry))
      /** Entries made anew, under a last seal made for them, with the leaves before it or without. */
      const remade = (entries: readonly object[], sealedBefore: boolean) => {
        const texts = entries.map(entry => JSON.stringify(entry))
        const head = texts.reduce(
          (hash, text) => createHash('sha256').update(hash).update(text).digest(),
          createHash('sha256').update(id).digest(),
        )
        const tree = leafHash(`${id} 2 ${head.toString('hex')}`).toString('hex')
        const seal = JSON.stringify({ ...JSON.parse(parts.seals[2]), leaves: 1, tree })
        return JSON.stringify({
          ...parts,
          entries: texts,
          seals: [...(sealedBefore ? parts.seals.slice(0, 2) : []), seal],
          leaves: [...(sealedBefore ? [parts.leaves[0]] : []), { ...parts.leaves[1], path: [] }],
        })
      }
      const forged = [{ ...one, actor: 'citizen:ai-khac' }, two]
      assert.match(await told(remade(forged, true), ''), /không phải lịch sử đã niêm phong \(niêm phong số \d+\)/)
      // Without the seals that would not fit the rest holds; that nobody sealed it for days is said.
      const days = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString()
      const odd = () => page.locator('.box.odd').allInnerTexts()
      assert.match(
        await told(
          remade(
            [
              { ...one, at: days(9) },
              { ...two, at: days(8) },
            ],
            false,
          ),
          '',
        ),
        /khớp với niêm phong/,
      )
      assert.match(String(await odd()), /Mọi bước được niêm phong muộn[\s\S]*bước 1 ghi lúc/)
      assert.match(await told(remade([{ ...one, at: days(9) }, two], false), ''), /khớp/)
      assert.match(String(await odd()), /^1 bước được niêm phong muộn/)
      assert.match(await told(proof, root), /Lịch sử đúng như đã niêm phong/)
      assert.deepEqual(await odd(), [])
      // What 0.2.0 gave out is still read.
      const old = {
        format: 'motcua-history-proof-1',
        dossier: parts.dossier,
        entries: parts.entries,
        sealedSeq: parts.leaves[1].seq,
        path: parts.leaves[1].path,
        seal: parts.seals[2],
        root,
      }
      assert.match(await told(JSON.stringify(old), root), /Lịch sử đúng như đã niêm phong/)
      assert.match(await told('{', root), /không đọc được/)
    } finally {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('whoever rewrites a history, a leaf or a seal as the owner of the database is found', async () => {
    const as = (sql: string) => asAdmin(test.databaseUrl, async client => void (await client.query(sql)))
    const cases: readonly [string, string, string, RegExp][] = [
      [
        'an entry',
        'update dossier.entry set hash = sha256(hash) where (dossier_id, seq) = (select dossier_id, seq from dossier.seal_leaf where seal = 1 and position = 0)',
        '',
        /seal 1: entry \d+ of .* is not the one that was sealed/,
      ],
      [
        'a leaf',
        'update dossier.seal_leaf set seq = seq + 7 where seal = 1 and position = 0',
        '',
        /seal 1: its leaves were changed/,
      ],
      [
        'a seal',
        'update dossier.seal set body = replace(body, \'"leaves":2\', \'"leaves":1\') where number = 1',
        '',
        /seal 1: its text was changed/,
      ],
    ]
    for (const [what, harm, , said] of cases) {
      // Put back by a copy, so that each fault stands alone.
      await as('create table if not exists public.kept_entry as select * from dossier.entry')
      await as('create table if not exists public.kept_leaf as select * from dossier.seal_leaf')
      await as('create table if not exists public.kept_seal as select * from dossier.seal')
      await as(harm)
      const faults = await faultsOf()
      assert.ok(
        faults.some(fault => said.test(fault)),
        `${what}: ${faults.join('; ')}`,
      )
      await as(
        `update dossier.entry e set hash = k.hash from public.kept_entry k where k.dossier_id = e.dossier_id and k.seq = e.seq`,
      )
      await as(
        `update dossier.seal_leaf l set seq = k.seq from public.kept_leaf k where k.seal = l.seal and k.position = l.position`,
      )
      await as(`update dossier.seal s set body = k.body from public.kept_seal k where k.number = s.number`)
      assert.deepEqual(await faultsOf(), [])
    }
    await assert.rejects(test.app.db.updateTable('dossier.seal').set({ body: '' }).execute(), /permission denied/)
  })
})
