// An account of one's own, and a forgotten password: only who holds the phone or mailbox gets on, and nothing says before who has an account.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DEMO_PASSWORD, DEMO_SECOND_FACTOR } from '../src/app/demo-people.ts'
import { addLogin, findAccountByLogin, saveSecondFactor } from '../src/modules/identity/store/accounts.ts'
import { recentMessages } from '../src/modules/notifications/index.ts'
import { manualClock } from '../src/platform/clock.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, type Reply, type TestApp, testApp, Visitor } from './support/test-app.ts'

const PASSWORD = 'ba con mèo ngủ trưa'
const OTHER = 'sáu con vịt bơi qua ao'
const LAST = '/dang-ky/tai-khoan'
const OVER = '/dang-nhap?lai=da-xong'

describe('an account of one’s own', () => {
  let test: TestApp
  const clock = manualClock(new Date('2026-11-25T02:00:00Z'))
  before(async () => {
    test = await testApp({ clock }, { trustProxy: 1 })
  })
  after(() => test.close())

  let network = 0
  const somebody = () => new Visitor(test.app, { 'x-forwarded-for': `10.7.${network++}.1` })
  const messagesTo = async (address: string) =>
    (await recentMessages(test.app.db, test.app.platform.keys, 100)).filter(each => each.address === address)
  /** The code in the newest message to an address. */
  const codeSentTo = async (address: string): Promise<string> => {
    clock.advance(1000)
    const code = /\b\d{4} \d{4}\b/.exec((await messagesTo(address))[0]?.text ?? '')?.[0]
    assert.ok(code, `no code was sent to ${address}`)
    return code
  }
  const another = (code: string) => String((Number(code.replace(' ', '')) + 1) % 1e8).padStart(8, '0')
  const ask = async (who: Visitor, address: string, path = '/dang-ky'): Promise<string> => {
    const sent = await who.post(path, { 'lien-he': address, tiep: '/thu-tuc' })
    assert.deepEqual([sent.status, sent.location], [303, '/dang-ky/ma'], sent.body)
    return codeSentTo(address)
  }
  /** Goes as far as the code takes one. */
  const prove = async (who: Visitor, address: string, path = '/dang-ky'): Promise<void> => {
    const taken = await who.post('/dang-ky/ma', { ma: await ask(who, address, path) })
    assert.deepEqual([taken.status, taken.location], [303, LAST], taken.body)
  }
  /** Fills in the last page as it is drawn now. */
  const finish = async (who: Visitor, form: Record<string, string>): Promise<Reply> =>
    who.post(LAST, { buoc: hidden((await who.get(LAST)).body, 'buoc'), ...form })
  const enter = (login: string, password: string) =>
    somebody().post('/dang-nhap', { ten: login, 'mat-khau': password, tiep: '/' })
  const accountOf = async (phone: string) => {
    const account = await findAccountByLogin(test.app.db, test.app.platform.keys, 'phone', phone)
    assert.ok(account)
    return account
  }
  /** A new account of that phone, and its holder. */
  const holder = async (phone: string): Promise<Visitor> => {
    const person = somebody()
    await prove(person, phone)
    const made = await finish(person, { 'ho-ten': 'Trần Thị Bưởi', 'mat-khau': PASSWORD })
    assert.deepEqual([made.status, made.location], [303, '/thu-tuc'], made.body)
    return person
  }

  it('begins alike for those who have one and those who have none: nothing is looked up', async () => {
    const [known, unknown] = [somebody(), somebody()]
    const plain = (body: string) =>
      body.replace(/\b\d{4} \d{4}\b/g, 'CODE').replace(/0912000123|0988111222/g, 'CONTACT')
    for (const path of ['/dang-ky', '/quen-mat-khau']) {
      const looks: string[] = []
      test.counter.seen = []
      const codes = [await ask(known, '0912000123', path), await ask(unknown, '0988111222', path)]
      const pages = [plain((await known.get('/dang-ky/ma')).body), plain((await unknown.get('/dang-ky/ma')).body)]
      const wrong = [
        await known.post('/dang-ky/ma', { ma: another(String(codes[0])) }),
        await unknown.post('/dang-ky/ma', { ma: another(String(codes[1])) }),
      ]
      for (const { text } of test.counter.seen) if (/"(login|account|person)"/.test(text)) looks.push(text)
      test.counter.seen = null
      assert.deepEqual(looks, [])
      assert.match(String(pages[0]), /CONTACT/)
      assert.equal(pages[0], pages[1])
      assert.deepEqual(
        wrong.map(each => each.status),
        [422, 422],
      )
      assert.equal(plain(String(wrong[0]?.body)), plain(String(wrong[1]?.body)))
    }
  })

  it('is made by whoever holds the phone, and keeps what was typed', async () => {
    const person = somebody()
    assert.equal((await person.get(LAST)).location, OVER, 'nothing was proved')
    await prove(person, '0977000001')
    const short = await finish(person, { 'ho-ten': 'Trần Thị Bưởi', 'mat-khau': 'ngắn' })
    assert.equal(short.status, 422)
    assert.match(short.body, /value="Trần Thị Bưởi"/)
    const made = await finish(person, { 'ho-ten': 'Trần Thị Bưởi', 'so-dinh-danh': '', 'mat-khau': PASSWORD })
    assert.deepEqual([made.status, made.location], [303, '/thu-tuc'], made.body)
    assert.match((await person.get('/tai-khoan')).body, /Trần Thị Bưởi[\s\S]*0977000001/)
    assert.equal((await enter('0977000001', PASSWORD)).status, 303)
  })

  it('a code and what it proved work once, also for who kept the cookies', async () => {
    const person = somebody()
    const code = await ask(person, '0977000008')
    const atCode = new Map(person.cookies)
    await person.post('/dang-ky/ma', { ma: code })
    const proof = new Map(person.cookies)
    const buoc = hidden((await person.get(LAST)).body, 'buoc')
    await finish(person, { 'ho-ten': 'Trần Thị Bưởi', 'mat-khau': PASSWORD })
    const thief = somebody()
    for (const [name, value] of atCode) thief.cookies.set(name, value)
    assert.equal((await thief.post('/dang-ky/ma', { ma: code })).location, OVER)
    for (const [name, value] of proof) thief.cookies.set(name, value)
    assert.equal((await thief.post(LAST, { buoc, 'mat-khau': OTHER })).location, OVER)
    assert.match((await thief.get(OVER)).body, /đã xong hoặc đã hết hạn[\s\S]*quen-mat-khau/)
    assert.equal((await enter('0977000008', PASSWORD)).status, 303)
  })

  it('does what the page said, not what another tab has proved since', async () => {
    await holder('0977000009')
    const person = somebody()
    await prove(person, '0977000010')
    const buoc = hidden((await person.get(LAST)).body, 'buoc')
    await prove(person, '0977000009', '/quen-mat-khau')
    const sent = await person.post(LAST, { buoc, 'ho-ten': 'Trần Thị Bưởi', 'mat-khau': OTHER })
    assert.equal(sent.location, OVER)
    assert.equal((await enter('0977000009', PASSWORD)).status, 303, 'the other account keeps its password')
  })

  it('leaves nothing behind for the next person at the machine', async () => {
    const person = await holder('0977000011')
    await prove(person, '0977000012')
    await person.post('/dang-xuat')
    assert.equal((await person.get(LAST)).location, OVER)
    await prove(person, '0977000012')
    await ask(person, '0977000013')
    assert.equal((await person.get(LAST)).location, OVER, 'another code was asked for')
  })

  it('takes six tries at a code, and a new code begins anew', async () => {
    const person = somebody()
    const code = await ask(person, 'buoi@example.vn')
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) statuses.push((await person.post('/dang-ky/ma', { ma: another(code) })).status)
    assert.deepEqual(statuses, [422, 422, 422, 422, 422, 422, 429])
    const late = await person.post('/dang-ky/ma', { ma: code })
    assert.equal(late.status, 429, 'nor the right one any more')
    assert.match(late.body, /Hãy gửi mã mới/)
    await prove(person, 'buoi@example.vn')
  })

  it('a code of somebody else’s browser, or of ten minutes ago, opens nothing', async () => {
    const [owner, thief] = [somebody(), somebody()]
    const code = await ask(owner, '0977000002')
    assert.equal((await thief.post('/dang-ky/ma', { ma: code })).location, OVER)
    await ask(thief, '0977000003')
    assert.equal((await thief.post('/dang-ky/ma', { ma: code })).status, 422)
    clock.advance(601_000)
    assert.equal((await owner.post('/dang-ky/ma', { ma: code })).location, OVER)
  })

  it('is not sent once its time is over, and is forgotten after an hour', async () => {
    const person = somebody()
    const code = await ask(person, 'muon@example.vn')
    clock.advance(601_000)
    await test.app.runJobs()
    assert.deepEqual(
      (await messagesTo('muon@example.vn')).map(each => [each.state, each.error]),
      [['failed', 'too late']],
    )
    await ask(person, 'muon@example.vn')
    await test.app.runJobs()
    const [first] = await messagesTo('muon@example.vn')
    assert.equal(first?.state, 'sent')
    assert.notEqual(first?.text.includes(code), true)
    clock.advance(3_601_000)
    const sweep = test.app.modules
      .flatMap(each => each.jobs ?? [])
      .find(each => each.name === 'identity.sweep-sessions')
    await sweep?.run({}, { last: true })
    assert.deepEqual(await messagesTo('muon@example.vn'), [])
  })

  it('no telephone rings all day: five codes an hour from one network, fifteen a day from all', async () => {
    const told: string[] = []
    for (let from = 0; from < 4; from++) {
      const pest = somebody()
      const statuses: number[] = []
      for (let i = 0; i < 7; i++) statuses.push((await pest.post('/dang-ky', { 'lien-he': '0977000004' })).status)
      told.push(statuses.join(' '))
    }
    const five = '303 303 303 303 303 429 429'
    assert.deepEqual(told, [five, five, five, '429 429 429 429 429 429 429'])
    assert.equal((await messagesTo('0977000004')).length, 15)
  })

  it('one network asks for sixty codes an hour, and guesses sixty times', async () => {
    const crowd = somebody()
    const asked: number[] = []
    for (let i = 0; i < 62; i++)
      asked.push((await crowd.post('/dang-ky', { 'lien-he': `nguoi-${i}@example.vn` })).status)
    assert.deepEqual([asked.slice(0, 60).every(each => each === 303), asked.slice(60)], [true, [429, 429]])
    const spray = () => new Visitor(test.app, { 'x-forwarded-for': '10.8.0.1' })
    const guessed: number[] = []
    for (let i = 0; i < 12; i++) {
      const guesser = spray()
      const code = await ask(guesser, `nan-nhan-${i}@example.vn`)
      for (let j = 0; j < 6; j++) guessed.push((await guesser.post('/dang-ky/ma', { ma: another(code) })).status)
    }
    assert.deepEqual(
      [guessed.slice(0, 60).every(each => each === 422), guessed.slice(60).every(each => each === 429)],
      [true, true],
    )
  })

  it('says what cannot be a contact', async () => {
    for (const typed of ['', '12345', 'khong-phai-thu', "0912' or 1=1"]) {
      const reply = await somebody().post('/dang-ky', { 'lien-he': typed })
      assert.equal(reply.status, 422)
      assert.match(reply.body, /0912 345 678/)
    }
  })

  it('gets a new password from whoever holds the phone: others are signed out, and it is written down', async () => {
    const owner = await holder('0977000005')
    assert.equal((await owner.get('/tai-khoan')).status, 200)
    const again = somebody()
    await prove(again, '0977000005', '/quen-mat-khau')
    assert.equal((await finish(again, { 'mat-khau': '0977000005' })).status, 422)
    assert.equal((await enter('0977000005', PASSWORD)).status, 303, 'nothing has changed yet')
    const set = await finish(again, { 'mat-khau': OTHER })
    assert.deepEqual([set.status, set.location], [303, '/dang-nhap?xong=mat-khau&tiep=%2Fthu-tuc'], set.body)
    assert.match((await again.get(set.location)).body, /Đã đặt mật khẩu/)
    assert.equal((await owner.get('/tai-khoan')).status, 303, 'the sessions there were have ended')
    assert.equal((await enter('0977000005', PASSWORD)).status, 422)
    assert.equal((await enter('0977000005', OTHER)).status, 303)
    const { id } = await accountOf('0977000005')
    const rows = await test.app.db
      .selectFrom('platform.audit')
      .select('action')
      .where('subject', '=', `account:${id}`)
      .where('action', '=', 'identity.reset-password')
      .execute()
    assert.equal(rows.length, 1)
  })

  it('keeps its second factor', async () => {
    await holder('0977000014')
    const { id } = await accountOf('0977000014')
    await saveSecondFactor(test.app.db, test.app.platform.keys, id, DEMO_SECOND_FACTOR)
    const again = somebody()
    await prove(again, '0977000014', '/quen-mat-khau')
    assert.equal((await finish(again, { 'mat-khau': OTHER })).status, 303)
    assert.equal((await enter('0977000014', OTHER)).location, '/dang-nhap/ma-xac-thuc')
  })

  it('of an officer, of who an eID has confirmed, or that was closed, is not opened by a phone', async () => {
    const officer = await findAccountByLogin(test.app.db, test.app.platform.keys, 'name', 'motcua1')
    assert.ok(officer)
    await inTransaction(test.app.db, tx => addLogin(tx, test.app.platform.keys, officer.id, 'phone', '0977000015'))
    await holder('0977000006')
    const { id } = await accountOf('0977000006')
    await asAdmin(test.databaseUrl, client =>
      client.query('update identity.account set disabled_at = now() where id = $1', [id]),
    )
    for (const [phone, said] of [
      ['0912000123', /đã xác thực bằng VNeID/],
      ['0977000015', /do cơ quan quản lý/],
      ['0977000006', /đã bị đóng/],
    ] as const) {
      const person = somebody()
      await prove(person, phone, '/quen-mat-khau')
      const shown = await person.get(LAST)
      assert.match(shown.body, said)
      assert.doesNotMatch(shown.body, /name="mat-khau"/)
      for (const way of ['new', 'reset', 'eid', 'closed']) {
        const buoc = `${/"buoc"/.test(shown.body) ? hidden(shown.body, 'buoc') : 'x'} ${way}`
        const sent = await person.post(LAST, { buoc, 'mat-khau': OTHER })
        assert.ok(sent.status === 422 || sent.location === OVER, `${phone} ${way} ${sent.status}`)
      }
    }
    assert.equal((await enter('0912000123', DEMO_PASSWORD)).status, 303)
    assert.equal((await enter('motcua1', DEMO_PASSWORD)).status, 303)
  })

  it('is offered only where codes can be sent', async () => {
    const mute = await testApp({}, { demo: false })
    try {
      const visitor = new Visitor(mute.app)
      assert.doesNotMatch((await visitor.get('/dang-nhap')).body, /dang-ky\?|quen-mat-khau/)
      assert.match((await visitor.get('/dang-ky')).body, /chưa gửi được mã xác nhận/)
      assert.equal((await visitor.post('/dang-ky', { 'lien-he': '0977000007' })).status, 404)
    } finally {
      await mute.close()
    }
    const mailing = await testApp({}, { demo: false, smtp: { url: 'smtp://127.0.0.1:1', from: 'motcua@example.vn' } })
    try {
      const visitor = new Visitor(mailing.app)
      assert.match((await visitor.post('/dang-ky', { 'lien-he': '0977000007' })).body, /Hãy điền địa chỉ thư điện tử/)
      assert.match((await visitor.post('/dang-ky', { 'lien-he': '' })).body, /ten@example\.vn/)
      assert.equal((await visitor.post('/dang-ky', { 'lien-he': 'buoi@example.vn' })).location, '/dang-ky/ma')
      assert.doesNotMatch((await visitor.get('/dang-ky/ma')).body, /mã là \d/)
    } finally {
      await mailing.close()
    }
  })
})
