// The life of an account: signing in and out leaves a trace, codes open it, passwords change, operators close it, nobody keeps an older session.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { DEMO_PASSWORD } from '../src/app/demo-people.ts'
import {
  closeAccounts,
  codeAt,
  inviteAccount,
  openedBy,
  stopAccount,
  UnknownLogin,
} from '../src/modules/identity/index.ts'
import { passwordRules } from '../src/modules/identity/password/password-rules.ts'
import { openSession } from '../src/modules/identity/session.ts'
import { findAccountByLogin } from '../src/modules/identity/store/accounts.ts'
import { manualClock } from '../src/platform/clock.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import type { AppError } from '../src/platform/errors.ts'
import type { WebRequest } from '../src/platform/http/request.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

const NEW = 'ba con mèo ngủ trưa'

describe('an account', () => {
  let test: TestApp
  const clock = manualClock(new Date('2026-11-25T02:00:00Z'))
  before(async () => {
    test = await testApp({ clock })
  })
  after(() => test.close())

  const trace = async (): Promise<string[]> => {
    const rows = await test.app.db
      .selectFrom('platform.audit')
      .select(['action', 'facts'])
      .where('action', 'like', 'identity.%')
      .orderBy('id')
      .execute()
    return rows.map(row => `${row.action} ${(row.facts as { factor?: string }).factor ?? ''}`.trim())
  }
  /** A request of nobody, as far as opening a session looks at one. */
  const stranger = () =>
    ({
      at: clock.now(),
      actor: { kind: 'anonymous' },
      identified: { sessionId: null },
      parts: { headers: {}, network: '127.0.0.1', id: 'x' },
    }) as unknown as WebRequest
  const enter = (login: string, password: string) =>
    new Visitor(test.app).post('/dang-nhap', { ten: login, 'mat-khau': password, tiep: '/' })
  const activate = (code: string, password: string) =>
    new Visitor(test.app).post('/dang-nhap/kich-hoat', { ma: code, 'mat-khau': password })

  it('leaves a trace of who came in, was refused and went; never the login that was typed', async () => {
    // Rows are told in their order by the clock.
    await enter('0912000123', 'sai-mat-khau-nay')
    clock.advance(1000)
    const person = await new Visitor(test.app).signIn('0912000123')
    clock.advance(1000)
    await person.post('/dang-xuat')
    clock.advance(1000)
    await new Visitor(test.app).signIn('chutich1')
    const told = await trace()
    assert.deepEqual(told.slice(0, 3), [
      'identity.refused password',
      'identity.signed-in password',
      'identity.signed-out',
    ])
    // At one moment of the test's clock.
    assert.deepEqual(told.slice(3).sort(), ['identity.half-way password', 'identity.signed-in code'])
    const rows = await test.app.db
      .selectFrom('platform.audit')
      .selectAll()
      .where('action', 'like', 'identity.%')
      .execute()
    assert.doesNotMatch(JSON.stringify(rows), /0912000123|sai-mat-khau|chutich1/)
    assert.match(JSON.stringify(rows), /"network":"127\.0\.0\.1/)
  })

  it('is not opened by trying codes, or from a known device, all day long', async () => {
    const thief = new Visitor(test.app)
    const wrong = async () => (await thief.post('/dang-nhap/ma-xac-thuc', { ma: '000000' })).status
    const begin = () => thief.post('/dang-nhap', { ten: 'chutich1', 'mat-khau': DEMO_PASSWORD, tiep: '/' })
    assert.equal((await begin()).location, '/dang-nhap/ma-xac-thuc')
    const codes: number[] = []
    for (let tries = 0; tries < 25; tries++) {
      if (tries % 6 === 0) {
        clock.advance(301_000)
        await begin()
      }
      codes.push(await wrong())
    }
    assert.deepEqual([...new Set(codes.slice(0, 24)), codes[24]], [422, 429])
    // The cookie of a device outlives a changed password.
    const guess = async () =>
      (await thief.post('/dang-nhap', { ten: 'chutich1', 'mat-khau': 'sai-mat-khau', tiep: '/' })).status
    const guesses: number[] = []
    for (let tries = 0; tries < 101; tries++) {
      if (tries % 6 === 0) clock.advance(901_000)
      guesses.push(await guess())
    }
    assert.deepEqual([...new Set(guesses.slice(0, 100)), guesses[100]], [422, 429])
    clock.advance(86_400_000)
  })

  it('another site cannot begin a sign-in with the eID for somebody', async () => {
    const from = async (site: string) =>
      (await new Visitor(test.app).send('GET', '/dang-nhap/vneid?tiep=/ho-so', { headers: { 'sec-fetch-site': site } }))
        .location
    assert.equal(await from('cross-site'), '/dang-nhap?tiep=%2Fho-so')
    assert.match(await from('same-origin'), /\/dang-nhap\/vneid\?|mo-phong\/vneid/)
  })

  it('of a powerful post opens by no way that did not show the second factor', async () => {
    const { db, keys } = test.app.platform
    const account = await findAccountByLogin(db, keys, 'name', 'chutich1')
    assert.ok(account !== null)
    const request = stranger()
    for (const factor of ['password', 'eid', 'register'] as const)
      await assert.rejects(
        inTransaction(db, tx => openSession(test.app.platform, tx, request, { account, factor })),
        (error: AppError) => error.parts.status === 403,
        factor,
      )
  })

  it('a new sign-in ends the session that the browser had', async () => {
    const person = await new Visitor(test.app).signIn('0912000123')
    const old = new Map(person.cookies)
    await person.signIn('0912000456')
    const ghost = new Visitor(test.app)
    for (const [name, value] of old) ghost.cookies.set(name, value)
    assert.equal((await ghost.get('/tai-khoan')).status, 303, 'the older cookie is nobody')
    assert.equal((await person.get('/tai-khoan')).status, 200)
  })

  it('opens with a code of the operator: once, in time, for a password that will do', async () => {
    await assert.rejects(inviteAccount(test.app.platform, 'khong-co-ai'), UnknownLogin)
    const { code } = await inviteAccount(test.app.platform, 'vanthu2')
    assert.equal((await activate(code, '1234567890')).status, 422)
    assert.equal((await activate('khong-phai-ma', NEW)).status, 422)
    assert.equal((await enter('vanthu2', DEMO_PASSWORD)).status, 303, 'until then the old password stands')
    const done = await activate(code, NEW)
    assert.equal(done.location, '/dang-nhap?xong=mat-khau')
    assert.equal((await activate(code, `${NEW} nữa`)).status, 422, 'used')
    assert.equal((await enter('vanthu2', DEMO_PASSWORD)).status, 422)
    // Who lost the device enrols another: the seal of the agency hangs on it.
    assert.equal((await enter('vanthu2', NEW)).location, '/dang-nhap/dang-ky-ma')

    const late = await inviteAccount(test.app.platform, 'vanthu2')
    clock.advance(3 * 86_400_000 + 1)
    assert.equal((await activate(late.code, NEW)).status, 422, 'past its time')
  })

  it('that got a new password opens to nobody who showed the old one before', async () => {
    const { code: first } = await inviteAccount(test.app.platform, 'vanthu3')
    await activate(first, NEW)
    const thief = new Visitor(test.app)
    assert.equal(
      (await thief.post('/dang-nhap', { ten: 'vanthu3', 'mat-khau': NEW, tiep: '/' })).location,
      '/dang-nhap/dang-ky-ma',
    )
    await thief.get('/dang-nhap/dang-ky-ma')
    const page = await thief.get('/dang-nhap/dang-ky-ma')
    const secret = /[A-Z2-7]{32}/.exec(page.body)?.[0] ?? ''
    const { code: second } = await inviteAccount(test.app.platform, 'vanthu3')
    await activate(second, `${NEW} khác`)
    const late = await thief.post('/dang-nhap/dang-ky-ma', { ma: codeAt(secret, clock.now()) })
    assert.equal(late.status, 410)
    assert.equal((await thief.get('/tai-khoan')).status, 303)
    assert.equal((await enter('vanthu3', `${NEW} khác`)).location, '/dang-nhap/dang-ky-ma', 'the factor is still open')
  })

  it('that changes while its password is being checked opens no session', async () => {
    const { db, keys } = test.app.platform
    const account = await findAccountByLogin(db, keys, 'phone', '0912000456')
    assert.ok(account !== null)
    const request = stranger()
    for (const then of [
      { ...account, passwordHash: 'another' },
      { ...account, hasSecondFactor: true },
    ])
      await assert.rejects(
        inTransaction(db, tx => openSession(test.app.platform, tx, request, { account: then, factor: 'code' })),
        (error: AppError) => error.parts.status === 410,
      )
  })

  it('is judged in a moment, whatever is sent as name and password', async () => {
    const names = Array.from({ length: 79 }, (_, n) => `${'aia'.repeat(60).slice(n % 3, n + 3)}`).join(' ')
    const rules = passwordRules()
    await rules.fault('ba con mèo ngủ trưa', [])
    const began = performance.now()
    await rules.fault('41'.repeat(100), [names, names, '1'.repeat(5000)])
    assert.ok(performance.now() - began < 2000, 'the whole process stands still meanwhile')
  })

  it('changes its password: the old one is asked, other devices go', async () => {
    const here = await new Visitor(test.app).signIn('motcua2')
    const there = await new Visitor(test.app).signIn('motcua2')
    const change = (old: string, next: string) =>
      here.post('/tai-khoan/mat-khau', { 'mat-khau-cu': old, 'mat-khau': next })
    assert.equal((await change('không phải', NEW)).status, 422)
    assert.equal((await change(DEMO_PASSWORD, 'matkhau1234')).status, 422)
    // Blanks belong to a password.
    assert.equal((await change(DEMO_PASSWORD, `  ${NEW}`)).location, '/tai-khoan?xong=mat-khau')
    assert.equal((await here.get('/tai-khoan')).status, 200)
    assert.equal((await there.get('/tai-khoan')).status, 303)
    assert.equal((await enter('motcua2', NEW)).status, 422)
    assert.equal((await enter('motcua2', `  ${NEW}`)).status, 303)
    const { code } = await inviteAccount(test.app.platform, 'motcua2')
    assert.equal((await change(`  ${NEW}`, `  ${NEW} mới`)).location, '/tai-khoan?xong=mat-khau')
    assert.equal((await activate(code, NEW)).status, 422, 'a code that others may have seen ends with the old password')
    const { code: second } = await inviteAccount(test.app.platform, 'motcua2')
    await stopAccount(test.app.platform, 'motcua2', 'end-sessions')
    assert.equal((await activate(second, NEW)).status, 422, 'and with the sessions')
    clock.advance(901_000)
    assert.equal((await here.post('/dang-nhap', { ten: 'motcua2', 'mat-khau': `  ${NEW} mới` })).status, 303)
    for (let i = 0; i < 6; i++) await change('không phải', NEW)
    assert.equal((await change(`  ${NEW} mới`, `${NEW} khác`)).status, 429, 'guesses at the old password are counted')
  })

  it('ends one session of its own, and nobody else’s', async () => {
    const here = await new Visitor(test.app).signIn('motcua4')
    const lost = await new Visitor(test.app).signIn('motcua4')
    const other = await new Visitor(test.app).signIn('motcua5')
    const idsOf = async (who: Visitor) =>
      [...(await who.get('/tai-khoan')).body.matchAll(/phien\/([0-9a-f-]{36})\/dang-xuat/g)].map(([, id]) => id)
    const [mine, foreign] = [await idsOf(here), await idsOf(other)]
    assert.equal(mine.length, 2)
    for (const id of foreign) assert.equal((await here.post(`/tai-khoan/phien/${id}/dang-xuat`)).status, 404)
    assert.equal((await other.get('/tai-khoan')).status, 200)
    // The one seen last stands first: ours, since it has just looked.
    const own = mine.filter(id => id !== undefined)
    const ended = await here.post(`/tai-khoan/phien/${own[1]}/dang-xuat`)
    assert.equal(ended.status, 303)
    const open = [(await here.get('/tai-khoan')).status, (await lost.get('/tai-khoan')).status]
    assert.deepEqual(open.sort(), [200, 303], 'one of the two is gone')
    const rest = (await here.get('/tai-khoan')).status === 200 ? here : lost
    assert.equal((await idsOf(rest)).length, 1)
    // Its own: signed out.
    assert.equal((await rest.post(`/tai-khoan/phien/${(await idsOf(rest))[0]}/dang-xuat`)).location, '/')
    assert.equal((await rest.get('/tai-khoan')).status, 303)
  })

  it('lets nobody end sessions from a page that was left open', async () => {
    const here = await new Visitor(test.app).signIn('motcua4')
    const there = await new Visitor(test.app).signIn('motcua4')
    clock.advance(10 * 60_000 + 1)
    const [id] =
      /[0-9a-f-]{36}(?=\/dang-xuat)/.exec((await here.get('/tai-khoan')).body) ?? assert.fail('no session listed')
    for (const path of [`/tai-khoan/phien/${id}/dang-xuat`, '/tai-khoan/dang-xuat-het']) {
      const { status, location } = await here.post(path)
      assert.deepEqual([status, location], [303, '/dang-nhap?lai=phien&tiep=/tai-khoan'])
    }
    assert.match((await here.get('/dang-nhap?lai=phien&tiep=/tai-khoan')).body, /Hãy đăng nhập lại/)
    assert.equal((await here.get('/tai-khoan')).status, 200)
    assert.equal((await there.get('/tai-khoan')).status, 200)
    const again = await here.post('/dang-nhap', { ten: 'motcua4', 'mat-khau': DEMO_PASSWORD, tiep: '/tai-khoan' })
    assert.equal(again.location, '/tai-khoan')
    assert.equal((await here.post('/tai-khoan/dang-xuat-het')).location, '/')
    assert.equal((await there.get('/tai-khoan')).status, 303)
  })

  it('is closed by the operator at once, and opened again by a code', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua3')
    await stopAccount(test.app.platform, 'motcua3', 'end-sessions')
    assert.equal((await clerk.get('/ban-lam-viec')).status, 303)
    await clerk.signIn('motcua3')
    const { code } = await inviteAccount(test.app.platform, 'motcua3')
    await stopAccount(test.app.platform, 'motcua3', 'disable')
    assert.equal((await clerk.get('/ban-lam-viec')).status, 303)
    assert.equal((await enter('motcua3', DEMO_PASSWORD)).status, 422)
    assert.equal((await activate(code, NEW)).status, 422, 'a code from before is closed too')
    await activate((await inviteAccount(test.app.platform, 'motcua3')).code, NEW)
    assert.equal((await enter('motcua3', NEW)).status, 303)
  })

  it('that opens with a known password is found', async () => {
    const elsewhere = await testApp({ clock })
    const found = () => openedBy(elsewhere.app.platform, ['quantri', '0912000456', 'ai-do'], DEMO_PASSWORD)
    try {
      const { rows } = await sql<{ key: string }>`
        select o.key from identity.account a join organisation.officer o on o.id = a.officer_id where o.key <> 'vanthu2'`.execute(
        elsewhere.app.db,
      )
      const all = await found()
      assert.equal(all.length, rows.length + 2, 'every officer and a citizen of the list')
      for (const { key } of rows) await stopAccount(elsewhere.app.platform, key, 'disable')
      assert.equal((await found()).length, 2, 'one that no list names, too')
      await closeAccounts(elsewhere.app.platform, await found())
      assert.deepEqual(await found(), [])
      assert.deepEqual(await openedBy(elsewhere.app.platform, ['0912000123'], 'another'), [])
    } finally {
      await elsewhere.close()
    }
  })

  describe('behind a proxy', () => {
    let proxied: TestApp
    before(async () => {
      proxied = await testApp({ clock }, { trustProxy: 1 })
    })
    after(() => proxied.close())
    const at = (address: string) => new Visitor(proxied.app, { 'x-forwarded-for': address })
    const enterFrom = async (address: string, ten: string, password: string) =>
      at(address).post('/dang-nhap', { ten, 'mat-khau': password, tiep: '/' })
    const told = async (count: number, ask: (index: number) => Promise<number>) => {
      const answers = new Map<number, number>()
      for (let index = 0; index < count; index++) {
        const status = await ask(index)
        answers.set(status, (answers.get(status) ?? 0) + 1)
      }
      return [...answers]
    }

    it('one login is guessed at a hundred times a day, from however many networks', async () => {
      const guess = async (network: number) => (await enterFrom(`10.0.${network}.1`, 'tuphap1', 'đoán mò')).status
      assert.deepEqual(await told(102, guess), [
        [422, 100],
        [429, 2],
      ])
    })

    it('the 65,536 networks of one customer count together, and shut nobody else out', async () => {
      const guess = async (network: number) =>
        (await enterFrom(`2001:db8:7:${network.toString(16)}::1`, 'tuphap2', 'đoán mò')).status
      assert.deepEqual(await told(120, guess), [
        [422, 18],
        [429, 102],
      ])
      assert.equal((await enterFrom('2001:db8:8:1::1', 'tuphap2', DEMO_PASSWORD)).status, 303)
    })

    it('one stranger who goes on after the own limit shuts nobody out', async () => {
      const guess = async () => (await enterFrom('10.1.0.1', 'motcua2', 'đoán mò')).status
      assert.deepEqual(await told(120, guess), [
        [422, 6],
        [429, 114],
      ])
      assert.equal((await enterFrom('10.1.0.2', 'motcua2', DEMO_PASSWORD)).status, 303)
      // With the password, at the second factor.
      const thief = at('10.1.0.3')
      assert.equal(
        (await thief.post('/dang-nhap', { ten: 'chutich2', 'mat-khau': DEMO_PASSWORD, tiep: '/' })).location,
        '/dang-nhap/ma-xac-thuc',
      )
      const wrong = async () => (await thief.post('/dang-nhap/ma-xac-thuc', { ma: '000000' })).status
      assert.deepEqual(await told(80, wrong), [
        [422, 6],
        [429, 74],
      ])
      const owner = await at('10.1.0.4').signIn('chutich2')
      assert.equal((await owner.get('/ban-lam-viec')).status, 200)
    })
  })
})

describe('passwords', () => {
  const rules = passwordRules()
  const about = ['Nguyễn Thị Mẫu', '0912000123']
  for (const [password, fault] of [
    ['chín chữ.', 'short'],
    ['mười chữ ạ', null],
    ['x'.repeat(201), 'long'],
    ['matkhau1234', 'common'],
    ['qwerty123456', 'common'],
    ['1234567890', 'common'],
    ['aaaaaaaaaaaa', 'common'],
    ['0912000123', 'common'],
    ['password2024', 'common'],
    ['hoa hồng nở sớm', null],
    ['motcua-thu-nghiem', null],
  ] as const)
    it(`${password.slice(0, 30)}: ${fault ?? 'will do'}`, async () => {
      assert.equal(await rules.fault(password, about), fault)
    })
})
