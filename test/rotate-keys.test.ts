// A new generation of keys reaches everything that is stored, while two programs go on writing, and nothing becomes unreadable.
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { buildApp } from '../src/app/build-app.ts'
import { verifyHistories } from '../src/modules/dossier/index.ts'
import { act, CITIZEN, fileDossier, PERMIT_GRANTED, searchDesk, stateOf } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

/** Bytes that are no secrets: hashes, salts, blind indexes, identities of sessions, published time stamps. */
const PLAIN =
  /(^|_)(index|hash|digest|sha256|salt|root)$|^(session|token)\.id$|^activation\.code$|^seal_stamp\.token$|^key_check\.mark$/

describe('rotating keys', () => {
  let test: TestApp
  let folder: string
  before(async () => {
    // A ring of its own: the other tests go on with theirs.
    folder = mkdtempSync(join(tmpdir(), 'motcua-ring-'))
    const ring = join(folder, 'ring.json')
    copyFileSync(process.env.MOTCUA_TEST_KEYS ?? '', ring)
    test = await testApp({}, { keyRingFile: ring })
  })
  after(async () => {
    await test.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('knows every column that holds something sealed', async () => {
    const declared = new Set(
      test.app.modules.flatMap(module => (module.sealed ?? []).map(each => `${each.table}.${each.column}`)),
    )
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query<{ name: string; short: string; column: string }>(
        `select table_schema || '.' || table_name || '.' || column_name as name, table_name || '.' || column_name as short,
           column_name as column from information_schema.columns c
         join pg_class k on k.relname = c.table_name and k.relnamespace = c.table_schema::regnamespace and not k.relispartition
         where data_type = 'bytea' and table_schema not in ('pg_catalog', 'information_schema', 'graphile_worker', 'public')`,
      ),
    )
    const unknown = rows.filter(row => !declared.has(row.name) && !PLAIN.test(row.column) && !PLAIN.test(row.short))
    assert.deepEqual(
      unknown.map(row => row.name),
      [],
    )
    for (const name of declared)
      assert.ok(
        rows.some(row => row.name === name),
        `${name} is declared and absent`,
      )
  })

  it('reaches everything while people file and officers act', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const specialist = await new Visitor(test.app).signIn('chuyenvien1')
    const citizen = await new Visitor(test.app).signIn(CITIZEN.phone)
    const { id } = await fileDossier(test.app)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    assert.equal((await act(clerk, id, 'ghi-chu', { 'ghi-chu': 'Đã gọi điện' })).status, 303)
    await test.app.runJobs()
    // Another process, which has read the ring before.
    const other = await buildApp(test.config, test.databaseUrl)
    let stop = false
    let filed = 0
    const people = [test.app, other].map(async app => {
      while (!stop) {
        await fileDossier(app)
        filed++
      }
    })
    let rotation: Awaited<ReturnType<typeof test.app.rotateKeys>>
    try {
      rotation = await test.app.rotateKeys({ next: true, say: () => undefined })
    } finally {
      stop = true
      await Promise.all(people)
      await other.close()
    }
    assert.equal(rotation.generation, 2)
    assert.ok(rotation.values > 10 && rotation.files > 0 && filed > 5, JSON.stringify({ ...rotation, filed }))
    for (const { table, column } of test.app.modules.flatMap(module => module.sealed ?? [])) {
      const { rows } = await asAdmin(test.databaseUrl, client =>
        client.query<{ old: string }>(`select count(*) as old from ${table} where get_byte(${column}, 0) <> 2`),
      )
      assert.equal(Number(rows[0]?.old), 0, `${table}.${column}`)
    }
    assert.deepEqual(await test.app.rotateKeys({ next: false, say: () => undefined }), {
      generation: 2,
      values: 0,
      files: 0,
    })
    assert.deepEqual((await verifyHistories(test.app.db, test.app.platform.keys)).faults, [])

    // What was written before is read, found and signed as before.
    const own = await citizen.get(`/ho-so/${id}`)
    const paper = /\/ho-so\/[^"]+\/tep\/[^"]+/.exec(own.body)?.[0] ?? ''
    assert.ok((await citizen.get(paper)).body === smallPdf.toString(), 'the paper reads otherwise')
    const found = await searchDesk(clerk, CITIZEN.idNumber)
    assert.ok(found.body.includes('/ban-lam-viec/ho-so/'), 'the blind index finds no dossier of the person')
    assert.equal((await act(specialist, id, 'quyet-dinh', PERMIT_GRANTED)).status, 303)
    const head = await new Visitor(test.app).signIn('truongphong1')
    const leader = await new Visitor(test.app).signIn('chutich1')
    assert.equal((await act(head, id, 'ky-nhay')).status, 303)
    const page = await leader.get(`/ban-lam-viec/ho-so/${id}`)
    const form = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq') }
    assert.equal((await leader.post(`/ban-lam-viec/ho-so/${id}/ky-duyet`, form)).status, 303)
    await test.app.runJobs()
    assert.equal((await stateOf(test.app, id)).step, 'vao-so')
    const ring = JSON.parse(readFileSync(test.config.keyRingFile, 'utf8'))
    assert.deepEqual(Object.keys(ring.keys), ['1', '2'])
  })
})
