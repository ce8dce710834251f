// `npm run attack -- sqlmap [part of an address]`: sqlmap on every request that pages let anybody make: parameters, parts of paths,
// cookies, headers; bodies as forms, as multipart and as JSON.
// Debian's sqlmap; a page of this file's own that does let itself be injected shows first that the tool would find one.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import pg from 'pg'
import type { App } from '../../src/app/build-app.ts'
import { newId } from '../../src/platform/id.ts'
import { crawl, routeOf, type Walker, walkers } from '../support/crawl.ts'
import { PERMIT } from '../support/dossiers.ts'
import { listen, testApp } from '../support/test-app.ts'
import { type Asked, formsOf, oneOfEach } from './forms.ts'

const only = process.env.SQLMAP_ONLY ?? ''
/** At once: one for each core of a small machine. */
const LANES = 2
/** Every technique that sqlmap has, on each parameter, cookie, and the headers by which browsers say what they are and whence they come. */
const OPTIONS = [
  '--batch',
  '--ignore-stdin',
  '--level=3',
  '--risk=2',
  '--technique=BEUSTQ',
  '--dbms=PostgreSQL',
  '--flush-session',
  '--disable-coloring',
  '--timeout=20',
  '--ignore-code=*',
  '--ignore-redirects',
  '--skip-waf',
]

