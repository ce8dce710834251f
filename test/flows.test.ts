// What happens beside the straight road: supplement, refusal, withdrawal, return, stale pages, repeats, strangers.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { verifyOne } from '../src/modules/dossier/index.ts'
import { manualClock } from '../src/platform/clock.ts'
import { newId } from '../src/platform/id.ts'
import { act, fileDossier, PERMIT_GRANTED, stateOf } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

const REASON = { 'ly-do': 'Bản vẽ chưa có mặt cắt móng', 'can-cu': 'Điều 55 NĐ 175/2024/NĐ-CP' }

describe('beside the straight road', () => {
  let test: TestApp
  let clerk: Visitor
  let specialist: Visitor
  let citizen: Visitor
  // Monday 23/11/2026, 9:00 in Việt Nam; the 24th is a holiday.
  const clock = manualClock(new Date('2026-11-23T02:00:00.000Z'))
  const minutes = (count: number) => clock.advance(count * 60_000)

  before(async () => {
    test = await testApp({ clock })
    clerk = await new Visitor(test.app).signIn('motcua1')
    specialist = await new Visitor(test.app).signIn('chuyenvien1')
    citizen = await new Visitor(test.app).signIn('0912000123')
  })
  after(async () => {
    await test.close()
  })
  const received = async () => {
    const { id } = await fileDossier(test.app)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    return id
  }

  it('a supplement at intake may be asked once; the answer brings it back to the clerk', async () => {
    const { id } = await fileDossier(test.app)
    const asked = await act(clerk, id, 'yeu-cau-bo-sung', { ...REASON, 'giay-to': ['ban-ve'] })
    assert.equal(asked.status, 303, asked.body)
    assert.equal((await stateOf(test.app, id)).state, 5)
    const own = await citizen.get(`/ho-so/${id}`)
    assert.match(own.body, /Bản vẽ chưa có mặt cắt móng/)
    const empty = await citizen.upload(
      `/ho-so/${id}/bo-sung`,
      { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq'), 'giai-trinh': '' },
      [],
    )
    assert.equal(empty.status, 422)
    // One chance only: what was asked for is in it, or the person says that it cannot be.
    const without = await citizen.upload(
      `/ho-so/${id}/bo-sung`,
      { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq'), 'giai-trinh': 'Tôi sẽ nộp sau' },
      [],
    )
    assert.equal(without.status, 422)
    assert.match(without.body, /Chưa có “Bản vẽ thiết kế xây dựng”\. Chỉ được bổ sung một lần/)
    const answer = await citizen.upload(
      `/ho-so/${id}/bo-sung`,
      { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq'), 'giai-trinh': 'Đã thêm' },
      [{ field: 'giay-to.ban-ve', name: 'mat-cat.pdf', content: smallPdf }],
    )
    assert.equal(answer.status, 303, answer.body)
    assert.equal((await stateOf(test.app, id)).state, 1)
    const again = await act(clerk, id, 'yeu-cau-bo-sung', { ...REASON, 'giay-to': ['ban-ve'] })
    assert.equal(again.status, 409)
    assert.match(again.body, /một lần/)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    const desk = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    assert.match(desk.body, /mat-cat\.pdf/)
    assert.equal((await verifyOne(test.app.db, test.app.platform.keys, id)).fault, null)
  })

  it('a supplement during appraisal pauses the clock and gives back the very minutes that were left', async () => {
    const id = await received()
    const before = await stateOf(test.app, id)
    minutes(60)
    assert.equal((await act(specialist, id, 'yeu-cau-bo-sung', { ...REASON, 'noi-dung': 'Thêm mặt cắt' })).status, 303)
    const paused = await stateOf(test.app, id)
    assert.equal(paused.due_at, null)
    assert.ok((paused.remaining_minutes ?? 0) > 0)
    // A week later at the same hour.
    clock.set(new Date('2026-11-30T03:00:00.000Z'))
    citizen = await new Visitor(test.app).signIn('0912000123')
    const own = await citizen.get(`/ho-so/${id}`)
    const answer = await citizen.upload(
      `/ho-so/${id}/bo-sung`,
      { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq'), 'giai-trinh': 'Đã thêm' },
      [],
    )
    assert.equal(answer.status, 303, answer.body)
    const resumed = await stateOf(test.app, id)
    assert.equal(resumed.state, 4)
    // Paused Monday 10:00 to the Monday after, 10:00: four working days (the 24th is off), so the end moves by four working days.
    assert.equal(before.due_at?.toISOString(), '2026-12-15T10:30:00.000Z')
    assert.equal(resumed.due_at?.toISOString(), '2026-12-21T10:30:00.000Z')
    clock.set(new Date('2026-11-23T04:00:00.000Z'))
  })

  it('a refusal needs reason and ground; what was typed stays; the person reads both', async () => {
    const { id } = await fileDossier(test.app)
    const bare = await act(clerk, id, 'tu-choi', { 'ly-do': 'Không thuộc thẩm quyền <b>', 'can-cu': '' })
    assert.equal(bare.status, 422)
    assert.match(bare.body, /Không thuộc thẩm quyền &lt;b>/)
    assert.equal((await stateOf(test.app, id)).state, 1)
    assert.equal((await act(clerk, id, 'tu-choi', REASON)).status, 303)
    assert.equal((await stateOf(test.app, id)).state, 3)
    assert.match((await citizen.get(`/ho-so/${id}`)).body, /Điều 55 NĐ 175\/2024/)
    assert.equal((await citizen.get(`/phieu/${id}/mau-03.pdf`)).status, 200)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 403)
  })

  it('the applicant withdraws while nothing is signed', async () => {
    const id = await received()
    const own = await citizen.get(`/ho-so/${id}`)
    const form = { khoa: hidden(own.body, 'khoa'), seq: hidden(own.body, 'seq') }
    assert.equal((await citizen.post(`/ho-so/${id}/rut`, { ...form, 'ly-do': '' })).status, 422)
    assert.equal((await citizen.post(`/ho-so/${id}/rut`, { ...form, 'ly-do': 'Đổi ý' })).status, 303)
    assert.equal((await stateOf(test.app, id)).state, 7)
    assert.equal((await citizen.get(`/phieu/${id}/mau-05.pdf`)).status, 200)
    const todo = await test.app.db.selectFrom('dossier.todo').select('step').where('dossier_id', '=', id).execute()
    assert.deepEqual(todo, [])
  })

  it('the head returns a draft; it goes to the very specialist who wrote it, and initials fall', async () => {
    const id = await received()
    assert.equal((await act(specialist, id, 'quyet-dinh', PERMIT_GRANTED)).status, 303)
    const head = await new Visitor(test.app).signIn('truongphong1')
    const leader = await new Visitor(test.app).signIn('chutich1')
    assert.equal((await act(head, id, 'ky-nhay')).status, 303)
    minutes(1)
    const back = await act(leader, id, 'tra-lai', { 'ly-do': 'Ghi lại cốt nền' })
    assert.equal(back.status, 303, back.body)
    assert.equal((await stateOf(test.app, id)).step, 'ky-nhay')
    const document = await test.app.db
      .selectFrom('dossier.document')
      .select('state')
      .where('dossier_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal(document.state, 'draft')
    assert.equal((await act(head, id, 'tra-lai', { 'ly-do': 'Ghi lại' })).status, 303)
    assert.equal((await stateOf(test.app, id)).step, 'tham-dinh')
    // It begins with who sent it back and why, and with what was typed before.
    const again = (await specialist.get(`/ban-lam-viec/ho-so/${id}`)).body
    assert.match(again, /Phan Phương Chi trả lại bước này lúc[\s\S]*<p class="pre">Ghi lại<\/p>/)
    assert.match(again, new RegExp(`name="ket-qua" value="${PERMIT_GRANTED['ket-qua']}" checked`))
    for (const [name, text] of Object.entries(PERMIT_GRANTED).filter(([name]) => name.startsWith('thu.')))
      assert.ok(again.split(`name="${name}"`)[1]?.slice(0, 200).includes(text), name)
    const todo = await test.app.db
      .selectFrom('dossier.todo as t')
      .innerJoin('organisation.assignment as a', 'a.position_id', 't.position_id')
      .innerJoin('organisation.officer as o', 'o.id', 'a.officer_id')
      .select('o.key')
      .where('t.dossier_id', '=', id)
      .execute()
    assert.deepEqual(
      todo.map(row => row.key),
      ['chuyenvien1'],
    )
    assert.equal((await verifyOne(test.app.db, test.app.platform.keys, id)).fault, null)
  })

  it('who acts second is told who acted first, and nothing changes', async () => {
    const { id } = await fileDossier(test.app)
    const page = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    const late = await clerk.post(`/ban-lam-viec/ho-so/${id}/tu-choi`, {
      khoa: newId(clock.now()),
      seq: hidden(page.body, 'seq'),
      ...REASON,
    })
    assert.equal(late.status, 409)
    assert.match(late.body, /Tiếp nhận hồ sơ, Trần Thanh Cường/)
    assert.equal((await stateOf(test.app, id)).state, 4)
  })

  it('the same press twice is one act; the same key with another body is refused', async () => {
    const { id } = await fileDossier(test.app)
    const page = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    const form = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq') }
    const [one, two] = await Promise.all([
      clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, form),
      clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, form),
    ])
    assert.deepEqual([one.status, two.status], [303, 303])
    assert.equal(one.location, two.location)
    assert.equal((await stateOf(test.app, id)).seq, 2)
    const other = await clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, { ...form, them: 'x' })
    assert.equal(other.status, 409)
  })

  it('fifty receptions at once take fifty codes, none twice', async () => {
    const ids = []
    for (let i = 0; i < 50; i++) ids.push((await fileDossier(test.app)).id)
    const pages = await Promise.all(ids.map(id => clerk.get(`/ban-lam-viec/ho-so/${id}`)))
    const replies = await Promise.all(
      ids.map((id, index) =>
        clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, { khoa: hidden(pages[index]?.body ?? '', 'khoa'), seq: '1' }),
      ),
    )
    assert.deepEqual([...new Set(replies.map(reply => reply.status))], [303])
    const codes = await Promise.all(ids.map(async id => (await stateOf(test.app, id)).code))
    assert.equal(new Set(codes).size, 50)
    for (const code of codes) assert.match(code ?? '', /^H99\.A01-261123-\d{4}$/)
  })

  it('a foreign agency and a stranger find nothing', async () => {
    const id = await received()
    const foreign = await new Visitor(test.app).signIn('motcua2')
    const stranger = await new Visitor(test.app).signIn('0912000456')
    assert.equal((await foreign.get(`/ban-lam-viec/ho-so/${id}`)).status, 404)
    assert.equal(
      (await foreign.post(`/ban-lam-viec/ho-so/${id}/rut-ho-so`, { khoa: newId(clock.now()), seq: '2', 'ly-do': 'x' }))
        .status,
      404,
    )
    assert.equal((await stranger.get(`/ho-so/${id}`)).status, 404)
    assert.equal(
      (await stranger.post(`/ho-so/${id}/rut`, { khoa: newId(clock.now()), seq: '2', 'ly-do': 'x' })).status,
      404,
    )
    assert.equal((await stranger.get(`/phieu/${id}/mau-01.pdf`)).status, 404)
    assert.equal((await stateOf(test.app, id)).state, 4)
  })

  it('a clerk takes in a walk-in dossier of a person without account', async () => {
    const start = await clerk.post('/ban-lam-viec/tiep-nhan/2.000635')
    assert.equal(start.status, 303)
    const draft = start.location.replace('/nguoi-nop', '')
    assert.equal(
      (
        await clerk.post(`${draft}/nguoi-nop`, {
          'ho-ten': 'Lê Văn Vãng Lai',
          'so-dinh-danh': '04418',
          'dien-thoai': '1',
        })
      ).status,
      422,
    )
    const applicant = await clerk.post(`${draft}/nguoi-nop`, {
      'ho-ten': 'Lê Văn Vãng Lai',
      'so-dinh-danh': '044070000222',
      'dien-thoai': '0987654321',
      kenh: 'counter',
    })
    assert.equal(applicant.status, 303)
    const first = await clerk.post(applicant.location, {
      'nguoi-yeu-cau.ho-ten': 'Lê Văn Vãng Lai',
      'nguoi-yeu-cau.so-dinh-danh': '044070000222',
      'dien-thoai': '0987654321',
    })
    assert.equal(first.status, 303, first.body)
    const second = await clerk.post(first.location, {
      'noi-lam.tinh': '99',
      'noi-lam.xa': '99001',
      'cho-ai': 'toi',
      loai: 'khai-sinh',
      'so-ban': '2',
    })
    assert.equal(second.status, 303, second.body)
    assert.equal((await clerk.post(`${draft}/giay-to`)).status, 303)
    const review = await clerk.get(`${draft}/kiem-tra`)
    const sent = await clerk.post(`${draft}/gui`, { khoa: hidden(review.body, 'khoa') })
    assert.equal(sent.status, 303, sent.body)
    assert.match(sent.location, /^\/ban-lam-viec\/ho-so\//)
    const twice = await clerk.post(`${draft}/gui`, { khoa: hidden(review.body, 'khoa') })
    assert.equal(twice.location, sent.location)
    const id = sent.location.replace(/^.*\/|\?.*$/g, '')
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    const tracked = await new Visitor(test.app).post('/tra-cuu', {
      ma: (await stateOf(test.app, id)).code ?? '',
      'so-cuoi': '654321',
    })
    assert.match(tracked.location, /^\/tra-cuu\/[\w-]{20,}$/)
  })

  it('beginning twice is one draft until something is written; then the page offers to go on', async () => {
    const person = await new Visitor(test.app).signIn('0912000456')
    const begin = () => person.post('/nop-ho-so/1.013225', {})
    const [first, second] = await Promise.all([begin(), begin()])
    assert.equal(first.status, 303)
    assert.equal(second.location, first.location)
    assert.equal((await begin()).location, first.location)
    const page = await person.get(first.location)
    assert.match(page.body, /<form/)
    await person.post(first.location, { 'dien-thoai': '0912000456', email: 'thu@example.vn' })
    const other = await begin()
    assert.notEqual(other.location, first.location)
    const start = await person.get('/nop-ho-so/1.013225')
    assert.match(start.body, /Làm tiếp bản lưu lúc/)
    assert.match(start.body, /Bắt đầu hồ sơ mới/)
  })

  it('a page that does not exist still knows who looks', async () => {
    const lost = await citizen.get('/khong-co-trang-nay')
    assert.equal(lost.status, 404)
    assert.match(lost.body, /dang-xuat/)
    assert.doesNotMatch((await new Visitor(test.app).get('/khong-co-trang-nay')).body, /dang-xuat/)
  })

  it('a procedure of a ministry’s system leads there', async () => {
    const page = await new Visitor(test.app).get('/thu-tuc/9.000003')
    assert.match(page.body, /<a href="https:\/\/dichvucong\.gov\.vn" rel="external noreferrer">/)
  })

  it('a person is written to in the language of the filing, and in the province’s own words where it has some', async () => {
    await test.app.runJobs()
    const toldOf = async (lang: 'vi' | 'en') => {
      minutes(1)
      await fileDossier(test.app, undefined, lang)
      await test.app.runJobs()
      return /<a href="[^"]+">([^<]*(?:&lt;b>)?)<\/a><div class="soft small">[^<]*<\/div><\/li>/.exec(
        (await citizen.get('/ho-so')).body.split('</h2>').at(-1) ?? '',
      )?.[1]
    }
    assert.match((await toldOf('en')) ?? '', /^Your dossier was filed, reference [0-9A-Z]{10}$/)
    await asAdmin(test.databaseUrl, client =>
      client.query(
        "insert into organisation.setting (name, valid, value, source, unverified) values ('notice.submitted', daterange('2025-01-01', null), $1, 'test', false)",
        [JSON.stringify({ vi: 'Tỉnh đã nhận {code} <b>' })],
      ),
    )
    assert.match((await toldOf('vi')) ?? '', /^Tỉnh đã nhận [0-9A-Z]{10} &lt;b>$/)
    // No English was written: Vietnamese rather than nothing.
    assert.match((await toldOf('en')) ?? '', /^Tỉnh đã nhận/)
  })

  it('every look of an officer at a person’s papers leaves a row, also at slips and letters', async () => {
    const id = await received()
    await specialist.get(`/ban-lam-viec/ho-so/${id}`)
    assert.equal((await act(specialist, id, 'quyet-dinh', PERMIT_GRANTED)).status, 303)
    assert.equal((await specialist.get(`/ban-lam-viec/ho-so/${id}/van-ban.pdf`)).status, 200)
    assert.equal((await clerk.get(`/phieu/${id}/mau-01.pdf`)).status, 200)
    const rows = await test.app.db
      .selectFrom('platform.audit')
      .select('action')
      .distinct()
      .where('subject', '=', `dossier:${id}`)
      .where('action', 'like', 'dossier.look%')
      .orderBy('action')
      .execute()
    assert.deepEqual(
      rows.map(row => row.action),
      ['dossier.look', 'dossier.look-letter', 'dossier.look-slip'],
    )
    const from = await test.app.db
      .selectFrom('platform.audit')
      .select(['network', fn => fn.fn.count<number>('request').distinct().as('requests')])
      .where('subject', '=', `dossier:${id}`)
      .groupBy('network')
      .execute()
    assert.deepEqual(
      from.map(row => [row.network, Number(row.requests) > 3]),
      [['127.0.0.1', true]],
      'acts and looks alike',
    )
  })
})
