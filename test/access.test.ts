// Who may: every route × every kind of caller, and the list of what each route says. A route that is not listed fails.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Route } from '../src/platform/http/route.ts'
import { newId } from '../src/platform/id.ts'
import { ACCESS_LIST } from './support/access-list.ts'
import { fileDossier } from './support/dossiers.ts'
import { giveToken, type TestApp, testApp, Visitor } from './support/test-app.ts'

const CALLERS = [
  'stranger',
  'citizen',
  'clerk',
  'specialist',
  'head',
  'leader',
  'records',
  'admin',
  'auditor',
  'system',
] as const
type Caller = (typeof CALLERS)[number]
const LOGIN: Readonly<Partial<Record<Caller, string>>> = {
  citizen: '0912000456',
  clerk: 'motcua2',
  specialist: 'chuyenvien2',
  head: 'truongphong2',
  leader: 'chutich2',
  records: 'vanthu2',
  admin: 'quantri',
  auditor: 'kiemsoat',
}
const OFFICERS: readonly Caller[] = ['clerk', 'specialist', 'head', 'leader', 'records', 'admin', 'auditor']

/** Whom the declared access lets in, by roles of the permission. */
function allowed(route: Route, caller: Caller, roles: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const { access } = route
  const granted = roles.get(caller) ?? new Set()
  switch (access.kind) {
    case 'anyone':
      return true
    case 'signed-in':
      return caller !== 'stranger' && caller !== 'system'
    case 'citizen':
      return caller === 'citizen'
    case 'officer':
      return OFFICERS.includes(caller) && (access.permission === null || granted.has(access.permission))
    case 'system':
      return caller === 'system'
  }
}

describe('access', () => {
  let test: TestApp
  let dossier: string
  const visitors = new Map<Caller, Visitor>()
  let token: string
  before(async () => {
    test = await testApp()
    // The dossier belongs to phường Trung Tâm and to the other demo citizen: foreign to everybody who asks below.
    dossier = (await fileDossier(test.app)).id
    token = await giveToken(test.app)
    for (const caller of CALLERS) {
      const visitor = new Visitor(test.app)
      const login = LOGIN[caller]
      if (login !== undefined) await visitor.signIn(login)
      visitors.set(caller, visitor)
    }
  })
  after(() => test.close())

  const send = async (caller: Caller, route: Route) => {
    const path = route.path
      .replace(':code', '1.013225')
      .replace(':id', dossier)
      .replace(':file', newId(new Date(0)))
      .replace(':page', 'chu-dau-tu')
      .replace(':form', 'mau-01.pdf')
      .replace(':token', 'a'.repeat(22))
      .replace(':job', '1')
    const visitor = visitors.get(caller)
    if (visitor === undefined) throw new Error(caller)
    // Signing out would end the visitor of the rows that follow.
    if (path === '/dang-xuat' || path === '/tai-khoan/dang-xuat-het') return null
    return visitor.send(route.method, path, {
      headers: {
        ...(caller === 'system' ? { authorization: `Bearer ${token}` } : {}),
        ...(route.api === undefined
          ? { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
          : { 'content-type': 'application/json' }),
      },
      ...(route.method === 'POST' ? { payload: route.api === undefined ? '' : '{}' } : {}),
    })
  }

  it('every route says what the list says: whoever opens or closes one writes it down twice', () => {
    const said = test.app.routes.map(({ method, path, access }) => {
      const demand =
        access.kind === 'officer' ? (access.permission ?? 'any') : access.kind === 'system' ? access.scope : ''
      return `${method} ${path} ${access.kind}${demand === '' ? '' : ` ${demand}`}`
    })
    assert.deepEqual([...said].sort(), [...ACCESS_LIST].sort())
  })

  for (const caller of CALLERS) {
    it(`${caller}: every route answers as its access says, never with a fault of ours`, async () => {
      const wrong: string[] = []
      for (const route of test.app.routes) {
        const reply = await send(caller, route)
        if (reply === null) continue
        const name = `${route.method} ${route.path}`
        const toSignIn = reply.status === 303 && /^\/dang-nhap\?(lai=het-han&)?tiep=/.test(reply.location)
        if (reply.status >= 500) wrong.push(`${name}: ${reply.status}`)
        if (allowed(route, caller, test.app.permissions)) {
          // Desk pages without that permission lead an administrator on; a missing draft or dossier is 404 or 403.
          if (toSignIn || reply.status === 401) wrong.push(`${name}: let ${caller} in, but answered ${reply.status}`)
        } else if (caller === 'stranger' || caller === 'system') {
          const refused = toSignIn || reply.status === 401 || reply.status === 403
          if (!refused) wrong.push(`${name}: did not refuse ${caller}: ${reply.status}`)
        } else if (reply.status !== 403) wrong.push(`${name}: did not refuse ${caller}: ${reply.status}`)
      }
      assert.deepEqual(wrong, [])
    })
  }

  it('nobody foreign changed or saw the dossier', async () => {
    const row = await test.app.db
      .selectFrom('dossier.dossier')
      .select(['state', 'seq'])
      .where('id', '=', dossier)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.state, row.seq], [1, 1])
    const looks = await test.app.db
      .selectFrom('platform.audit')
      .select('actor')
      .where('subject', '=', `dossier:${dossier}`)
      .execute()
    assert.deepEqual(looks, [])
  })

  it('a session ends when its holder loses the post, and everywhere when asked', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua3')
    const other = await new Visitor(test.app).signIn('motcua3')
    assert.equal((await clerk.get('/ban-lam-viec')).status, 200)
    assert.equal((await other.post('/tai-khoan/dang-xuat-het')).status, 303)
    assert.equal((await clerk.get('/ban-lam-viec')).status, 303)
    const again = await new Visitor(test.app).signIn('motcua3')
    await test.app.db.updateTable('platform.version').set({ value: 99 }).where('name', '=', 'access').execute()
    const { sql } = await import('kysely')
    await sql`update organisation.assignment set valid = daterange(lower(valid), lower(valid)) where officer_id = (select id from organisation.officer where key = 'motcua3')`.execute(
      test.app.db,
    )
    assert.equal((await again.get('/ban-lam-viec')).status, 303)
  })
})