it('nothing that anybody sends reaches a statement as a part of it', { timeout: 3_600_000 }, async t => {
  const test = await testApp()
  const folder = mkdtempSync(join(tmpdir(), 'motcua-sqlmap-'))
  const admin = new pg.Pool({ connectionString: test.databaseUrl, max: 2 })
  // What one network may try in a minute would end the attack early.
  const forgiving = setInterval(() => void admin.query('delete from platform.attempt').catch(() => undefined), 500)
  const control = createServer((request, response) => {
    const word = new URL(request.url ?? '/', 'http://local').searchParams.get('q')
    admin.query(`select title from catalogue.procedure where code = '${word}'`).then(
      // Of several statements there are several results.
      result => response.end(`<p>${[result].flat().at(-1)?.rows.length} found</p>`),
      error => response.writeHead(500).end(String(error)),
    )
  })
  try {
    const base = await listen(test)
    await new Promise<void>(resolve => control.listen(0, '127.0.0.1', resolve))
    const bait = `http://127.0.0.1:${(control.address() as AddressInfo).port}`
    const found = await sqlmap(folder, bait, {
      caller: 'control',
      method: 'GET',
      url: `/?q=${PERMIT}`,
      fields: [],
      multipart: false,
    })
    assert.match(found, /is vulnerable|injectable/, `sqlmap does not find what is open to it:\n${found.slice(-2000)}`)

    let answers = 0
    const failed: string[] = []
    test.app.http.server.on('request', (request, response) => {
      response.on('finish', () => {
        answers++
        if (response.statusCode >= 500) failed.push(`${response.statusCode} ${request.method} ${request.url}`)
      })
    })
    const everybody = await walkers(test.app)
    const targets = (await requestsOf(test.app, everybody)).filter(({ url }) => url.includes(only))
    const tried = new Set(targets.map(each => `${each.method} ${routeOf(test.app, each.url)}`))
    const left = test.app.routes.map(({ method, path }) => `${method} ${path}`).filter(name => !tried.has(name))
    if (only === '') t.diagnostic(`without a parameter, or not come across: ${left.join(', ')}`)
    const queue = [...targets]
    const open: string[] = []
    let parameters = 0
    const lane = async () => {
      for (let asked = queue.shift(); asked !== undefined; asked = queue.shift()) {
        const walker = everybody.find(({ caller }) => caller === asked?.caller)
        const said = await sqlmap(folder, base, asked, walker)
        parameters += new Set(said.match(/parameter '[^']+'/g)).size
        if (/is vulnerable|identified the following injection/.test(said))
          open.push(`${asked.method} ${asked.url} as ${asked.caller}:\n${said.slice(-1500)}`)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    t.diagnostic(
      `${targets.length} requests, ${parameters} parameters, ${answers} answers, ${failed.length} of them 5xx`,
    )
    assert.deepEqual(open, [])
    assert.deepEqual([...new Set(failed)].slice(0, 20), [])
    assert.ok(parameters >= targets.length, 'hardly any parameter was tried')
  } finally {
    clearInterval(forgiving)
    control.close()
    await admin.end()
    await test.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

/** One of each request that the walkers come across, and those of the API. */
async function requestsOf(app: App, everybody: readonly Walker[]): Promise<Asked[]> {
  const all: Asked[] = []
  // Each desk shows other forms of each dossier.
  for (const walker of everybody)
    for (const seen of await crawl(app, walker, 12)) {
      all.push({ caller: walker.caller, method: 'GET', url: seen.url, fields: [], multipart: false }, ...formsOf(seen))
    }
  all.push(...(await unlinked(app)))
  // Who signs out ends the attack.
  return oneOfEach(
    all.filter(({ url }) => !/dang-xuat/.test(url)),
    ({ url }) => routeOf(app, url) ?? url,
  ).filter(
    ({ url, fields }) => fields.length > 0 || /\?|[0-9a-f]{8}-|\/[\w-]{20,}|\/\d[\d.]*|\/[2-9A-Z]{10}\b/.test(url),
  )
}

/** What no form of ours sends: other systems, returns from elsewhere, buttons that only show when something has failed. */
async function unlinked(app: App): Promise<Asked[]> {
  const { id, reference } = await app.db
    .selectFrom('dossier.dossier')
    .select(['id', 'reference'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirstOrThrow()
  const ask = (caller: string, method: Asked['method'], url: string, fields: Record<string, string> = {}): Asked => ({
    caller,
    method,
    url,
    fields: Object.entries(fields),
    multipart: false,
  })
  const requestKey = newId(new Date())
  return [
    ask('system', 'POST', '/api/v1/ho-so', { requestKey, procedure: PERMIT, foreignCode: 'H01.01-000001' }),
    ask('system', 'POST', `/api/v1/ho-so/${reference}/rut`, { requestKey, reason: 'thử' }),
    ask('system', 'GET', `/api/v1/ho-so/${reference}`),
    ask('stranger', 'GET', '/dang-nhap/vneid/ve?code=mau&state=mau&iss=mau'),
    ask('stranger', 'GET', '/dang-nhap/kich-hoat?ma=mau'),
    ask('administrator', 'POST', '/van-hanh/viec/1/chay-lai', { khoa: requestKey }),
    ask('citizen', 'POST', `/tai-khoan/uy-quyen/${id}/thu-hoi`, { khoa: requestKey }),
    ask('citizen', 'POST', `/ho-so/${id}/rut`, { khoa: requestKey, seq: '1', 'ly-do': 'mau' }),
    ask('clerk', 'POST', '/tai-khoan/vi-tri', { 'vi-tri': id }),
    ...['chuyen', 'phan-cong', 'nop-bo-sung', 'yeu-cau-bo-sung', 'xem-truoc'].map(name =>
      ask('specialist', 'POST', `/ban-lam-viec/ho-so/${id}/${name}`, {
        khoa: requestKey,
        seq: '2',
        'ket-qua': 'xong',
        'vi-tri': id,
        'giai-trinh': 'mau',
        'giay-to': 'ban-ve',
      }),
    ),
  ]
}

const BOUNDARY = '------------------------9a7c2f'

/** The body as a browser, or another system, sends it. */
function bodyOf({ method, url, fields, multipart }: Asked): { type: string; body: string } {
  if (method === 'GET') return { type: '', body: '' }
  if (url.startsWith('/api/')) return { type: 'application/json', body: JSON.stringify(Object.fromEntries(fields)) }
  if (!multipart)
    return {
      type: 'application/x-www-form-urlencoded',
      body: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(),
    }
  const parts = fields.map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return { type: `multipart/form-data; boundary=${BOUNDARY}`, body: `${parts.join('')}--${BOUNDARY}--\r\n` }
}

/** Gives what sqlmap said of one request: every parameter, and the parts of the path that name something. */
async function sqlmap(folder: string, base: string, asked: Asked, walker?: Walker): Promise<string> {
  const { host, port, hostname } = new URL(base)
  const path = asked.url.replace(
    /(\/)([0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{20,}|\d[\d.]*|[2-9A-Z]{10})(?=\/|\?|$)/g,
    '$1$2*',
  )
  const { type, body } = bodyOf(asked)
  const cookies = [...(walker?.visitor.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  const lines = [
    `${asked.method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: sqlmap',
    `Referer: ${base}/`,
    ...(asked.method === 'POST' ? [`Origin: ${base}`, `Content-Type: ${type}`] : []),
    ...(cookies === '' ? [] : [`Cookie: ${cookies}`]),
    ...Object.entries(walker?.visitor.always ?? {}).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ]
  const file = join(folder, `${newId(new Date())}.txt`)
  writeFileSync(file, lines.join('\r\n'))
  const child = spawn('sqlmap', ['-r', file, ...OPTIONS, `--output-dir=${join(folder, 'out')}`], {
    env: { ...process.env, HOME: folder, TERM: 'dumb', NO_PROXY: `${hostname}:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  await new Promise(resolve => child.on('close', resolve))
  return said
}
