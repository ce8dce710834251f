// Bad input without end: every route, every kind of caller, values that no form would send. Nothing may fail, leak or grow.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { Route } from '../../src/platform/http/route.ts'
import { newId } from '../../src/platform/id.ts'
import { act, fileDossier, PERMIT, uploadPaper } from '../support/dossiers.ts'
import { giveToken, smallPdf, type TestApp, Visitor } from '../support/test-app.ts'

export interface FuzzOutcome {
  readonly sent: number
  /** How many answers there were of each status. */
  readonly statuses: ReadonlyMap<number, number>
  /** What should never have come, with the request that brought it. */
  readonly faults: readonly string[]
  readonly slowest: { readonly request: string; readonly milliseconds: number }
  /** Heap in use after the last request less that after the first thousand, in MB. */
  readonly growthMb: number
}

/** Stands in the dossier of somebody else: whoever is shown it has seen what is not for the own eyes. */
const PLANTED = 'Bí Mật Của Người Khác'
const SLOW_MS = 10_000

/** Texts that have broken other programs. */
const NASTY = [
  '',
  ' ',
  '\u0000',
  '\u202e',
  '\ufeff',
  '\ud800',
  'ﷺ'.repeat(50),
  'ạ̶̛'.repeat(300),
  'A'.repeat(5000),
  "' or '1'='1",
  "'; drop table dossier.entry; --",
  '1);select pg_sleep(5)--',
  '$' + '{7*7}',
  '{{7*7}}',
  '%00',
  '%2e%2e%2f',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '//example.com',
  'http://169.254.169.254/latest/meta-data/',
  'file:///etc/passwd',
  '\r\nset-cookie: a=b',
  '__proto__',
  'constructor',
  'toString',
  '[object Object]',
  'null',
  'undefined',
  'NaN',
  '-1',
  '0',
  '1e309',
  '9'.repeat(400),
  '2026-02-30',
  '31/02/2026',
  '0000-00-00',
  '9999-12-31',
  '1/1/1',
  '١٢٣',
  '=cmd|calc',
  '@SUM(1)',
  '*',
  '%',
  '_',
  '\\',
  '/',
  '?',
  '#',
  '01a21371-0000-7000-8000-000000000000',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
] as const

/** Fields that forms of ours know. */
const FIELDS = [
  'ten',
  'mat-khau',
  'tiep',
  'ma',
  'khoa',
  'seq',
  'ly-do',
  'can-cu',
  'giay-to',
  'ket-qua',
  'ngay',
  'nguoi-nhan',
  'cach-tra',
  'ho-ten',
  'lien-he',
  'so-dinh-danh',
  'so-ngay',
  'vi-tri',
  'q',
  'tu',
  'den',
  'trang',
  'tinh',
  'xa',
  'ma-ho-so',
  'so-dien-thoai',
  'chu-ho-so',
  'cong-trinh.ten',
  'thu.cap-phep.cot-nen',
  'giai-trinh',
  'den-buoc',
  'nguoi-xu-ly',
  'ghi-chu',
  'ngon-ngu',
  '__proto__',
  'a[b][c]',
  '',
] as const

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.double().map(String) },
)
const pairs = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), text), text), { maxLength: 12 })
const file = fc.oneof(
  fc.constant(smallPdf),
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 3000 }).map(bytes => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 400 }).map(bytes => Buffer.concat([smallPdf.subarray(0, 60), Buffer.from(bytes)])),
  fc.constant(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')),
  fc.constant(Buffer.from('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')),
)
const body = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('form' as const), pairs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('multipart' as const), pairs, file, name: text }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('json' as const), value: fc.jsonValue({ maxDepth: 4 }), answers: pairs }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('raw' as const), type: text, value: text }) },
)
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'accept-language',
    'cookie',
    'referer',
    'range',
    'if-none-match',
    'x-forwarded-for',
    'x-request-id',
    'user-agent',
    'sec-fetch-site',
    'authorization',
  ),
  text.map(value => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')),
  { maxKeys: 3 },
)
const shot = (routes: readonly Route[], callers: number) =>
  fc.record({
    route: fc.constantFrom(...routes),
    caller: fc.nat({ max: callers - 1 }),
    params: fc.array(fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: text }), {
      minLength: 3,
      maxLength: 3,
    }),
    query: pairs,
    body,
    headers,
  })

