// Every page that people can come to: from where each kind of caller begins, by links and searches, one or two of each kind.
import type { App } from '../../src/app/build-app.ts'
import { DEMO_PASSWORD } from '../../src/app/demo-people.ts'
import { readIntent } from '../../src/modules/signing/store/keys.ts'
import { civilDateOf } from '../../src/platform/calendar/civil.ts'
import { formatCivilDate } from '../../src/platform/i18n/format.ts'
import { enqueue } from '../../src/platform/jobs/jobs.ts'
import { act, fileDossier, PERMIT_GRANTED } from './dossiers.ts'
import { giveToken, type Reply, smallPdf, Visitor } from './test-app.ts'

/** A page as somebody saw it. */
export interface Seen {
  readonly caller: string
  /** Pattern of its route. */
  readonly route: string
  readonly url: string
  readonly reply: Reply
}

/** Somebody who looks, and where they begin. */
export interface Walker {
  readonly caller: string
  readonly visitor: Visitor
  readonly from: readonly string[]
}

/** The logins of the demo, one of each kind. */
const CALLERS = {
  stranger: null,
  citizen: '0912000123',
  clerk: 'motcua1',
  specialist: 'chuyenvien1',
  head: 'truongphong1',
  leader: 'chutich1',
  records: 'vanthu1',
  'clerk of the province': 'motcua-tinh',
  administrator: 'quantri',
  auditor: 'kiemsoat',
} as const
type Caller = keyof typeof CALLERS

/** Dossiers at every desk, one of them issued, sealed and returned, and a draft; and everybody signed in. */
export async function walkers(app: App): Promise<Walker[]> {
  const visitors = new Map<Caller, Visitor>()
  for (const [caller, login] of Object.entries(CALLERS) as [Caller, string | null][])
    visitors.set(caller, login === null ? new Visitor(app) : await new Visitor(app).signIn(login))
  const who = (caller: Caller) => visitors.get(caller) as Visitor
  const steps: readonly (readonly [Caller, string, Record<string, string>?])[] = [
    ['clerk', 'tiep-nhan'],
    ['specialist', 'quyet-dinh', PERMIT_GRANTED],
    ['head', 'ky-nhay'],
    ['leader', 'ky-duyet'],
    ['records', 'vao-so', { ngay: formatCivilDate(civilDateOf(app.platform.clock.now())) }],
    ['records', 'dong-dau'],
    ['clerk', 'tra-ket-qua', { 'nguoi-nhan': 'Nguyễn Thị Mẫu', 'cach-tra': 'counter' }],
  ]
  const entries: string[] = []
  let finished = ''
  for (let until = 0; until <= steps.length; until++) {
    const { id } = await fileDossier(app)
    for (const [caller, name, form] of steps.slice(0, until)) {
      const done = await act(who(caller), id, name, form)
      if (done.status !== 303) throw new Error(`${name} answered ${done.status}`)
      await app.runJobs()
    }
    // The furthest first: its page has everything that a page can have.
    entries.unshift(`/ban-lam-viec/ho-so/${id}`)
    finished = id
  }
  // And one that waits for what its applicant was asked for.
  const asked = await fileDossier(app)
  const more = { 'ly-do': 'Thiếu mặt cắt', 'can-cu': 'Điều 55 NĐ 175/2024/NĐ-CP', 'giay-to': ['ban-ve'] }
  const done = await act(who('clerk'), asked.id, 'yeu-cau-bo-sung', more)
  if (done.status !== 303) throw new Error(`yeu-cau-bo-sung answered ${done.status}`)
  entries.unshift(`/ban-lam-viec/ho-so/${asked.id}`)
  // As the house does each evening: histories are sealed, then the seals are stamped.
  await enqueue(app.db, 'dossier.seal-histories', {})
  for (let round = 0; round < 2; round++) await app.runJobs()
  const draft = await filledDraft(who('citizen'))
  const counter = (await who('clerk').post('/ban-lam-viec/tiep-nhan/1.013225')).location
  const tracking = /\/tra-cuu\/[\w-]+/.exec((await who('citizen').get(`/ho-so/${finished}/da-nop`)).body)?.[0]
  // As it stands in the QR code of the letter.
  const signed = await app.db
    .selectFrom('signing.intent')
    .select('id')
    .where('kind', '=', 'sign')
    .where('state', '=', 'done')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const intent = await readIntent(app.db, app.platform.keys, signed.id)
  if (intent === null) throw new Error('nothing was signed')
  const { token } = intent.request as { token: string }
  const system = await giveToken(app)
  const { reference } = await app.db
    .selectFrom('dossier.dossier')
    .select('reference')
    .where('id', '=', finished)
    .executeTakeFirstOrThrow()
  const from: Partial<Record<Caller, readonly string[]>> = {
    stranger: [...OPEN, `/xac-minh/${token}`, ...(tracking === undefined ? [] : [tracking])],
    citizen: ['/', ...draft, `/ho-so/${finished}`, `/ho-so/${finished}/da-nop`, `/ho-so/${asked.id}`],
    clerk: [...(await deskOf(who('clerk'))), counter, ...entries],
  }
  return [
    ...(await Promise.all(
      [...visitors].map(async ([caller, visitor]) => ({
        caller,
        visitor,
        from: from[caller] ?? [...(await deskOf(visitor)), ...entries],
      })),
    )),
    ...(await halfIn(app)),
    {
      caller: 'system',
      visitor: new Visitor(app, { authorization: `Bearer ${system}` }),
      from: [`/api/v1/ho-so/${reference}`],
    },
  ]
}

