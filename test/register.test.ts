// An account of one's own, and a forgotten password: only who holds the phone or mailbox gets on, and nothing says before who has an account.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DEMO_PASSWORD } from '../src/app/demo-people.ts'
import { findAccountByLogin } from '../src/modules/identity/store/accounts.ts'
import { recentMessages } from '../src/modules/notifications/index.ts'
import { manualClock } from '../src/platform/clock.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

const PASSWORD = 'ba con mèo ngủ trưa'
const OTHER = 'sáu con vịt bơi qua ao'

describe('an account of one’s own', () => {
  let test: TestApp
  const clock = manualClock(new Date('2026-11-25T02:00:00Z'))
  before(async () => {
    test = await testApp({ clock }, { trustProxy: 1 })
  })
  after(() => test.close())

  let network = 0
  const somebody = () => new Visitor(test.app, { 'x-forwarded-for': `10.7.${network++}.1` })
  /** The newest message to an address, which carries the code. */
  const codeSentTo = async (address: string): Promise<string> => {
    clock.advance(1000)
    const messages = await recentMessages(test.app.db, test.app.platform.keys, 50)
    const text = messages.find(each => each.address === address)?.text ?? ''
    const code = /\b\d{6}\b/.exec(text)?.[0]
    assert.ok(code, `no code was sent to ${address}`)
    return code
  }
  const another = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
  /** Goes as far as the code takes one. */
  const prove = async (who: Visitor, address: string, path = '/dang-ky'): Promise<void> => {
    const sent = await who.post(path, { 'lien-he': address, tiep: '/thu-tuc' })
    assert.equal(sent.location, '/dang-ky/ma', sent.body)
    const taken = await who.post('/dang-ky/ma', { ma: await codeSentTo(address) })
    assert.equal(taken.location, '/dang-ky/tai-khoan', taken.body)
  }
  const enter = (login: string, password: string) =>
    somebody().post('/dang-nhap', { ten: login, 'mat-khau': password, tiep: '/' })

  it('begins alike for those who have one and those who have none', async () => {
    const [known, unknown] = [somebody(), somebody()]
    for (const path of ['/dang-ky', '/quen-mat-khau']) {
      const [one, other] = [
        await known.post(path, { 'lien-he': '0912000123', tiep: '/' }),
        await unknown.post(path, { 'lien-he': '0988111222', tiep: '/' }),
      ]
      assert.deepEqual([one.status, one.location], [other.status, other.location])
      const plain = (body: string) => body.replace(/\b\d{6}\b/g, 'CODE').replace(/0912000123|0988111222/g, 'CONTACT')
      const pages = [plain((await known.get('/dang-ky/ma')).body), plain((await unknown.get('/dang-ky/ma')).body)]
      assert.match(String(pages[0]), /CONTACT/)
      assert.equal(pages[0], pages[1])
      const wrong = [
        await known.post('/dang-ky/ma', { ma: another(await codeSentTo('0912000123')) }),
        await unknown.post('/dang-ky/ma', { ma: another(await codeSentTo('0988111222')) }),
      ]
      assert.deepEqual(
        wrong.map(each => each.status),
        [422, 422],
      )
      assert.equal(plain(String(wrong[0]?.body)), plain(String(wrong[1]?.body)))
    }
  })

  it('is made by whoever holds the phone, keeps what was typed, and opens once', async () => {
    const person = somebody()
    assert.equal((await person.get('/dang-ky/tai-khoan')).status, 410, 'nothing was proved')
    await prove(person, '0977 000 001'.replace(/ /g, ''))
    const short = await person.post('/dang-ky/tai-khoan', { 'ho-ten': 'Trần Thị Bưởi', 'mat-khau': 'ngắn' })
    assert.equal(short.status, 422)
    assert.match(short.body, /value="Trần Thị Bưởi"/)
    const form = { 'ho-ten': 'Trần Thị Bưởi', 'so-dinh-danh': '', 'mat-khau': PASSWORD }
    const replayed = new Map(person.cookies)
    const made = await person.post('/dang-ky/tai-khoan', form)
    assert.deepEqual([made.status, made.location], [303, '/thu-tuc'], made.body)
    assert.match((await person.get('/tai-khoan')).body, /Trần Thị Bưởi[\s\S]*0977000001/)
    assert.equal((await enter('0977000001', PASSWORD)).status, 303)
    for (const [name, value] of replayed) person.cookies.set(name, value)
    assert.equal((await person.post('/dang-ky/tai-khoan', form)).status, 410, 'what was proved was used')
  })

  it('takes six tries at a code, and a new code begins anew', async () => {
    const person = somebody()
    await person.post('/dang-ky', { 'lien-he': 'buoi@example.vn' })
    const code = await codeSentTo('buoi@example.vn')
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) statuses.push((await person.post('/dang-ky/ma', { ma: another(code) })).status)
    assert.deepEqual(statuses, [422, 422, 422, 422, 422, 422, 429])
    assert.equal((await person.post('/dang-ky/ma', { ma: code })).status, 429, 'nor the right one any more')
    await prove(person, 'buoi@example.vn')
  })

  it('a code of somebody else’s browser, or of ten minutes ago, opens nothing', async () => {
    const [holder, thief] = [somebody(), somebody()]
    await holder.post('/dang-ky', { 'lien-he': '0977000002' })
    const code = await codeSentTo('0977000002')
    assert.equal((await thief.post('/dang-ky/ma', { ma: code })).status, 410)
    await thief.post('/dang-ky', { 'lien-he': '0977000003' })
    assert.equal((await thief.post('/dang-ky/ma', { ma: code })).status, 422)
    clock.advance(601_000)
    assert.equal((await holder.post('/dang-ky/ma', { ma: code })).status, 410)
  })

  it('no telephone rings all day: five codes an hour from one network, fifteen a day from all', async () => {
    const statuses = new Map<number, number>()
    for (let from = 0; from < 4; from++) {
      const pest = somebody()
      for (let i = 0; i < 6; i++) {
        const { status } = await pest.post('/dang-ky', { 'lien-he': '0977000004' })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    assert.deepEqual(
      [...statuses],
      [
        [303, 15],
        [429, 9],
      ],
    )
  })

  it('says what cannot be a contact', async () => {
    for (const typed of ['', '12345', 'khong-phai-thu', "0912' or 1=1"]) {
      const reply = await somebody().post('/dang-ky', { 'lien-he': typed })
      assert.equal(reply.status, 422)
      assert.match(reply.body, /0912 345 678/)
    }
  })

  it('gets a new password from whoever holds the phone: others are signed out, and it works once', async () => {
    const owner = somebody()
    await prove(owner, '0977000005')
    await owner.post('/dang-ky/tai-khoan', { 'ho-ten': 'Lê Văn Quên', 'mat-khau': PASSWORD })
    assert.equal((await owner.get('/tai-khoan')).status, 200)
    const again = somebody()
    await prove(again, '0977000005', '/quen-mat-khau')
    assert.match((await again.get('/dang-ky/tai-khoan')).body, /0977000005 đã có tài khoản/)
    assert.equal((await again.post('/dang-ky/tai-khoan', { 'mat-khau': '0977000005' })).status, 422)
    assert.equal((await enter('0977000005', PASSWORD)).status, 303, 'nothing has changed yet')
    const replayed = new Map(again.cookies)
    const set = await again.post('/dang-ky/tai-khoan', { 'mat-khau': OTHER })
    assert.deepEqual([set.status, set.location], [303, '/dang-nhap?xong=mat-khau&tiep=%2Fthu-tuc'], set.body)
    assert.match((await again.get(set.location)).body, /Đã đặt mật khẩu/)
    assert.equal((await owner.get('/tai-khoan')).status, 303, 'the sessions there were have ended')
    assert.equal((await enter('0977000005', PASSWORD)).status, 422)
    assert.equal((await enter('0977000005', OTHER)).status, 303)
    for (const [name, value] of replayed) again.cookies.set(name, value)
    assert.equal((await again.post('/dang-ky/tai-khoan', { 'mat-khau': PASSWORD })).status, 410)
    const rows = await test.app.db
      .selectFrom('platform.audit')
      .select('subject')
      .where('action', '=', 'identity.reset-password')
      .execute()
    assert.equal(rows.length, 1)
  })

  it('whose person an eID has confirmed, or that was closed, is not opened by a phone', async () => {
    const confirmed = somebody()
    await prove(confirmed, '0912000123', '/quen-mat-khau')
    assert.match((await confirmed.get('/dang-ky/tai-khoan')).body, /đã xác thực bằng VNeID/)
    assert.equal((await confirmed.post('/dang-ky/tai-khoan', { 'mat-khau': OTHER })).status, 422)
    assert.equal((await enter('0912000123', DEMO_PASSWORD)).status, 303)
    const closing = somebody()
    await prove(closing, '0977000006')
    await closing.post('/dang-ky/tai-khoan', { 'ho-ten': 'Phạm Văn Đóng', 'mat-khau': PASSWORD })
    const account = await findAccountByLogin(test.app.db, test.app.platform.keys, 'phone', '0977000006')
    await asAdmin(test.databaseUrl, client =>
      client.query('update identity.account set disabled_at = now() where id = $1', [account?.id]),
    )
    const closed = somebody()
    await prove(closed, '0977000006', '/quen-mat-khau')
    assert.match((await closed.get('/dang-ky/tai-khoan')).body, /đã bị đóng/)
    assert.equal((await closed.post('/dang-ky/tai-khoan', { 'mat-khau': OTHER })).status, 422)
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
    const smtp = { url: 'smtp://127.0.0.1:1', from: 'motcua@example.vn' }
    const mailing = await testApp({}, { demo: false, smtp } as never)
    try {
      const visitor = new Visitor(mailing.app)
      assert.match((await visitor.post('/dang-ky', { 'lien-he': '0977000007' })).body, /Hãy điền địa chỉ thư điện tử/)
      assert.equal((await visitor.post('/dang-ky', { 'lien-he': 'buoi@example.vn' })).location, '/dang-ky/ma')
      assert.doesNotMatch((await visitor.get('/dang-ky/ma')).body, /mã là \d/)
    } finally {
      await mailing.close()
    }
  })
})