/** Sends `count` bad requests to an app, the same for the same `seed`. */
export async function fuzz(test: TestApp, count: number, seed: number): Promise<FuzzOutcome> {
  const { app } = test
  const paper = await uploadPaper(app)
  const dossier = await fileDossier(app, PERMIT, 'vi', [paper])
  await app.db
    .updateTable('dossier.dossier')
    .set({ applicant_name: PLANTED, subject: PLANTED })
    .where('id', '=', dossier.id)
    .execute()
  const clerk = await new Visitor(app).signIn('motcua1')
  await act(clerk, dossier.id, 'tiep-nhan')
  const noted = await act(clerk, dossier.id, 'ghi-chu', { 'ghi-chu': PLANTED })
  if (noted.status !== 303) throw new Error(`the note was answered ${noted.status}`)
  const token = await giveToken(app)
  // All of them foreign to the dossier: another citizen, officers of another commune.
  const enter = async (login: string | null) => (login === null ? new Visitor(app) : new Visitor(app).signIn(login))
  const logins = [
    null,
    '0912000456',
    'motcua2',
    'chuyenvien2',
    'truongphong2',
    'chutich2',
    'vanthu2',
    'quantri',
    'kiemsoat',
    null,
  ] as const
  const callers: Visitor[] = []
  for (const login of logins) callers.push(await enter(login))
  const cookies = callers.map(visitor => new Map(visitor.cookies))
  // Signing out ends what the others still need.
  const routes = app.routes.filter(route => !/dang-xuat/.test(route.path))

  const statuses = new Map<number, number>()
  const faults: string[] = []
  let slowest = { request: '', milliseconds: 0 }
  let early: number | null = null
  const known: Readonly<Record<string, string>> = {
    code: PERMIT,
    id: dossier.id,
    file: paper,
    page: 'chu-dau-tu',
    form: 'mau-01.pdf',
    token: 'a'.repeat(22),
    job: '1',
    number: '1',
  }
  let sent = 0
  for (let batch = 0; sent < count; batch++) {
    for (const each of fc.sample(shot(routes, callers.length), {
      numRuns: Math.min(500, count - sent),
      seed: seed + batch,
    })) {
      sent++
      const { route } = each
      const visitor = callers[each.caller] as Visitor
      let at = 0
      const path = route.path.replace(/:([a-z]+)/gi, (_, name: string) => {
        const given = each.params[at++ % each.params.length] ?? null
        return given === null ? (known[name] ?? '') : encodeURIComponent(Buffer.from(given).toString())
      })
      const query = new URLSearchParams(each.query.map(([name, value]) => [name, value])).toString()
      const url = `${path}${query === '' || route.method === 'POST' ? '' : `?${query}`}`
      const post = route.method === 'POST' ? payloadOf(each.body) : null
      const system = each.caller === callers.length - 1
      const name = `${route.method} ${url.slice(0, 300)} as ${logins[each.caller] ?? (system ? 'system' : 'nobody')} with ${JSON.stringify(each.body).slice(0, 400)}`
      const began = performance.now()
      try {
        const reply = await visitor.send(route.method, url, {
          ...(post === null ? {} : { payload: post.payload }),
          headers: {
            ...each.headers,
            ...(visitor.cookies.size > 0
              ? { cookie: [...visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ') }
              : {}),
            ...(system ? { authorization: `Bearer ${token}` } : {}),
            ...(post === null ? {} : { 'content-type': post.type }),
          },
        })
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
        if (reply.status >= 500) faults.push(`${reply.status}: ${name}`)
        if (reply.body.includes(PLANTED)) faults.push(`shows what is another's: ${name}`)
        if (reply.status === 200 && url.includes(paper)) faults.push(`gives a file that is another's: ${name}`)
        if (/\n\s+at .+:\d+:\d+\)?\n|node_modules/.test(reply.body)) faults.push(`shows our insides: ${name}`)
      } catch (error) {
        faults.push(`${String(error)}: ${name}`)
      }
      const milliseconds = performance.now() - began
      if (milliseconds > slowest.milliseconds) slowest = { request: name, milliseconds }
      if (milliseconds > SLOW_MS) faults.push(`took ${milliseconds.toFixed(0)} ms: ${name}`)
      // A sign-in or a language that happened to work: the caller stays who it was.
      visitor.cookies.clear()
      for (const [key, value] of cookies[each.caller] ?? []) visitor.cookies.set(key, value)
    }
    if (sent >= 1000) early ??= heapMb()
  }
  const late = heapMb()
  return { sent, statuses, faults, slowest, growthMb: late - (early ?? late) }
}

type Body = typeof body extends fc.Arbitrary<infer Value> ? Value : never

function payloadOf(given: Body): { type: string; payload: string | Buffer } {
  switch (given.kind) {
    case 'form':
      return {
        type: 'application/x-www-form-urlencoded',
        payload: new URLSearchParams(given.pairs.map(([name, value]) => [name, value])).toString(),
      }
    case 'json':
      return {
        type: 'application/json',
        payload: JSON.stringify({
          requestKey: newId(new Date()),
          procedure: PERMIT,
          applicant: given.value,
          answers: Object.fromEntries(given.answers),
          ...(typeof given.value === 'object' && !Array.isArray(given.value) ? given.value : { value: given.value }),
        }),
      }
    case 'multipart': {
      const boundary = '----fuzz'
      const clean = (part: string) => part.replace(/["\r\n]/g, '')
      const fields = given.pairs.map(
        ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${clean(name)}"\r\n\r\n${value}\r\n`,
      )
      return {
        type: `multipart/form-data; boundary=${boundary}`,
        payload: Buffer.concat([
          Buffer.from(fields.join('')),
          Buffer.from(
            `--${boundary}\r\ncontent-disposition: form-data; name="giay-to.ban-ve"; filename="${clean(given.name)}"\r\ncontent-type: application/pdf\r\n\r\n`,
          ),
          given.file,
          Buffer.from(`\r\n--${boundary}--\r\n`),
        ]),
      }
    }
    case 'raw':
      return { type: given.type.replace(/[^\x20-\x7e]/g, '') || 'text/plain', payload: given.value }
  }
}

/** Heap and buffers in use after a collection, in MB. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}
