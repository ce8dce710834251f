// Authorisations: given to a number and a name without telling who is known, held by whom both fit, gone when they are revoked.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { manualClock } from '../src/platform/clock.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { type EidAuthority, eidAuthority } from './support/eid-authority.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, type TestApp, testApp, Visitor } from './support/test-app.ts'

const AGENT = { 'so-dinh-danh': '044090000456', 'ho-ten': 'trần văn  THỬ' }
const COMES_LATER = {
  sub: 'nguoi-den-sau',
  LoaiTaiKhoan: '1',
  SoDinhDanh: '044185000987',
  HoVaTen: 'PHẠM THỊ ĐẾN SAU',
  NgayThangNamSinh: '19850304',
  TechID: 't',
  loAs: '2',
  IAL: '2',
}

describe('authorisations', () => {
  let test: TestApp
  let clerk: Visitor
  let citizen: Visitor
  let authority: EidAuthority
  // Monday 23/11/2026, 9:00 in Việt Nam.
  const clock = manualClock(new Date('2026-11-23T02:00:00.000Z'))

  before(async () => {
    authority = await eidAuthority('motcua', COMES_LATER)
    test = await testApp(
      { clock },
      {
        vneid: { issuer: authority.issuer, clientId: 'motcua', clientSecret: 'bi-mat-cua-may-khach-dai-hon-32-ky-tu' },
      },
    )
    test.app.setOrigin('http://localhost')
    clerk = await new Visitor(test.app).signIn('motcua1')
    citizen = await new Visitor(test.app).signIn('0912000123')
  })
  after(async () => {
    await test.close()
    authority.close()
  })
  /** Ten may be given within a day. */
  const nextDay = async () => {
    clock.advance(86_400_000)
    citizen = await new Visitor(test.app).signIn('0912000123')
  }
  const give = (form: Record<string, string>, days = '30') =>
    citizen.post('/tai-khoan/uy-quyen', { ...form, 'so-ngay': days })
  const given = async () =>
    [...(await citizen.get('/tai-khoan')).body.matchAll(/Ủy quyền cho ([^<]+) đến hết ngày/g)].map(hit => hit[1])
  const heldBy = async (agent: Visitor) =>
    [...(await agent.get('/tai-khoan')).body.matchAll(/Được ([^<]+) ủy quyền/g)].map(hit => hit[1])
  const revokeAll = async () => {
    for (;;) {
      const id = /uy-quyen\/([0-9a-f-]{36})\/thu-hoi/.exec((await citizen.get('/tai-khoan')).body)?.[1]
      if (id === undefined) return
      assert.equal((await citizen.post(`/tai-khoan/uy-quyen/${id}/thu-hoi`)).status, 303)
    }
  }

  /** What an agent began for a principal. */
  let begun = ''

  it('an authorised person files for another; the dossier is the principal’s', async () => {
    const agent = await new Visitor(test.app).signIn('0912000456')
    assert.equal((await give(AGENT, '0')).status, 422)
    assert.equal((await give(AGENT)).status, 303)
    const start = await agent.get('/nop-ho-so/1.004873')
    const principal = /name="cho" value="([0-9a-f-]{36})"/.exec(start.body)?.[1] ?? ''
    const draft = await agent.post('/nop-ho-so/1.004873', { cho: principal })
    const page = await agent.get(draft.location)
    assert.match(page.body, /044185000123/)
    begun = draft.location
  })

  it('whoever filed for another follows the dossier until the mandate is revoked', async () => {
    const agent = await new Visitor(test.app).signIn('0912000456')
    const { id } = await fileDossier(test.app)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    await asAdmin(test.databaseUrl, client =>
      client.query(
        `update dossier.dossier set submitter_id = (select agent_id from identity.mandate where revoked_at is null limit 1)
         where id = $1`,
        [id],
      ),
    )
    const opened = async () => [
      (await agent.get(`/ho-so/${id}`)).status,
      (await agent.get(`/phieu/${id}/mau-01.pdf`)).status,
      (await agent.get('/ho-so')).body.includes(`/ho-so/${id}`),
    ]
    assert.deepEqual(await opened(), [200, 200, true])
    const page = await agent.get(`/ho-so/${id}`)
    // Its days are over: what was filed is still followed, and the principal sees it and can end it.
    await asAdmin(test.databaseUrl, client =>
      client.query(`update identity.mandate set valid = '[2025-01-01,2025-02-01)'`),
    )
    assert.deepEqual(await opened(), [200, 200, true])
    assert.match((await citizen.get('/tai-khoan')).body, /đã hết hạn được ủy quyền/)
    // Given again, ten times at once: one mandate, and the older one goes with it.
    await Promise.all(Array.from({ length: 9 }, () => give(AGENT)))
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query<{ n: number }>('select count(*)::int as n from identity.mandate where revoked_at is null'),
    )
    assert.equal(rows[0]?.n, 2)
    assert.equal((await citizen.get('/tai-khoan')).body.match(/thu-hoi/g)?.length, 1)
    assert.equal((await agent.get(begun)).status, 200)
    const mandate = /uy-quyen\/([0-9a-f-]{36})\/thu-hoi/.exec((await citizen.get('/tai-khoan')).body)?.[1] ?? ''
    assert.equal((await citizen.post(`/tai-khoan/uy-quyen/${mandate}/thu-hoi`)).status, 303)
    assert.deepEqual(await opened(), [404, 404, false])
    assert.equal((await agent.get(begun)).status, 404, 'and what was begun with the principal’s data')
    assert.doesNotMatch((await citizen.get('/tai-khoan')).body, /thu-hoi/)
    const form = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq'), 'ly-do': 'Đổi ý' }
    assert.equal((await agent.post(`/ho-so/${id}/rut`, form)).status, 404)
    const own = await citizen.get(`/ho-so/${id}`)
    const keys = { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq') }
    assert.equal((await citizen.post(`/ho-so/${id}/rut`, { ...keys, 'ly-do': 'Đổi ý' })).status, 303)
    await test.app.runJobs()
    const { rows: told } = await asAdmin(test.databaseUrl, client =>
      client.query<{ channel: string }>('select channel from notifications.message where key like $1 order by 1', [
        `${id}:3:%`,
      ]),
    )
    // Not to the phone that was typed when it was filed: to the e-mail address that is known of the person.
    assert.deepEqual(
      told.map(row => row.channel),
      ['app', 'email'],
    )
  })

  it('giving one does not tell who is known here; a number with another name is nobody’s', async () => {
    await nextDay()
    const agent = await new Visitor(test.app).signIn('0912000456')
    const wrongName = { ...AGENT, 'ho-ten': 'Trần Văn Thứ Hai' }
    const nobody = { 'so-dinh-danh': '044090000457', 'ho-ten': 'Không Ai Biết' }
    const answers = [await give(wrongName), await give(nobody), await give(AGENT)]
    assert.deepEqual(
      answers.map(({ status, location, body }) => [status, location, body]),
      answers.map(() => [303, '/tai-khoan', answers[0]?.body]),
    )
    assert.deepEqual((await given()).sort(), ['Không Ai Biết (…457)', 'Trần Văn Thứ Hai (…456)', 'trần văn THỬ (…456)'])
    assert.deepEqual(await heldBy(agent), ['Nguyễn Thị Mẫu'])
    await revokeAll()
    await give(wrongName)
    assert.deepEqual(await heldBy(agent), [])
    assert.doesNotMatch((await agent.get('/nop-ho-so/1.004873')).body, /name="cho"/)
    await revokeAll()
  })

  it('is kept for somebody who signs in with the eID for the first time later', async () => {
    await nextDay()
    await give({ 'so-dinh-danh': COMES_LATER.SoDinhDanh, 'ho-ten': 'Phạm Thị Đến Trước' })
    await give({ 'so-dinh-danh': COMES_LATER.SoDinhDanh, 'ho-ten': 'Phạm Thị Đến Sau' })
    const told = await given()
    const agent = new Visitor(test.app)
    const headers = { host: 'localhost' }
    const away = await agent.send('GET', '/dang-nhap/vneid?tiep=/tai-khoan', { headers })
    const query = authority.approve(away.location)
    const back = await agent.send('GET', `/dang-nhap/vneid/ve${query}`, { headers })
    assert.equal(back.status, 303, back.body)
    assert.deepEqual(await heldBy(agent), ['Nguyễn Thị Mẫu'])
    assert.deepEqual(await given(), told, 'the giver sees no difference')
    await revokeAll()
    assert.deepEqual(await heldBy(agent), [])
  })

  it('what was typed badly is said by its field', async () => {
    await nextDay()
    const said = async (form: Record<string, string>, days?: string) => {
      const answer = await give(form, days)
      assert.equal(answer.status, 422)
      return answer.body
    }
    assert.match(await said({ ...AGENT, 'so-dinh-danh': '12345' }), /Số định danh cá nhân có 12 số/)
    assert.match(await said({ ...AGENT, 'so-dinh-danh': '044185000123' }), /Không thể tự ủy quyền/)
    for (const name of ['', ' - ', 'a'.repeat(101)])
      assert.match(await said({ ...AGENT, 'ho-ten': name }), /Hãy điền họ và tên như trên thẻ căn cước/)
    assert.match(await said(AGENT, '366'), /số ngày từ 1 đến 365/)
  })
})