/** Where an officer begins; who may not search is led nowhere. */
async function deskOf(visitor: Visitor): Promise<string[]> {
  const { location } = await visitor.post('/ban-lam-viec/tim', { q: 'nguyen van' })
  return ['/ban-lam-viec', ...(location.startsWith('/ban-lam-viec/tim') ? [location] : [])]
}

/** Where strangers begin: what no link leads to among it. */
const OPEN = [
  '/',
  '/thu-tuc/goi-y?q=xay',
  '/dia-gioi/xa?tinh=99',
  '/hop-thu',
  '/thanh-phan',
  '/tra-cuu',
  '/xac-minh',
  '/niem-phong/1',
  '/niem-phong/1/dau-thoi-gian.tst',
  '/suc-khoe/song',
  '/suc-khoe/san-sang',
  '/metrics',
  '/icon.svg',
  '/api',
  '/api/openapi.json',
  '/api/v1/thu-tuc',
  '/api/v1/thu-tuc/1.013225',
]

/** A draft of the permit that could be sent: its pages. */
async function filledDraft(citizen: Visitor): Promise<string[]> {
  const first = (await citizen.post('/nop-ho-so/1.013225')).location
  const draft = first.replace(/\/trang\/.*$/, '')
  await citizen.post(first, {
    'loai-chu-dau-tu': 'ca-nhan',
    'chu-dau-tu.ho-ten': 'Nguyễn Thị Mẫu',
    'chu-dau-tu.so-dinh-danh': '044185000123',
    'dien-thoai': '0912000123',
    'dong-so-huu': 'khong',
  })
  await citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, [
    { field: 'giay-to.ban-ve', name: 'ban-ve.pdf', content: smallPdf },
  ])
  return [first, draft, `${draft}/giay-to`, `${draft}/kiem-tra`]
}

/** People between two steps of coming in: before the code, behind it, before the second factor. */
async function halfIn(app: App): Promise<Walker[]> {
  const before = new Visitor(app)
  await before.post('/dang-ky', { 'lien-he': '0977123001', tiep: '/' })
  const behind = new Visitor(app)
  await behind.post('/dang-ky', { 'lien-he': '0977123002', tiep: '/' })
  const code = /\b\d{4} \d{4}\b/.exec((await behind.get('/dang-ky/ma')).body)?.[0] ?? ''
  await behind.post('/dang-ky/ma', { ma: code })
  const second = new Visitor(app)
  await second.post('/dang-nhap', { ten: 'chutich2', 'mat-khau': DEMO_PASSWORD, tiep: '/' })
  return [
    { caller: 'newcomer before the code', visitor: before, from: ['/dang-ky/ma'] },
    { caller: 'newcomer behind the code', visitor: behind, from: ['/dang-ky/tai-khoan'] },
    { caller: 'leader before the second factor', visitor: second, from: ['/dang-nhap/ma-xac-thuc'] },
  ]
}

/** What would end the walk. */
const NEVER = /dang-xuat|\.(css|js|woff2)$/

/** The pattern of the route that an address belongs to. */
export function routeOf(app: App, url: string): string | undefined {
  const { pathname } = new URL(url, 'http://local')
  const parts = pathname.split('/')
  const fits = (path: string) => {
    const own = path.split('/')
    return (
      own.length === parts.length &&
      own.every((part, at) => part === parts[at] || (part.startsWith(':') && parts[at] !== ''))
    )
  }
  const paths = app.routes.map(({ path }) => path).filter(fits)
  // `/thu-tuc/goi-y` before `/thu-tuc/:code`.
  return paths.sort((a, b) => a.split(':').length - b.split(':').length)[0]
}

/** Follows links and search forms of a walker; at most `each` addresses of each route and set of query names. `look` is asked for every page. */
export async function crawl(
  app: App,
  { caller, visitor, from }: Walker,
  each: number,
  look: (url: string) => Promise<Reply> = url => visitor.get(url),
): Promise<Seen[]> {
  const taken = new Map<string, number>()
  const seen: Seen[] = []
  const queue = [...from]
  const asked = new Set<string>()
  for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
    if (asked.has(url) || NEVER.test(url)) continue
    asked.add(url)
    const { pathname, searchParams } = new URL(url, 'http://local')
    const route = routeOf(app, url)
    if (route === undefined) continue
    const kind = `${route}?${[...searchParams.keys()].sort().join('&')}`
    const times = taken.get(kind) ?? 0
    if (times >= each) continue
    taken.set(kind, times + 1)
    const reply = await look(url)
    seen.push({ caller, route, url, reply })
    if (reply.location.startsWith('/')) queue.push(reply.location)
    if (!String(reply.headers['content-type']).startsWith('text/html')) continue
    for (const [, href = ''] of reply.body.matchAll(/(?:href|src)="(\/[^"#]*)/g))
      queue.push(href.replace(/&amp;/g, '&'))
    for (const [form] of reply.body.matchAll(/<form[^>]*method="get"[\s\S]*?<\/form>/g)) {
      const action = /action="([^"]*)"/.exec(form)?.[1] ?? pathname
      const field = /<input[^>]*name="([^"]+)"/.exec(
        form.replace(/<input[^>]*type="(hidden|checkbox|radio)"[^>]*>/g, ''),
      )?.[1]
      if (field !== undefined) queue.push(`${action}?${field}=nguyen`)
    }
  }
  return seen
}
