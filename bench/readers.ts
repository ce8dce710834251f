// What people look at in a country: worklists, searches, single dossiers old and new, tracking, procedures, the public board.
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { personName, weighted } from '../src/modules/dossier/seed/people.ts'
import { loadKeyRing } from '../src/platform/crypto/keys.ts'
import { open } from '../src/platform/crypto/seal.ts'
import { fold } from '../src/platform/text.ts'
import { searchDesk } from '../test/support/dossiers.ts'
import { Visitor, type Wire } from '../test/support/test-app.ts'
import type { Staff } from '../test/survival/ledger.ts'

/** One look at something, drawn by how often people look at it. */
export type Reader = () => Promise<{ readonly name: string; readonly status: number }>

const SAMPLE = 2000

/** Dossiers from all over the past, by ids drawn at random in the time they cover. */
async function sampleOf(admin: pg.Pool) {
  const { rows: ends } = await admin.query<{ first: string; last: string }>(
    'select (select id from dossier.dossier order by id limit 1)::text as first, (select id from dossier.dossier order by id desc limit 1)::text as last',
  )
  const time = (id: string | undefined) => Number.parseInt((id ?? '0').replace(/-/g, '').slice(0, 12), 16)
  const [from, to] = [time(ends[0]?.first), time(ends[0]?.last)]
  const drawn = Array.from({ length: SAMPLE }, () => {
    const at = Math.floor(from + Math.random() * (to - from))
    const hex = at.toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  })
  const { rows } = await admin.query<{ id: string; reference: string; token: Buffer }>(
    `select d.id, d.reference, d.token from unnest($1::uuid[]) as w (id)
     cross join lateral (select id, reference, token from dossier.dossier d where d.id >= w.id order by d.id limit 1) d`,
    [drawn],
  )
  return rows
}

export async function looksAt(given: {
  readonly admin: pg.Pool
  readonly keyRingFile: string
  readonly wire: Wire
  readonly token: string
  readonly staff: Staff
  readonly citizens: readonly Visitor[]
}): Promise<Reader> {
  const { staff, wire } = given
  const keys = loadKeyRing(given.keyRingFile, false)
  const old = (await sampleOf(given.admin)).map(row => ({
    reference: row.reference,
    token: open(keys, 'field', row.token, `dossier:${row.id}:token`).toString(),
  }))
  const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
  // Strangers come from everywhere: what one network may do in an hour is no limit for the country.
  const anywhere = () => [1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')
  const stranger = new Visitor(request =>
    wire({ ...request, headers: { ...request.headers, 'x-forwarded-for': `10.${anywhere()}` } }),
  )
  const desk = [staff.clerk, staff.specialist, staff.head, staff.leader, staff.records]
  const bearer = { authorization: `Bearer ${given.token}` }
  const draw = weighted<readonly [name: string, look: () => Promise<{ status: number }>]>([
    [['worklist', () => pick(desk).get('/ban-lam-viec')], 30],
    [['search by code', () => searchDesk(staff.clerk, pick(old).reference)], 5],
    [['search by name', () => searchDesk(staff.clerk, fold(personName(Math.random)))], 3],
    [['tracking', () => stranger.get(`/tra-cuu/${pick(old).token}`)], 20],
    [['API', () => stranger.send('GET', `/api/v1/ho-so/${pick(old).reference}`, { headers: bearer })], 10],
    [['own dossiers', () => pick(given.citizens).get('/ho-so')], 10],
    [['procedure', () => stranger.get('/thu-tuc/1.013225')], 12],
    [['procedures found', () => stranger.get('/thu-tuc?q=xay%20dung')], 5],
    [['board', () => stranger.get('/tien-do')], 5],
  ])
  return async () => {
    const [name, look] = draw(Math.random)
    return { name, status: (await look()).status }
  }
}
