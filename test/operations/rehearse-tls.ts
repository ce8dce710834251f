// `npm run rehearse -- tls`: docs/operations/nginx.conf in front of a running Một Cửa: what it lets in, what it refuses, what it tells.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DEMO_PASSWORD } from '../../src/app/demo-people.ts'
import { productRoot } from '../../src/platform/root.ts'
import { MAIN } from '../support/processes.ts'
import { freePort, needPrograms } from './debian-postgres.ts'

const NAME = 'motcua.example.vn'

export async function rehearseTls(say: (line: string) => void): Promise<void> {
  needPrograms('/usr/sbin/nginx', '/usr/bin/openssl')
  const home = mkdtempSync(join(tmpdir(), 'motcua-tls-'))
  // PostgreSQL runs as another user when this runs as root.
  chmodSync(home, 0o711)
  const [plain, secure, inside] = [await freePort(), await freePort(), await freePort()]
  const openssl = (...args: string[]) => execFileSync('/usr/bin/openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const at = (name: string) => join(home, name)
  openssl(
    ...'req -x509 -newkey rsa:3072 -nodes -days 2 -subj /CN=thu'.split(' '),
    ...['-addext', `subjectAltName=DNS:${NAME}`, '-keyout', at('key.pem'), '-out', at('fullchain.pem')],
  )
  const written = readFileSync(join(productRoot, 'docs/operations/nginx.conf'), 'utf8')
    .replaceAll('/etc/ssl/motcua', home)
    .replace('server 127.0.0.1:3000;', `server 127.0.0.1:${inside};`)
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replaceAll('listen 443 ', `listen 127.0.0.1:${secure} `)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  for (const each of temporary) mkdirSync(at(each))
  writeFileSync(
    at('nginx.conf'),
    `user ${process.getuid?.() === 0 ? 'root' : 'nobody'}; daemon off; pid ${at('pid')}; error_log ${at('error.log')};
events {}
http { access_log off; ${temporary.map(each => `${each}_temp_path ${at(each)};`).join(' ')}
${written}
}`,
  )
  const env = {
    ...process.env,
    DATABASE_URL: undefined,
    DATA_DIR: at('data'),
    PORT: String(inside),
    PUBLIC_URL: `https://${NAME}:${secure}`,
    TRUST_PROXY: '1',
    DEMO: 'on',
    LOG_LEVEL: 'warn',
    // The proxy counts for all processes: what it lets through this one would take.
    FLOOD_PER_SECOND: '10000',
    FLOOD_BURST: '10000',
  }
  const product = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [product.stdout, product.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const nginx = spawn('/usr/sbin/nginx', ['-c', at('nginx.conf'), '-p', home], { stdio: 'ignore' })
  try {
    for (let i = 0; !said.includes('Ctrl-C stops'); i++) {
      if (i > 600 || product.exitCode !== null) throw new Error(`it did not start: ${said}`)
      await wait(100)
    }
    const ca = readFileSync(at('fullchain.pem'))
    const ask = (path: string, more: https.RequestOptions & { readonly body?: string } = {}) =>
      new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
        const { body, ...options } = more
        const request = https.request(
          {
            host: '127.0.0.1',
            port: secure,
            servername: NAME,
            ca,
            path,
            ...options,
            headers: { host: `${NAME}:${secure}`, ...options.headers },
          },
          response => {
            let text = ''
            response.setEncoding('utf8').on('data', part => {
              text += part
            })
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            )
          },
        )
        request.on('error', reject)
        request.end(body)
      })
    const home200 = await ask('/')
    assert.equal(home200.status, 200)
    assert.match(String(home200.headers['strict-transport-security']), /max-age=\d{8}/)
    assert.equal(home200.headers.server, 'nginx', 'without its version')
    say('HTTPS answers, with HSTS')

    const moved = await new Promise<http.IncomingMessage>((resolve, reject) =>
      http
        .get({ host: '127.0.0.1', port: plain, path: '/thu-tuc?q=1', headers: { host: NAME } }, resolve)
        .on('error', reject),
    )
    moved.resume()
    assert.equal(moved.statusCode, 301)
    assert.equal(moved.headers.location, `https://${NAME}/thu-tuc?q=1`)
    say('HTTP is sent on to HTTPS')

    const shake = (...args: string[]): boolean => {
      const { stdout } = spawnSync(
        '/usr/bin/openssl',
        ['s_client', '-connect', `127.0.0.1:${secure}`, '-CAfile', at('fullchain.pem'), ...args],
        { input: 'Q\n', encoding: 'utf8' },
      )
      return /Cipher is (?!\(NONE\))/.test(stdout)
    }
    const named = ['-servername', NAME]
    assert.ok(shake(...named, '-tls1_3') && shake(...named, '-tls1_2'))
    for (const old of ['-tls1_1', '-tls1']) assert.ok(!shake(...named, old, '-cipher', 'ALL:@SECLEVEL=0'), old)
    for (const weak of ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-RSA-AES256-SHA384'])
      assert.ok(!shake(...named, '-tls1_2', '-cipher', weak), weak)
    assert.ok(!shake('-noservername'), 'a call without a name')
    assert.ok(!shake('-servername', 'other.example.vn'), 'a call by another name')
    say('TLS 1.2 and 1.3 with forward secrecy only; other names get no certificate')

    const form = (body: Record<string, string>, headers: http.OutgoingHttpHeaders = {}) =>
      ask('/dang-nhap', {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: `https://${NAME}:${secure}`,
          ...headers,
        },
        body: new URLSearchParams(body).toString(),
      })
    const right = { ten: '0912000123', 'mat-khau': DEMO_PASSWORD, tiep: '/' }
    const signedIn = await form(right)
    assert.equal(signedIn.status, 303, signedIn.body.slice(0, 300))
    const cookie = String(signedIn.headers['set-cookie'])
    assert.match(cookie, /__Host-[^=]+=[^;]+;.*Secure/)
    assert.match(cookie, /SameSite=/)
    say('people sign in; their cookie is __Host- and Secure')

    // Seven wrong words from one address, each under another claimed one: the seventh is braked, so the claims count for nothing.
    let last = 0
    for (let i = 1; i <= 7; i++)
      last = (
        await form({ ...right, ten: '0912000456', 'mat-khau': 'khong-dung' }, { 'x-forwarded-for': `203.0.113.${i}` })
      ).status
    assert.equal(last, 429)
    say('a claimed X-Forwarded-For counts for nothing')

    assert.equal((await ask('/metrics')).status, 403)
    say('/metrics stays inside')

    const agent = new https.Agent({ keepAlive: true, maxSockets: 40 })
    const flood = await Promise.all(
      Array.from({ length: 600 }, () => ask('/tra-cuu', { agent }).then(({ status }) => status)),
    )
    agent.destroy()
    const turnedAway = flood.filter(status => status === 429).length
    assert.ok(turnedAway > 100 && turnedAway < 400, `${turnedAway} of 600 at once were turned away`)
    await wait(2000)
    assert.equal((await ask('/tra-cuu')).status, 200)
    say(`of 600 requests at once ${turnedAway} are turned away, whoever serves; then all is well`)
    const unexpected = said.split('\n').filter(line => /"level":[456]0/.test(line))
    assert.deepEqual(unexpected, [])
  } finally {
    for (const each of [nginx, product]) {
      if (each.exitCode !== null) continue
      const ended = once(each, 'exit')
      each.kill('SIGTERM')
      await ended
    }
    rmSync(home, { recursive: true, force: true })
  }
}
