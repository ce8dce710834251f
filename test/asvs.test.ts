// Lines of ASVS 5.0.0 that no other test would notice: sessions, secrets, injection beyond SQL, what is served and what is logged.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DEMO_SECOND_FACTOR } from '../src/app/demo-people.ts'
import { smtpCarrier } from '../src/integrations/smtp/integration.ts'
import { fillText } from '../src/modules/dossier/view/letter-content.ts'
import { codeAt } from '../src/modules/identity/index.ts'
import { hashPassword } from '../src/modules/identity/sign-in/sign-in.ts'
import { manualClock } from '../src/platform/clock.ts'
import { open, seal } from '../src/platform/crypto/seal.ts'
import { storedPath } from '../src/platform/files/file-store.ts'
import { createLog } from '../src/platform/log.ts'
import { productRoot } from '../src/platform/root.ts'
import { fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'
import { mailServer } from './survival/wires.ts'

const HOUR = 3_600_000

describe('ASVS', () => {
  let test: TestApp
  const start = new Date('2026-11-23T01:00:00.000Z')
  const clock = manualClock(start)
  before(async () => {
    test = await testApp({ clock })
  })
  after(() => test.close())

  it('a session is new at each sign-in, long, and stored as a digest (7.2.2, 7.2.3)', async () => {
    const tokens = new Set<string>()
    for (let round = 0; round < 3; round++) {
      const person = await new Visitor(test.app).signIn('0912000123')
      const [token] = [...person.cookies].filter(([name]) => /phien|session|mc_/.test(name)).map(([, value]) => value)
      assert.ok(token !== undefined && Buffer.from(token, 'base64url').length >= 32)
      tokens.add(token)
    }
    assert.equal(tokens.size, 3)
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query<{ row: string }>('select s::text as row from identity.session s'),
    )
    for (const { row } of rows)
      for (const token of tokens) {
        assert.ok(!row.includes(token))
        assert.ok(!row.includes(Buffer.from(token, 'base64url').toString('hex')))
      }
  })

  it('a session ends when nobody uses it, and in the end whoever uses it (7.3.1, 7.3.2)', async () => {
    const opens = async (login: string, hours: readonly number[]): Promise<boolean> => {
      clock.set(start)
      const who = await new Visitor(test.app).signIn(login)
      let status = 0
      for (const at of hours) {
        clock.set(new Date(start.getTime() + at * HOUR))
        status = (await who.get('/tai-khoan')).status
      }
      return status === 200
    }
    assert.equal(await opens('motcua1', [9.9]), true)
    assert.equal(await opens('motcua1', [10.1]), false)
    assert.equal(await opens('0912000123', [11.9]), true)
    assert.equal(await opens('0912000123', [12.1]), false)
    const busy = Array.from({ length: 23 }, (_, hour) => hour + 1)
    assert.equal(await opens('motcua1', [...busy, 23.9]), true)
    assert.equal(await opens('motcua1', [...busy, 24.1]), false)
    clock.set(start)
  })

  it('a code of the second factor opens once (6.5.1)', async () => {
    clock.set(new Date(start.getTime() + 30 * HOUR))
    const first = new Visitor(test.app)
    const second = new Visitor(test.app)
    for (const who of [first, second])
      await who.post('/dang-nhap', { ten: 'chutich3', 'mat-khau': 'motcua-thu-nghiem', tiep: '/' })
    const ma = codeAt(DEMO_SECOND_FACTOR, clock.now())
    assert.equal((await first.post('/dang-nhap/ma-xac-thuc', { ma })).status, 303)
    assert.equal((await second.post('/dang-nhap/ma-xac-thuc', { ma })).status, 422)
  })

  it('passwords are stored by argon2id, 19 MiB, two passes (11.4.2)', async () => {
    assert.match(await hashPassword('mot cau dai de nho'), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('what was encrypted cannot be changed, cut or laid elsewhere unseen (11.3.3)', async () => {
    const { keys } = test.app.platform
    const sealed = seal(keys, 'payload', 'số 044185000123', 'dossier:1')
    assert.equal(open(keys, 'payload', sealed, 'dossier:1').toString(), 'số 044185000123')
    for (let at = 0; at < sealed.length; at++) {
      const flipped = Buffer.from(sealed)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      assert.throws(() => open(keys, 'payload', flipped, 'dossier:1'), `byte ${at}`)
    }
    assert.throws(() => open(keys, 'payload', sealed, 'dossier:2'))
    assert.throws(() => open(keys, 'field', sealed, 'dossier:1'))
    assert.throws(() => open(keys, 'payload', sealed.subarray(0, -1), 'dossier:1'))
    // Bytes of a file, where they lie.
    const { id } = await fileDossier(test.app)
    const person = await new Visitor(test.app).signIn('0912000123')
    const link = /\/ho-so\/[0-9a-f-]+\/tep\/[0-9a-f-]+/.exec((await person.get(`/ho-so/${id}`)).body)?.[0] ?? ''
    assert.equal((await person.get(link)).status, 200)
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query<{ key: string }>('select store_key as key from platform.file where id = $1', [
        link.split('/').at(-1),
      ]),
    )
    const file = storedPath(join(test.dataDir, 'files'), String(rows[0]?.key))
    const bytes = readFileSync(file)
    const last = bytes.length - 1
    bytes[last] = (bytes[last] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const changed = await person.get(link).catch(() => null)
    assert.ok(changed === null || changed.status >= 500 || changed.body === '', 'changed bytes are not given out')
  })

  it('a word with line breaks makes no header of a mail and no line of a log (1.3.11, 16.4.1)', async () => {
    const server = await mailServer()
    try {
      const carrier = smtpCarrier({
        url: `smtp://127.0.0.1:${server.port}?ignoreTLS=true`,
        from: 'motcua@example.vn',
        patience: { silence: 2000, mail: 4000 },
      })
      const subject = 'Hồ sơ\r\nBcc: ke-xau@example.vn\r\n\r\nThân thư giả'
      await carrier.send({ key: 'k', to: 'mau@example.vn', subject, text: 'Đã nhận' })
      const [letter = ''] = [...server.letters.values()]
      assert.doesNotMatch(letter, /^bcc:/im)
      assert.deepEqual([...server.letters.keys()], ['mau@example.vn'])
    } finally {
      server.close()
    }
    const lines: string[] = []
    const log = createLog('info', { write: (line: string) => void lines.push(line) })
    log.info({ url: '/a\n{"level":60,"msg":"giả"}', err: new Error('x\r\n{"level":60}') }, 'một dòng')
    assert.equal(lines.length, 1)
    assert.equal(lines.join('').trimEnd().split('\n').length, 1)
  })

  it('an answer in braces stays text in a letter (1.3.7)', () => {
    const values = { 'don.ten': '{ho-so.ma} {don.so}', 'ho-so.ma': 'H99', 'don.so': '7' }
    assert.equal(fillText('Của {don.ten}.', values as never), 'Của {ho-so.ma} {don.so}.')
  })

  it('no name of a field reaches the prototype of objects; the first of two values counts (15.3.6, 15.3.7)', async () => {
    const person = await new Visitor(test.app).signIn('0912000456')
    const draft = (await person.post('/nop-ho-so/1.013225')).location
    for (const name of ['__proto__.bi-nhiem', 'constructor.prototype.bi-nhiem', '__proto__[bi-nhiem]', '__proto__'])
      await person.post(draft, { [name]: 'x', 'chu-dau-tu.__proto__.bi-nhiem': 'x', 'dien-thoai': '0912000456' })
    assert.equal(({} as Record<string, unknown>)['bi-nhiem'], undefined)
    const twice = await new Visitor(test.app).get('/thu-tuc?q=khai+sinh&q=xay+dung')
    assert.match(twice.body, /value="khai sinh"/)
  })

  it('what a caller claims about the way here counts for nothing (4.1.3, 15.3.4)', async () => {
    const forged = await test.app.http.inject({
      method: 'POST',
      url: '/dang-nhap',
      headers: {
        host: 'localhost',
        origin: 'https://ke-xau.example',
        'x-forwarded-host': 'ke-xau.example',
        'x-forwarded-proto': 'https',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: 'ten=0912000123',
    })
    assert.equal(forged.statusCode, 403)
    // Seven tries, each under another claimed address: they count as one network's.
    let last = 0
    for (let at = 0; at < 7; at++)
      last = (
        await new Visitor(test.app, { 'x-forwarded-for': `203.0.113.${at}` }).post('/dang-nhap', {
          ten: '0912000456',
          'mat-khau': 'khong-dung',
          tiep: '/',
        })
      ).status
    assert.equal(last, 429)
  })

  it('nothing is served but what is meant to be (13.4.1)', async () => {
    const stranger = new Visitor(test.app)
    for (const path of [
      '/.git/config',
      '/.git/HEAD',
      '/package.json',
      '/package-lock.json',
      '/.env',
      '/src/main.ts',
      '/dist/server/main.js',
      '/keys/ring.json',
      '/data/keys/ring.json',
      '/node_modules/pg/package.json',
      '/..%2f..%2fetc/passwd',
    ])
      assert.ok([400, 404].includes((await stranger.get(path)).status), path)
  })
})

describe('the code', () => {
  const read = (folder: string, pattern: RegExp): readonly (readonly [string, string])[] =>
    readdirSync(join(productRoot, folder), { recursive: true })
      .map(String)
      .filter(name => pattern.test(name) && !/\.test\.tsx?$/.test(name))
      .map(name => [name, readFileSync(join(productRoot, folder, name), 'utf8')] as const)
  const sources = read('src', /\.(tsx?|html)$/)
  const where = (pattern: RegExp) => sources.filter(([, text]) => pattern.test(text)).map(([name]) => name)

  it('draws nothing that must not be guessed from a weak generator (11.5.1)', () => {
    assert.deepEqual(where(/Math\.random/), [])
  })
  it('encrypts by AES-256-GCM only (11.3.1, 11.3.2)', () => {
    const ciphers = sources.flatMap(([, text]) =>
      [...text.matchAll(/createCipheriv\(\s*'([^']+)'/g)].map(match => match[1]),
    )
    assert.ok(ciphers.length > 0)
    assert.deepEqual([...new Set(ciphers)], ['aes-256-gcm'])
  })
  it('keeps nothing in the storage of browsers (14.3.3)', () => {
    assert.deepEqual(where(/\b(localStorage|sessionStorage|indexedDB)\b/), [])
  })
  it('checks certificates wherever it calls, and follows no redirect (12.3.2, 15.3.2)', () => {
    assert.deepEqual(where(/rejectUnauthorized:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/), [])
    const calls = sources
      .filter(([name]) => !/browser\//.test(name))
      .flatMap(([name, text]) =>
        [...text.matchAll(/\bawait fetch\(/g)].map(
          match => [name, text.slice(match.index, match.index + 400)] as const,
        ),
      )
    assert.ok(calls.length > 0)
    for (const [name, call] of calls) assert.match(call, /redirect: '(manual|error)'/, name)
  })
  it('starts programs by lists of arguments, no shell but one constant line (1.2.5)', () => {
    assert.deepEqual(where(/\b(execSync|exec)\(\s*[`'"]|shell:\s*true/), [])
    assert.deepEqual(where(/'\/bin\/sh'/), ['platform/db/embedded-postgres.ts'])
  })
  it('writes into pages as text only (3.2.2)', () => {
    assert.deepEqual(where(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML/), [])
  })
})
