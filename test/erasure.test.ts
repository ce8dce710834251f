// A person's data is destroyed: nothing of it is left in any column or message, every chain and seal still holds.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sealHistories, verifyHistories, verifySeals } from '../src/modules/dossier/index.ts'
import { erasePerson } from '../src/modules/privacy/index.ts'
import { houseActor } from '../src/platform/access/actor.ts'
import { act, CITIZEN, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, type TestApp, testApp, Visitor } from './support/test-app.ts'

const REASON = { 'ly-do': 'Không thuộc thẩm quyền của ông Trần Văn Bí Mật', 'can-cu': 'NĐ 118/2025/NĐ-CP' }

describe('erasing a person', () => {
  let test: TestApp
  let clerk: Visitor
  let citizen: Visitor
  before(async () => {
    test = await testApp()
    clerk = await new Visitor(test.app).signIn('motcua1')
    citizen = await new Visitor(test.app).signIn(CITIZEN.phone)
  })
  after(() => test.close())
  const erase = (plan = false) =>
    erasePerson(test.app.house, CITIZEN.idNumber, { actor: houseActor('privacy'), ground: 'QĐ 12/QĐ-UBND', plan })

  it('refuses while a dossier is under way, and for somebody unknown', async () => {
    const { id, reference } = await fileDossier(test.app)
    assert.deepEqual(await erase(), { kind: 'under-way', codes: [reference] })
    const stranger = { actor: houseActor('privacy'), ground: 'x' }
    assert.deepEqual(await erasePerson(test.app.house, '001099000001', stranger), { kind: 'unknown' })
    assert.equal((await citizen.get(`/ho-so/${id}`)).status, 200)
    assert.equal((await act(clerk, id, 'tu-choi', REASON)).status, 303)
  })

  it('leaves nothing that speaks of the person, and every chain and seal as it was', async () => {
    const { id } = await fileDossier(test.app)
    const own = await citizen.get(`/ho-so/${id}`)
    const form = { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq'), 'ly-do': 'Tôi, Nguyễn Thị Mẫu, đổi ý' }
    assert.equal((await citizen.post(`/ho-so/${id}/rut`, form)).status, 303)
    await test.app.runJobs()
    await sealHistories(test.app.house)
    const planned = await erase(true)
    assert.equal(planned.kind === 'planned' && planned.codes.length, 2)
    assert.equal((await citizen.get(`/ho-so/${id}`)).status, 200, 'a plan changes nothing')
    // More drafts than a list shows.
    for (let count = 0; count < 52; count++) {
      const { location } = await citizen.post('/nop-ho-so/1.013225')
      await citizen.post(`${location}`, { 'dien-thoai': '0912000123', email: 'mau@example.vn' })
    }
    const outcome = await erase()
    assert.equal(outcome.kind === 'erased' && outcome.codes.length, 2)
    await test.app.runJobs()
    const drafts = await test.app.db.selectFrom('dossier.draft').select('id').execute()
    assert.deepEqual(drafts, [])

    const report = await verifyHistories(test.app.db, test.app.platform.keys)
    assert.deepEqual(report.faults, [])
    assert.ok(report.withoutPayload >= 2)
    await sealHistories(test.app.house)
    assert.deepEqual((await verifySeals(test.app.db)).faults, [])

    // Every text of every table, and every sealed value opened, as far as one can.
    const held = await asAdmin(test.databaseUrl, async client => {
      const { rows: tables } = await client.query<{ name: string }>(
        `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      )
      const found: string[] = []
      for (const { name } of tables) {
        const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${name} t where t::text ~ $1`, [
          `${CITIZEN.idNumber}|${CITIZEN.phone}|Nguyễn Thị Mẫu|nguyen thi mau|Bí Mật|mau@example`,
        ])
        if (Number(rows[0]?.n) > 0) found.push(name)
      }
      for (const each of ['payload', 'note', 'paper', 'document']) {
        const { rows } = await client.query(`select 1 from dossier.${each} where dossier_id = $1`, [id])
        if (rows.length > 0) found.push(each)
      }
      const { rows: kept } = await client.query(
        `select 1 from identity.person where num_nonnulls(id_number, phone, email, profile, id_index) > 0 and name = '—'`,
      )
      if (kept.length > 0) found.push('person')
      const { rows: files } = await client.query('select 1 from platform.file where owner = $1', [`dossier:${id}`])
      if (files.length > 0) found.push('file')
      return found
    })
    assert.deepEqual(held, [])

    assert.equal((await citizen.get('/ho-so')).status, 303, 'the session has ended')
    await assert.rejects(new Visitor(test.app).signIn(CITIZEN.phone))
    const desk = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    assert.equal(desk.status, 200)
    assert.ok(desk.body.includes('Dữ liệu cá nhân được xóa theo quyết định'))
    assert.deepEqual(await erase(), { kind: 'unknown' })
  })
})
