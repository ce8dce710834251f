// Systems with tokens: what they may do, and whose dossiers they see.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { newId } from '../src/platform/id.ts'
import { fileDossier, goodAnswers, PERMIT } from './support/dossiers.ts'
import { motcua } from './support/motcua.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('a token', () => {
  let test: TestApp
  let env: NodeJS.ProcessEnv
  before(async () => {
    test = await testApp()
    env = { DATABASE_URL: test.databaseUrl, DATA_DIR: test.dataDir, KEY_RING_FILE: process.env.MOTCUA_TEST_KEYS }
  })
  after(() => test.close())

  const give = async (...args: string[]): Promise<Record<string, string>> => {
    const { code, out } = await motcua(['token', ...args], env)
    assert.equal(code, 0, out)
    return { authorization: `Bearer ${out.trim().split('\n').at(-1)}`, 'content-type': 'application/json' }
  }
  const codeOf = (column: 'agency_id' | 'centre_id', id: string): Promise<string> =>
    asAdmin(test.databaseUrl, async client =>
      (
        await client.query(
          `select v.code from dossier.dossier d join organisation.agency_version v on v.agency_id = d.${column} and v.valid @> current_date where d.id = $1`,
          [id],
        )
      ).rows.map(row => String(row.code)),
    ).then(([code]) => code ?? '')

  const body = (more: Record<string, unknown> = {}) =>
    JSON.stringify({
      requestKey: newId(new Date()),
      procedure: PERMIT,
      applicant: { name: 'Nguyễn Thị Mẫu', idNumber: '044185000123', phone: '0912000123' },
      answers: goodAnswers(PERMIT),
      ...more,
    })

  it('of an agency opens the dossiers it decides or receives, and none else', async () => {
    const { id, reference } = await fileDossier(test.app)
    const own = await codeOf('agency_id', id)
    const centre = await codeOf('centre_id', id)
    const others = await asAdmin(test.databaseUrl, async client =>
      (
        await client.query(
          'select code from organisation.agency_version where valid @> current_date and code <> all($1) order by code limit 1',
          [[own, centre]],
        )
      ).rows.map(row => String(row.code)),
    )
    const system = new Visitor(test.app)
    const status = async (headers: Record<string, string>) =>
      (await system.send('GET', `/api/v1/ho-so/${reference}`, { headers })).status
    assert.equal(await status(await give('A', 'dossier.read', '--agency', own)), 200)
    assert.equal(await status(await give('B', '--agency', centre, 'dossier.read')), 200)
    assert.equal(await status(await give('C', 'dossier.read', '--agency', others[0] ?? '')), 404)
    assert.equal(await status(await give('D', 'dossier.read')), 200, 'of the whole province')
    const list = (await motcua(['token', 'list'], env)).out
    assert.match(list, new RegExp(` {2}A {2}dossier\\.read {2}${own.replace(/\./g, '\\.')} {2}until `))
    assert.match(list, / {2}D {2}dossier\.read {2}whole province {2}until /)
    const wrong = await motcua(['token', 'E', 'dossier.read', '--agency', 'KHÔNG-CÓ'], env)
    assert.equal(wrong.code, 1)
    assert.match(wrong.out, /^No agency has the code KHÔNG-CÓ\./)
  })

  it('takes back what it filed itself, never what another filed', async () => {
    const kiosk = await give('Kiosk', 'dossier.submit')
    const other = await give('Other', 'dossier.submit')
    const system = new Visitor(test.app)
    const filed = await system.send('POST', '/api/v1/ho-so', {
      headers: kiosk,
      payload: body(),
    })
    assert.equal(filed.status, 201, filed.body)
    const { responses } = JSON.parse((await system.get('/api')).body).paths['/api/v1/ho-so'].post
    assert.deepEqual(Object.keys(responses), ['201', 'default'], 'the document says what the server says')
    const { reference } = JSON.parse(filed.body)
    const takeBack = async (headers: Record<string, string>) =>
      (
        await system.send('POST', `/api/v1/ho-so/${reference}/rut`, {
          headers,
          // Keys in capitals are keys.
          payload: JSON.stringify({ requestKey: newId(new Date()).toUpperCase(), reason: 'Đổi ý' }),
        })
      ).status
    assert.equal(await takeBack(other), 404)
    assert.equal(await takeBack(kiosk), 200)
  })

  it('counts by codes of its own: none takes, hides or finds the code of another', async () => {
    const kiosk = await give('Kiosk 2', 'dossier.submit', 'dossier.read')
    const other = await give('Other 2', 'dossier.submit', 'dossier.read')
    const system = new Visitor(test.app)
    const file = (headers: Record<string, string>, foreignCode: string) =>
      system.send('POST', '/api/v1/ho-so', { headers, payload: body({ foreignCode }) })
    const find = async (headers: Record<string, string>, code: string) => {
      const reply = await system.send('GET', `/api/v1/ho-so/${code}`, { headers })
      return reply.status === 200 ? JSON.parse(reply.body).reference : reply.status
    }
    const code = 'kiosk.2026-0001'
    const first = await file(kiosk, code)
    assert.equal(first.status, 201, first.body)
    assert.equal((await file(kiosk, code)).status, 409, 'each code once')
    assert.equal(await find(kiosk, code), JSON.parse(first.body).reference, 'small letters are letters')
    assert.equal(await find(other, code), 404)
    const second = await file(other, code)
    assert.equal(second.status, 201, second.body)
    assert.equal(await find(other, code), JSON.parse(second.body).reference)
    assert.equal(await find(kiosk, code), JSON.parse(first.body).reference)
    // Our own codes come first, whatever another calls its dossiers.
    const { reference } = JSON.parse(second.body)
    const shadow = await file(kiosk, reference)
    assert.equal(shadow.status, 201, shadow.body)
    assert.equal(await find(kiosk, reference), reference)
    const tracked = await system.post('/tra-cuu', { ma: reference.toLowerCase(), 'so-cuoi': '000123' })
    const page = await system.get(tracked.location ?? '')
    assert.match(page.body, new RegExp(reference))
    assert.doesNotMatch(page.body, new RegExp(JSON.parse(shadow.body).reference))
    const byForeign = await system.post('/tra-cuu', { ma: code, 'so-cuoi': '000123' })
    assert.match(
      byForeign.location ?? '',
      /^\/tra-cuu\/./,
      'people know their dossier by the code that they were given',
    )
  })

  it('of an agency files what that agency decides, and nothing for another', async () => {
    const { id } = await fileDossier(test.app)
    const own = await codeOf('agency_id', id)
    const others = await asAdmin(test.databaseUrl, async client =>
      (
        await client.query(
          "select code from organisation.agency_version where valid @> current_date and code <> all($1) and kind = 'commune-committee' order by code limit 1",
          [[own, await codeOf('centre_id', id)]],
        )
      ).rows.map(row => String(row.code)),
    )
    const system = new Visitor(test.app)
    const file = async (headers: Record<string, string>) =>
      (await system.send('POST', '/api/v1/ho-so', { headers, payload: body() })).status
    assert.equal(await file(await give('Own', 'dossier.submit', '--agency', own)), 201)
    assert.equal(await file(await give('Foreign', 'dossier.submit', '--agency', others[0] ?? '')), 403)
  })
})
