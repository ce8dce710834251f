// The counter: what a clerk writes down for a person, also where another agency decides, and what the person takes home.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { manualClock } from '../src/platform/clock.ts'
import { act, CITIZEN, fileDossier, PERMIT, PERMIT_GRANTED, searchDesk, stateOf } from './support/dossiers.ts'
import { pdfText } from './support/pdf-text.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

const EXTRACT = '2.000635'
const PERSON = { 'ho-ten': 'Lê Văn Vãng Lai', 'so-dinh-danh': '044070000222', 'dien-thoai': '0987654321' }

describe('the counter', () => {
  let test: TestApp
  let clerk: Visitor
  // Monday 23/11/2026, 9:00 in Việt Nam.
  const clock = manualClock(new Date('2026-11-23T02:00:00.000Z'))

  before(async () => {
    test = await testApp({ clock })
    clerk = await new Visitor(test.app).signIn('motcua1')
  })
  after(() => test.close())

  /** Writes down a dossier for a person as far as the review page; gives the address of the draft. */
  const writeDown = async (who: Visitor, commune: string, forOther = false): Promise<string> => {
    const draft = (await who.post(`/ban-lam-viec/tiep-nhan/${EXTRACT}`)).location.replace('/nguoi-nop', '')
    const applicant = await who.post(`${draft}/nguoi-nop`, { ...PERSON, kenh: 'counter' })
    assert.equal(applicant.status, 303, applicant.body)
    const first = await who.post(applicant.location, {
      'nguoi-yeu-cau.ho-ten': PERSON['ho-ten'],
      'nguoi-yeu-cau.so-dinh-danh': PERSON['so-dinh-danh'],
      'dien-thoai': PERSON['dien-thoai'],
    })
    assert.equal(first.status, 303, first.body)
    const second = await who.post(first.location, {
      'noi-lam.tinh': '99',
      'noi-lam.xa': commune,
      'cho-ai': forOther ? 'nguoi-khac' : 'toi',
      ...(forOther ? { 'nguoi-duoc-cap.ho-ten': 'Lê Thị Ở Xa', 'nguoi-duoc-cap.so-dinh-danh': '044170000333' } : {}),
      loai: 'khai-sinh',
      'so-ban': '2',
    })
    assert.equal(second.status, 303, second.body)
    assert.equal((await who.post(`${draft}/giay-to`)).status, 303)
    return draft
  }
  const send = async (who: Visitor, draft: string) => {
    const review = await who.get(`${draft}/kiem-tra`)
    const sent = await who.post(`${draft}/gui`, { khoa: hidden(review.body, 'khoa') })
    assert.equal(sent.status, 303, sent.body)
    return { review: review.body, address: sent.location, id: sent.location.replace(/^.*\/|\?.*$/g, '') }
  }

  it('the place that decides starts as the commune of the counter; the review says what is asked for and who decides', async () => {
    const draft = (await clerk.post(`/ban-lam-viec/tiep-nhan/${EXTRACT}`)).location.replace('/nguoi-nop', '')
    const page = await clerk.get(`${draft}/trang/trich-luc`)
    assert.match(page.body, /<option value="99" selected/)
    assert.match(page.body, /<option value="99001" selected/)
    const { review } = await send(clerk, await writeDown(clerk, '99001'))
    assert.match(review, /Cấp bản sao Trích lục hộ tịch/)
    assert.match(review, /Cơ quan giải quyết[\s\S]*Ủy ban nhân dân phường Trung Tâm/)
    // At the provincial centre nothing is presumed.
    const province = await new Visitor(test.app).signIn('motcua-tinh')
    const there = (await province.post(`/ban-lam-viec/tiep-nhan/${EXTRACT}`)).location.replace('/nguoi-nop', '')
    assert.doesNotMatch((await province.get(`${there}/trang/trich-luc`)).body, /<option value="99001" selected/)
  })

  it('what another commune decides is followed where it was written down, and nowhere else', async () => {
    const { id, address } = await send(clerk, await writeDown(clerk, '99002'))
    const { reference } = await test.app.db
      .selectFrom('dossier.dossier')
      .select('reference')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const page = await clerk.get(address)
    assert.equal(page.status, 200)
    assert.match(page.body, /Đã ghi nhận hồ sơ/)
    assert.match(page.body, new RegExp(reference))
    assert.match(page.body, /thẩm quyền của Ủy ban nhân dân phường Bến Đò/)
    assert.doesNotMatch(page.body, /mau-01\.pdf|name="khoa"/)
    // It is found by code and by number there, and by the clerks of a third commune not at all.
    const found = `/ban-lam-viec/ho-so/${id}`
    assert.match((await searchDesk(clerk, reference)).body, new RegExp(found))
    assert.match((await searchDesk(clerk, PERSON['so-dinh-danh'])).body, new RegExp(found))
    const third = await new Visitor(test.app).signIn('motcua3')
    assert.equal((await third.get(found)).status, 404)
    assert.doesNotMatch((await searchDesk(third, reference)).body, new RegExp(found))
    // To follow is not to act: nothing of it can be changed from here.
    const blind = await clerk.post(`${found}/tiep-nhan`, { khoa: '01999999-0000-7000-8000-000000000001', seq: '1' })
    assert.equal(blind.status, 404)
    const there = await new Visitor(test.app).signIn('motcua2')
    assert.equal((await act(there, id, 'tiep-nhan')).status, 303)
    assert.match((await clerk.get(found)).body, /mau-01\.pdf/)
    assert.doesNotMatch((await clerk.get(found)).body, /mau-06\.pdf/)
    assert.equal((await clerk.get(`/phieu/${id}/mau-01.pdf`)).status, 200)
    assert.equal((await clerk.get(`/phieu/${id}/mau-06.pdf`)).status, 404)
    assert.equal((await third.get(`/phieu/${id}/mau-01.pdf`)).status, 404)
    // Whoever follows by the code reads who did what: the clerk of the counter, then the clerk of the commune that decides.
    const token = /\/tra-cuu\/([\w-]+)/.exec((await clerk.get(found)).body)?.[1] ?? ''
    const tracked = (await new Visitor(test.app).get(`/tra-cuu/${token}`)).body
    assert.match(tracked, /Nộp hồ sơ[\s\S]*?Cán bộ một cửa · Trung tâm Phục vụ hành chính công phường Trung Tâm/)
    assert.match(tracked, /Tiếp nhận hồ sơ[\s\S]*?Cán bộ một cửa · Trung tâm Phục vụ hành chính công phường Bến Đò/)
  })

  it('the receipt lists the papers that the clerk ticked, and no others', async () => {
    const receipt = async (form: Record<string, string>) => {
      const { id } = await send(clerk, await writeDown(clerk, '99001', true))
      const desk = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
      assert.match(desk.body, /Bản giấy đã nhận/)
      const done = await act(clerk, id, 'tiep-nhan', form)
      assert.equal(done.status, 303, done.body)
      return pdfText(await clerk.get(`/phieu/${id}/mau-01.pdf`))
    }
    assert.match(await receipt({ 'ban-giay': 'uy-quyen' }), /Văn bản ủy quyền\s+1 bản sao/)
    assert.match(await receipt({}), /Văn bản ủy quyền\s+Không có/)
    const { id } = await send(clerk, await writeDown(clerk, '99001', true))
    assert.equal((await act(clerk, id, 'tiep-nhan', { 'ban-giay': 'khong-co' })).status, 400)
    assert.equal((await stateOf(test.app, id)).state, 1)
    // Where all came as files there is nothing to tick.
    const online = await fileDossier(test.app)
    assert.doesNotMatch((await clerk.get(`/ban-lam-viec/ho-so/${online.id}`)).body, /Bản giấy đã nhận/)
  })

  it('a draft that was put aside is offered where the next is begun; one that was sent says so', async () => {
    const draft = await writeDown(clerk, '99001')
    assert.match((await clerk.get('/ban-lam-viec/tiep-nhan')).body, new RegExp(`${draft}"`))
    assert.match((await clerk.get(draft)).body, /href="\/ban-lam-viec\/tiep-nhan"/)
    await send(clerk, draft)
    const back = await clerk.get(`${draft}/kiem-tra`)
    assert.equal(back.status, 404)
    assert.match(back.body, /đã được gửi hoặc đã bỏ/)
  })

  it('a letter is looked at before it goes up, with what is typed and the block of who will sign', async () => {
    const { id } = await fileDossier(test.app)
    assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
    const specialist = await new Visitor(test.app).signIn('chuyenvien1')
    const address = `/ban-lam-viec/ho-so/${id}/xem-truoc`
    assert.match((await specialist.get(`/ban-lam-viec/ho-so/${id}`)).body, new RegExp(`formaction="${address}"`))
    const shown = await specialist.post(address, {
      'ket-qua': 'cap-phep',
      'thu.cap-phep.cot-nen': '+0,45 m so với mặt đường',
      'thu.cap-phep.chi-gioi': '',
    })
    assert.equal(shown.status, 200)
    assert.equal(shown.headers['content-type'], 'application/pdf')
    const text = pdfText(shown)
    assert.match(text, /\+0,45 m so với mặt đường/)
    assert.match(text, /CHỦ TỊCH/)
    // No name stands there before the signature, and nothing was decided.
    const leader = await test.app.db
      .selectFrom('organisation.officer')
      .select('name')
      .where('key', '=', 'chutich1')
      .executeTakeFirstOrThrow()
    assert.equal(text.includes(leader.name), false)
    assert.equal((await stateOf(test.app, id)).step, 'tham-dinh')
    assert.equal((await specialist.post(address, { 'ket-qua': '' })).status, 422)
    assert.equal((await specialist.post(address, { 'ket-qua': 'khong-co' })).status, 422)
    const foreign = await new Visitor(test.app).signIn('chuyenvien2')
    assert.equal((await foreign.post(address, { 'ket-qua': 'cap-phep' })).status, 404)
    assert.equal((await clerk.post(address, { 'ket-qua': 'cap-phep' })).status, 403)
  })

  it('a person helped at the counter is told of a dossier written down, not of one filed online', async () => {
    await test.app.runJobs()
    const { id } = await send(clerk, await writeDown(clerk, '99001'))
    await test.app.runJobs()
    const mailbox = (await new Visitor(test.app).get('/hop-thu')).body
    const { reference } = await test.app.db
      .selectFrom('dossier.dossier')
      .select('reference')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.match(mailbox, new RegExp(`Đã ghi nhận hồ sơ, mã ${reference}`))
    assert.doesNotMatch(mailbox, new RegExp(`nộp trực tuyến, mã ${reference}`))
  })

  const desks = new Map<string, Visitor>()
  /** Each post does its part, until the result is sealed; `before` each. */
  const untilSealed = async (id: string, before: (step: string) => Promise<void> = async () => undefined) => {
    const steps: [string, string, Record<string, string>][] = [
      ['motcua1', 'tiep-nhan', {}],
      ['chuyenvien1', 'quyet-dinh', PERMIT_GRANTED],
      ['truongphong1', 'ky-nhay', {}],
      ['chutich1', 'ky-duyet', {}],
      ['vanthu1', 'vao-so', { ngay: '23/11/2026' }],
      ['vanthu1', 'dong-dau', {}],
    ]
    for (const [login, name, form] of steps) {
      await before(name)
      const who = desks.get(login) ?? (await new Visitor(test.app).signIn(login))
      desks.set(login, who)
      const done = await act(who, id, name, form)
      assert.equal(done.status, 303, done.body)
      await test.app.runJobs()
    }
    assert.equal((await stateOf(test.app, id)).state, 9)
  }

  it('what was filed online is opened as soon as it is sealed; what was filed on paper is handed over', async () => {
    const citizen = await new Visitor(test.app).signIn('0912000123')
    const stranger = await new Visitor(test.app).signIn('0912000456')
    const { id } = await fileDossier(test.app)
    await untilSealed(id, async name => assert.equal((await citizen.get(`/ho-so/${id}/ket-qua.pdf`)).status, 404, name))
    assert.match((await citizen.get(`/ho-so/${id}`)).body, /ket-qua\.pdf/)
    assert.match(pdfText(await citizen.get(`/ho-so/${id}/ket-qua.pdf`)), /GIẤY PHÉP XÂY DỰNG/)
    assert.equal((await stranger.get(`/ho-so/${id}/ket-qua.pdf`)).status, 404)
    // As if it had come over the counter.
    await asAdmin(test.databaseUrl, client =>
      client.query("update dossier.dossier set channel = 'counter' where id = $1", [id]),
    )
    assert.equal((await citizen.get(`/ho-so/${id}/ket-qua.pdf`)).status, 404)
    const receiver = { 'nguoi-nhan': 'Nguyễn Thị Mẫu' }
    assert.equal((await act(clerk, id, 'tra-ket-qua', receiver)).status, 400)
    assert.equal((await act(clerk, id, 'tra-ket-qua', { ...receiver, 'cach-tra': 'counter' })).status, 303)
    assert.equal((await citizen.get(`/ho-so/${id}/ket-qua.pdf`)).status, 200)
  })

  it('what somebody filed who only says who it is is not found by the number, is marked, and is handed over', async () => {
    const citizen = await new Visitor(test.app).signIn('0912000123')
    const { id, reference } = await fileDossier(test.app, PERMIT, 'vi', null, false)
    const found = (await searchDesk(clerk, CITIZEN.idNumber)).body
    assert.doesNotMatch(found, new RegExp(id))
    assert.match((await searchDesk(clerk, reference)).body, new RegExp(id))
    assert.match((await clerk.get(`/ban-lam-viec/ho-so/${id}`)).body, /Danh tính chưa xác thực/)
    assert.match((await citizen.get(`/ho-so/${id}`)).body, /khi có kết quả, mời ông\/bà mang giấy tờ tùy thân/)
    await untilSealed(id)
    const own = await citizen.get(`/ho-so/${id}`)
    assert.match(own.body, /mang giấy tờ tùy thân đến Bộ phận Một cửa/)
    assert.doesNotMatch(own.body, /ket-qua\.pdf/)
    assert.equal((await citizen.get(`/ho-so/${id}/ket-qua.pdf`)).status, 404)
    assert.match(pdfText(await citizen.get(`/phieu/${id}/mau-01.pdf`)), /Nơi trả kết quả:\s+Trung tâm/)
    // As the desk's page sends it: at the counter only, to somebody whose paper was seen.
    const panel = (await clerk.get(`/ban-lam-viec/ho-so/${id}`)).body
    assert.equal(hidden(panel, 'cach-tra'), 'counter')
    const receiver = { 'nguoi-nhan': 'Nguyễn Thị Mẫu', 'cach-tra': 'counter' }
    assert.equal(
      (await act(clerk, id, 'tra-ket-qua', { ...receiver, 'cach-tra': 'online', 'da-kiem-tra': 'co' })).status,
      400,
    )
    const unseen = await act(clerk, id, 'tra-ket-qua', receiver)
    assert.equal(unseen.status, 422)
    assert.match(unseen.body, /Hãy kiểm tra giấy tờ tùy thân/)
    assert.equal((await act(clerk, id, 'tra-ket-qua', { ...receiver, 'da-kiem-tra': 'co' })).status, 303)
    assert.equal((await citizen.get(`/ho-so/${id}/ket-qua.pdf`)).status, 200)
    // Handed over in another way by an older version: it stays shut.
    await asAdmin(test.databaseUrl, async client => {
      await client.query('alter table dossier.entry disable trigger all')
      await client.query(
        'update dossier.entry set body = replace(body, \'"way":"counter"\', \'"way":"online"\') where dossier_id = $1',
        [id],
      )
    })
    assert.equal((await citizen.get(`/ho-so/${id}/ket-qua.pdf`)).status, 404)
  })

  it('what a changed answer no longer calls for is not sent', async () => {
    const draft = await writeDown(clerk, '99001', true)
    const paper = [{ field: 'giay-to.uy-quyen', name: 'bi-mat.pdf', content: smallPdf }]
    assert.equal((await clerk.upload(`${draft}/giay-to`, { '_tai-len': '1' }, paper)).status, 303)
    const own = { 'noi-lam.tinh': '99', 'noi-lam.xa': '99001', 'cho-ai': 'toi', loai: 'khai-sinh', 'so-ban': '2' }
    assert.equal((await clerk.post(`${draft}/trang/trich-luc`, own)).status, 303)
    const { id } = await send(clerk, draft)
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query(
        "select (select count(*) from dossier.paper where dossier_id = $1) as papers, (select count(*) from platform.file where name = 'bi-mat.pdf') as files",
        [id],
      ),
    )
    assert.deepEqual(rows, [{ papers: 0, files: 0 }])
  })

  it('two tabs on one draft do not undo each other', async () => {
    const draft = await writeDown(clerk, '99001', true)
    const page = {
      'noi-lam.tinh': '99',
      'noi-lam.xa': '99001',
      'cho-ai': 'nguoi-khac',
      'nguoi-duoc-cap.ho-ten': 'Lê Thị Ở Xa',
      'nguoi-duoc-cap.so-dinh-danh': '044170000333',
      loai: 'khai-sinh',
      'so-ban': '2',
    }
    for (let round = 0; round < 10; round++) {
      const name = `giay-${round}.pdf`
      await Promise.all([
        clerk.post(`${draft}/trang/trich-luc`, page),
        clerk.upload(`${draft}/giay-to`, { '_tai-len': '1' }, [{ field: 'giay-to.uy-quyen', name, content: smallPdf }]),
        clerk.post(`${draft}/trang/trich-luc`, page),
      ])
    }
    const papers = (await clerk.get(`${draft}/giay-to`)).body
    assert.deepEqual([...new Set(papers.match(/giay-\d\.pdf/g))].length, 10)
  })

  it('a paper sent again, because no answer came, lies there once; another of the same name beside it', async () => {
    const draft = await writeDown(clerk, '99001', true)
    const upload = (content: Buffer) =>
      clerk.upload(`${draft}/giay-to`, { '_tai-len': '1' }, [
        { field: 'giay-to.uy-quyen', name: 'uy-quyen.pdf', content },
      ])
    const other = Buffer.concat([smallPdf, Buffer.from('% 2\n')])
    for (const content of [smallPdf, smallPdf, other]) assert.equal((await upload(content)).status, 303)
    await Promise.all([upload(other), upload(other)])
    const papers = (await clerk.get(`${draft}/giay-to`)).body
    assert.equal(papers.match(/\/tep\//g)?.length, 2)
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query<{ n: number }>('select count(*)::int as n from platform.file where owner = $1', [
        draft.replace('/ban-nhap/', 'draft:'),
      ]),
    )
    assert.deepEqual(rows, [{ n: 2 }])
  })

  it('a search that holds more words than any title finds what has half of them', async () => {
    const visitor = new Visitor(test.app)
    assert.match((await visitor.get('/thu-tuc?q=lam+giay+khai+sanh')).body, /khai sinh/i)
    assert.match((await visitor.get('/thu-tuc?q=xyzzy+plugh+quux')).body, /Không có|Không tìm thấy/)
  })

  it('papers that come as files at the counter stand beside those on paper', async () => {
    const draft = await writeDown(clerk, '99001', true)
    const uploaded = await clerk.upload(`${draft}/giay-to`, {}, [
      { field: 'giay-to.uy-quyen', name: 'uy-quyen.pdf', content: smallPdf },
    ])
    assert.equal(uploaded.status, 303, uploaded.body)
    const { id } = await send(clerk, draft)
    assert.equal((await act(clerk, id, 'tiep-nhan', { 'ban-giay': 'uy-quyen' })).status, 303)
    assert.match(pdfText(await clerk.get(`/phieu/${id}/mau-01.pdf`)), /1 tệp điện tử, 1 bản sao/)
  })
})
