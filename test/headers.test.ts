// What every kind of answer carries: policies, cookies, transport; and what of a request is believed.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fileDossier } from './support/dossiers.ts'
import { listen, type TestApp, testApp, Visitor } from './support/test-app.ts'

const POLICY =
  "default-src 'self'; style-src 'self'; worker-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; frame-src 'self'"
const EVERYWHERE = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

describe('headers', () => {
  let plain: TestApp
  let secure: TestApp
  let port: number
  before(async () => {
    plain = await testApp()
    secure = await testApp({}, { publicUrl: 'https://motcua.example.vn' })
    port = Number(new URL(await listen(plain)).port)
  })
  after(async () => {
    await plain.close()
    await secure.close()
  })

  it('a page, a redirect, JSON, a file, an asset, a fault: each with the whole policy', async () => {
    const clerk = await new Visitor(plain.app).signIn('motcua1')
    const { id } = await fileDossier(plain.app)
    const home = await clerk.get('/')
    const asset = /\/tinh\/[^"]+\.css/.exec(home.body)?.[0] ?? ''
    const desk = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    const paper = /\/ban-lam-viec\/ho-so\/[0-9a-f-]+\/tep\/[0-9a-f-]+/.exec(desk.body)?.[0] ?? ''
    for (const [path, status, frame] of [
      ['/', 200, 'DENY'],
      ['/ban-lam-viec/ho-so/khong-co', 404, 'DENY'],
      ['/khong-co', 404, 'DENY'],
      ['/suc-khoe/song', 200, 'DENY'],
      ['/api/v1/ho-so/KHONGCO', 401, 'DENY'],
      [asset, 200, 'DENY'],
      [paper, 200, 'SAMEORIGIN'],
    ] as const) {
      const visitor = path.startsWith('/api') ? new Visitor(plain.app) : clerk
      const { status: got, headers } = await visitor.get(path)
      assert.equal(got, status, path)
      for (const [name, value] of Object.entries(EVERYWHERE)) assert.equal(headers[name], value, `${path} ${name}`)
      assert.equal(headers['x-frame-options'], frame, path)
      const policy = String(headers['content-security-policy'])
      if (frame === 'DENY') assert.equal(policy, POLICY, path)
      else assert.equal(policy, "frame-ancestors 'self'", 'a PDF for the viewer of our own desk')
      assert.equal(headers['access-control-allow-origin'], undefined, path)
      assert.equal(headers['x-powered-by'], undefined)
      assert.equal(headers.server, undefined)
      assert.equal(headers['strict-transport-security'], undefined, 'not where people come without TLS')
    }
    assert.equal((await clerk.post('/dang-nhap', {})).headers['content-security-policy'], POLICY)
  })

  it('over HTTPS: strict transport, cookies that no neighbour can set, and older names are nobody', async () => {
    const person = await new Visitor(secure.app).signIn('0912000123')
    assert.equal((await person.get('/')).headers['strict-transport-security'], 'max-age=63072000; includeSubDomains')
    assert.ok(person.cookies.size > 0)
    for (const name of person.cookies.keys()) assert.match(name, /^__Host-mc_/)
    assert.equal((await person.get('/tai-khoan')).status, 200)
    const renamed = new Visitor(secure.app)
    for (const [name, value] of person.cookies) renamed.cookies.set(name.replace('__Host-', ''), value)
    assert.equal((await renamed.get('/tai-khoan')).status, 303)
    const answer = await secure.app.http.inject({
      method: 'POST',
      url: '/dang-nhap',
      headers: { origin: 'http://localhost', host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ ten: '0912000456', 'mat-khau': 'motcua-thu-nghiem', tiep: '/' }).toString(),
    })
    const set = [answer.headers['set-cookie'] ?? []].flat()
    assert.ok(set.length > 0)
    for (const cookie of set)
      for (const part of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) assert.match(cookie, new RegExp(part))
    assert.equal((await person.post('/dang-xuat')).headers['clear-site-data'], '"cache", "storage"')
    assert.equal((await person.get('/tai-khoan')).status, 303)
  })

  it('what is no request of HTTP is refused and answers nothing of ours', async () => {
    const raw = (text: string) =>
      new Promise<string>(resolve => {
        let said = ''
        const socket = connect(port, '127.0.0.1', () => socket.end(text))
        socket.setEncoding('utf8').on('data', chunk => {
          said += chunk
        })
        socket.on('close', () => resolve(said)).on('error', () => resolve(said))
      })
    const host = `host: 127.0.0.1:${port}\r\nconnection: close\r\n`
    for (const [what, text, status] of [
      [
        'two lengths',
        `POST /dang-nhap HTTP/1.1\r\n${host}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
        400,
      ],
      [
        'two different lengths',
        `POST /dang-nhap HTTP/1.1\r\n${host}content-length: 4\r\ncontent-length: 5\r\n\r\nabcd`,
        400,
      ],
      ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
      ['a header without end', `GET / HTTP/1.1\r\n${host}x: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
      ['TRACE', `TRACE / HTTP/1.1\r\n${host}\r\n`, 404],
      ['a folder of assets', `GET /tinh/ HTTP/1.1\r\n${host}\r\n`, 404],
      ['a hidden file', `GET /.git/config HTTP/1.1\r\n${host}\r\n`, 404],
      ['up and out', `GET /tinh/..%2f..%2fpackage.json HTTP/1.1\r\n${host}\r\n`, 404],
      ['up and out, plain', `GET /tinh/../../package.json HTTP/1.1\r\n${host}\r\n`, 404],
      ['a path that cannot be read', `GET /%E0%A4%A HTTP/1.1\r\n${host}\r\n`, 400],
    ] as const) {
      const said = await raw(text)
      assert.match(said, new RegExp(`^HTTP/1.1 ${status} `), `${what}: ${said.slice(0, 200)}`)
      assert.match(said, /x-content-type-options: nosniff/i, what)
      assert.doesNotMatch(said, /node_modules|at .+:\d+:\d+|"version"/, what)
    }
  })

  it('figures are for this machine alone, and a forwarded address is believed only from a known proxy', async () => {
    const ask = (app: TestApp['app'], remoteAddress: string, headers: Record<string, string> = {}) =>
      app.http.inject({ method: 'GET', url: '/metrics', remoteAddress, headers }).then(answer => answer.statusCode)
    assert.equal(await ask(plain.app, '127.0.0.1'), 200)
    assert.equal(await ask(plain.app, '10.1.2.3'), 404)
    assert.equal(await ask(plain.app, '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }), 404)
    assert.equal(await ask(plain.app, '10.1.2.3', { 'x-forwarded-for': '127.0.0.1' }), 404)
  })
})
