// Seals are stamped by somebody outside, as openssl confirms; an authority that fails in any way leaves nothing that looks like a stamp.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { httpTimestamps, timestampAuthority } from '../src/integrations/timestamp/integration.ts'
import { type TimestampFault, timestampSimulator } from '../src/integrations/timestamp/simulator.ts'
import { sealHistories, verifyStamps } from '../src/modules/dossier/index.ts'
import { manualClock } from '../src/platform/clock.ts'
import { fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('time stamps of seals', () => {
  const clock = manualClock(new Date('2026-11-25T16:50:00.000Z'))
  const timestamps = timestampSimulator(clock)
  let test: TestApp
  before(async () => {
    test = await testApp({ clock, timestamps })
  })
  after(() => test.close())

  const seal = async (): Promise<void> => {
    await fileDossier(test.app)
    await sealHistories(test.app.house)
    await sql`select platform.enqueue('dossier.stamp-seals'::text, '{}'::json, null::timestamptz, null::text, null::text, 12::int)`.execute(
      test.app.db,
    )
    await test.app.runJobs()
  }
  const stamps = async (): Promise<number> => (await verifyStamps(test.app.house, null)).stamps

  it('an authority that is down, refuses, or answers something else stamps nothing; then everything is caught up', async () => {
    const reasons = {
      down: /ECONNREFUSED/,
      refuses: /refused with status 2/,
      'other-data': /stamps something else/,
      'other-nonce': /another question/,
      'other-key': /signature of the token does not hold/,
      garbage: /no time-stamp response/,
    } satisfies Record<Exclude<TimestampFault, 'none'>, RegExp>
    for (const [fault, reason] of Object.entries(reasons)) {
      timestamps.fault = fault as TimestampFault
      await seal()
      assert.equal(await stamps(), 0, fault)
      const said = await asAdmin(test.databaseUrl, client =>
        client.query<{ error: string }>(
          "select last_error as error from graphile_worker.jobs where task_identifier = 'dossier.stamp-seals' order by id desc limit 1",
        ),
      )
      assert.match(said.rows[0]?.error ?? '', reason, fault)
    }
    timestamps.fault = 'none'
    clock.advance(3_600_000)
    await seal()
    assert.equal(await stamps(), 7)
    assert.deepEqual((await verifyStamps(test.app.house, null)).faults, [])
  })

  it('is shown to everybody, and openssl says the same', async t => {
    const page = await new Visitor(test.app).get('/niem-phong')
    assert.match(page.body, /DEMO TSA – mô phỏng, 0:50 ngày 26\/11\/2026|DEMO TSA – mô phỏng, .*26\/11\/2026/)
    const published = JSON.parse((await new Visitor(test.app).get('/niem-phong/7')).body) as { seal: string }
    const token = await test.app.http.inject({ method: 'GET', url: '/niem-phong/7/dau-thoi-gian.tst' })
    assert.equal(token.headers['content-type'], 'application/vnd.etsi.timestamp-token')
    assert.equal((await new Visitor(test.app).get('/niem-phong/99/dau-thoi-gian.tst')).status, 404)
    const file = (name: string) => join(test.dataDir, name)
    writeFileSync(file('seal.txt'), published.seal)
    writeFileSync(file('other.txt'), `${published.seal} `)
    writeFileSync(file('seal.tst'), token.rawPayload)
    const pem = Buffer.from(await timestamps.certificate())
      .toString('base64')
      .replace(/.{64}/g, '$&\n')
    writeFileSync(file('tsa.pem'), `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`)
    const check = (data: string) =>
      execFileSync(
        'openssl',
        ['ts', '-verify', '-data', file(data), '-in', file('seal.tst'), '-token_in', '-CAfile', file('tsa.pem')],
        { stdio: 'pipe', encoding: 'utf8' },
      )
    try {
      execFileSync('openssl', ['version'])
    } catch {
      t.skip('openssl is not installed')
      return
    }
    assert.match(check('seal.txt'), /Verification: OK/)
    assert.throws(() => check('other.txt'))
  })

  it('stands under the authority that is named, and under no other', async () => {
    const own = new X509Certificate(await timestamps.certificate())
    assert.deepEqual((await verifyStamps(test.app.house, [own])).faults, [])
    // Whoever rewrites the database can make a key and stamp with any time under the same name.
    const forger = timestampSimulator(clock)
    const other = new X509Certificate(await forger.certificate())
    assert.equal(other.subject, own.subject)
    assert.match(
      (await verifyStamps(test.app.house, [other])).faults.join(),
      /seal 1: the authority of the token is not trusted/,
    )
    const wire = (question: Uint8Array) => forger.answer(question)
    await assert.rejects(timestampAuthority(wire, [own]).stamp(Buffer.from('x')), /is not trusted/)
    assert.equal((await timestampAuthority(wire, [other]).stamp(Buffer.from('x'))).authority, 'DEMO TSA – mô phỏng')
  })

  it('a token that was exchanged or a time that was changed is found', async () => {
    await asAdmin(test.databaseUrl, async client => {
      await client.query(
        'update dossier.seal_stamp set token = (select token from dossier.seal_stamp where seal = 1) where seal = 2',
      )
      await client.query("update dossier.seal_stamp set stamped_at = stamped_at - interval '1 year' where seal = 3")
      await client.query(
        'update dossier.seal_stamp set token = set_byte(token, length(token) - 5, get_byte(token, length(token) - 5) # 1) where seal = 4',
      )
    })
    assert.deepEqual((await verifyStamps(test.app.house, null)).faults, [
      'stamp of seal 2: the token stamps something else',
      'stamp of seal 3: its time was changed',
      'stamp of seal 4: the signature of the token does not hold',
    ])
  })

  it('travels over HTTP as RFC 3161 §3.4 says, and not further than told', async () => {
    const moods: Record<string, (answer: Uint8Array) => [number, Record<string, string>, Uint8Array]> = {
      '/tsa': answer => [200, { 'content-type': 'application/timestamp-reply' }, answer],
      '/page': () => [200, { 'content-type': 'text/html' }, Buffer.from('<p>Xin chào')],
      '/busy': () => [503, { 'content-type': 'application/timestamp-reply' }, Buffer.alloc(0)],
      '/away': () => [302, { location: '/tsa' }, Buffer.alloc(0)],
      '/long': () => [200, { 'content-type': 'application/timestamp-reply' }, Buffer.alloc(200_000)],
    }
    let kind: string | undefined
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      kind = request.headers['content-type']
      const [status, headers, body] = moods[request.url ?? '']?.(await timestamps.answer(Buffer.concat(parts))) ?? [
        404,
        {},
        Buffer.alloc(0),
      ]
      response.writeHead(status, headers).end(body)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const ask = (path: string) => timestampAuthority(httpTimestamps(base + path), null).stamp(Buffer.from('lịch sử'))
    try {
      assert.equal((await ask('/tsa')).authority, 'DEMO TSA – mô phỏng')
      assert.equal(kind, 'application/timestamp-query')
      for (const path of ['/page', '/busy', '/away', '/long', '/absent']) await assert.rejects(ask(path), path)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
