// Lines of ASVS 5.0.0 about what the log tells whoever watches, and about what an installation brings along: programs, secrets, parts.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ConfigError, readConfig, requireForWeb } from '../src/app/config.ts'
import { createLog } from '../src/platform/log.ts'
import { productRoot } from '../src/platform/root.ts'
import { fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('the log', () => {
  const lines: string[] = []
  let test: TestApp
  before(async () => {
    test = await testApp({ log: createLog('warn', { write: (line: string) => void lines.push(line) }) })
  })
  after(() => test.close())
  /** What was logged while something was done. */
  async function during(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
    lines.length = 0
    await work()
    return lines.map(line => JSON.parse(line))
  }

  it('tells who was kept out, of what, and from where (16.3.2)', async () => {
    const citizen = await new Visitor(test.app).signIn('0912000123')
    const [line, ...others] = await during(async () => assert.equal((await citizen.get('/van-hanh')).status, 403))
    assert.deepEqual(others, [])
    assert.deepEqual(
      [line?.msg, line?.route, line?.status, line?.level],
      ['request refused', '/van-hanh', 403, 40],
      JSON.stringify(line),
    )
    assert.match(String(line?.actor), /^citizen:/)
    assert.equal(line?.network, '127.0.0.1')
  })

  it('tells of tries to get round a control: a form of another site, guesses without end (16.3.3)', async () => {
    const stranger = new Visitor(test.app)
    const [foreign] = await during(() =>
      stranger.send('POST', '/tra-cuu', {
        payload: 'ma=x&so-cuoi=1',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://example.com' },
      }),
    )
    assert.deepEqual([foreign?.msg, foreign?.status], ['request refused', 403], JSON.stringify(foreign))
    const { reference } = await fileDossier(test.app)
    const guesses = await during(async () => {
      for (let tries = 0; tries < 70; tries++) {
        const { status } = await stranger.post('/tra-cuu', { ma: reference, 'so-cuoi': '999999' })
        if (status === 429) return
      }
      assert.fail('nobody stops the guesses')
    })
    assert.deepEqual(
      guesses.map(({ msg, status }) => [msg, status]),
      [['request refused', 429]],
    )
  })

  it('tells of a fault of ours with the number that the person was given, in one format, in UTC (16.2.2, 16.2.4, 16.3.4)', async () => {
    await asAdmin(test.databaseUrl, client => client.query('alter table platform.attempt rename to gone'))
    const before = Date.now()
    let page = ''
    const [line] = await during(async () => {
      const reply = await new Visitor(test.app).post('/tra-cuu', { ma: 'KHONGCOMA9', 'so-cuoi': '999999' })
      assert.equal(reply.status, 500)
      page = reply.body
    })
    await asAdmin(test.databaseUrl, client => client.query('alter table platform.gone rename to attempt'))
    assert.deepEqual([line?.msg, line?.level, line?.route], ['request failed', 50, '/tra-cuu'])
    assert.ok(page.includes(String(line?.requestId)), 'the person can say which it was')
    assert.ok(Number(line?.time) >= before && Number(line?.time) <= Date.now(), 'milliseconds since 1970')
    assert.equal((line?.err as { code?: string } | undefined)?.code, '42P01')
    for (const field of ['pid', 'host']) assert.ok(line?.[field] !== undefined, field)
  })

  it('what was handed in is no program where it lies (5.3.1)', async () => {
    await fileDossier(test.app)
    const folder = join(test.dataDir, 'files')
    const files = readdirSync(folder, { recursive: true })
      .map(name => join(folder, String(name)))
      .filter(path => statSync(path).isFile())
    assert.ok(files.length > 0)
    for (const path of files) {
      assert.equal(statSync(path).mode & 0o111, 0, `${path} could be started`)
      assert.ok(!readFileSync(path).includes(smallPdf.subarray(0, 32)), `${path} lies there as it came`)
    }
  })
})

describe('an installation', () => {
  it('has no credentials of a demo outside it (13.2.3)', () => {
    const real = { DATA_DIR: '/tmp', DEMO: 'off', VNEID_ISSUER: 'https://eid.example.vn' }
    assert.throws(() => requireForWeb(readConfig(real)), ConfigError)
    assert.throws(() => readConfig({ ...real, VNEID_ISSUER: 'simulator' }), ConfigError)
    requireForWeb(readConfig({ ...real, VNEID_CLIENT_SECRET: 'x'.repeat(40) }))
  })

  it('lets its services reach only what is listed (13.2.5)', () => {
    for (const unit of ['motcua-web@.service', 'motcua-work.service']) {
      const text = readFileSync(join(productRoot, 'docs/operations', unit), 'utf8')
      assert.match(text, /^IPAddressDeny=any$/m, unit)
      assert.doesNotMatch(text, /^IPAddressAllow=.*\b(any|0\.0\.0\.0\/0|::\/0)/m, unit)
    }
  })

  it('lists every part that it is built of, each of one version (15.1.2)', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(productRoot, 'package.json'), 'utf8'))
    const inventory = readFileSync(join(productRoot, 'docs/dependencies.md'), 'utf8')
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.]+)?$/, name)
      const short = name.replace(/^@biomejs\//, '')
      assert.ok(name.startsWith('@types/') || inventory.includes(short), `${name} is not in docs/dependencies.md`)
    }
  })
})
