// Pages over loopback HTTP from a process of its own: worklist and search beside their bare statements, pages beside nginx.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { App } from '../src/app/build-app.ts'
import type { StatementCounter } from '../src/platform/db/database.ts'
import { highestOf, memoryOf } from '../test/support/pids.ts'
import { Visitor } from '../test/support/test-app.ts'
import { firstViewFigures } from './first-view.ts'
import { type Asked, fullSpeed, steady } from './load.ts'
import { rate, replay } from './measure.ts'
import { startPeer } from './peer-server.ts'
import { type Bench, startProduct } from './product.ts'

const CONNECTIONS = 8
/** Pages a second at which the latency of pages that must not grow with the house is measured, however large it is. */
const ALIKE_PER_SECOND = 100

export async function webFigures(
  bench: Bench,
  app: App,
  counter: StatementCounter,
  pool: pg.Pool,
  url: string,
): Promise<void> {
  const statementsOf = async (visitor: Visitor, path: string) => {
    for (let i = 0; i < 3; i++) await visitor.get(path)
    const since = Date.now()
    counter.seen = []
    const page = await visitor.get(path)
    const seen = counter.seen
    counter.seen = null
    if (page.status !== 200) throw new Error(`${path} answered ${page.status}`)
    return { since, seen, bytes: page.body }
  }
  const clerk = await new Visitor(app).signIn('motcua1')
  const citizen = await new Visitor(app).signIn('0912000123')
  const product = await startProduct(bench, { DATABASE_URL: url }, 'web')
  try {
    await wait(3000)
    const idle = memoryOf(product.pid)
    const found = (await clerk.post('/ban-lam-viec/tim', { q: 'nguyen van' })).location
    for (const [name, path, goal, bare] of [
      ['worklist page', '/ban-lam-viec', '≥ 0.4', /^/],
      // The look-up alone, without the session and the permit that come before it.
      ['search without diacritics', found, '≥ 0.4', /planned with its values/],
    ] as const) {
      const { seen: all, since } = await statementsOf(clerk, path)
      const seen = all.filter(({ text }) => bare.test(text))
      const asked = { url: product.address + path, cookies: clerk.cookies }
      const { ours, limit } = await inTurn(bench.seconds, asked, replay(pool, seen, { since }))
      bench.report({
        name,
        unit: 'pages/s',
        ours,
        limit,
        limitName: `${seen.length === 1 ? 'its look-up' : `its ${seen.length} statements`}, bare, same driver, in turn`,
        ratio: ours / limit,
        goal,
        ...(await steady(asked, ALIKE_PER_SECOND, bench.seconds)),
      })
    }
    const page = await statementsOf(citizen, '/thu-tuc/1.013225')
    const peer = await startPeer(page.bytes)
    const bare = await load(bench, peer.address, null)
    await peer.stop()
    for (const [name, visitor, goal, limit, limitName] of [
      ['citizen page, anonymous', null, '≥ 0.2 of nginx', bare.perSecond, peer.name],
      ['citizen page, signed in', citizen, '≥ 300 pages/s per core', 300, 'the goal itself; one process, so one core'],
    ] as const) {
      const ours = await load(bench, `${product.address}/thu-tuc/1.013225`, visitor)
      bench.report({
        name,
        unit: 'pages/s',
        ours: ours.perSecond,
        limit,
        limitName,
        ratio: ours.perSecond / limit,
        goal,
        ...ours.latency,
      })
    }
    await firstViewFigures(bench, product.address)
    reportMemory(bench, 'web', idle, highestOf(product.pid), 150)
    await twoFigures(bench, product, url, clerk)
  } finally {
    await product.stop()
  }
}

/**
 * A page and its bare statements in turn, three rounds of each, and the round whose ratio is the middle one: what else the
 * machine does in a moment falls on both. The process has served for a while: one that just began is still being compiled.
 */
async function inTurn(seconds: number, asked: Asked, bare: () => Promise<void>) {
  await fullSpeed(asked, seconds)
  const rounds: { ours: number; limit: number }[] = []
  for (let round = 0; round < 3; round++)
    rounds.push({
      ours: await fullSpeed(asked, seconds / 2),
      limit: (await rate(seconds / 2, CONNECTIONS, bare)).perSecond,
    })
  const [, middle] = rounds.sort((a, b) => a.ours / a.limit - b.ours / b.limit)
  if (middle === undefined) throw new Error('three rounds have a middle')
  return middle
}

/** A second process on the same database, both at full speed: as far as the processors go that all of this shares. */
async function twoFigures(bench: Bench, first: { address: string }, url: string, clerk: Visitor): Promise<void> {
  const speed = ({ address }: { address: string }) =>
    fullSpeed({ url: `${address}/ban-lam-viec`, cookies: clerk.cookies }, bench.seconds)
  const second = await startProduct(bench, { DATABASE_URL: url }, 'web')
  try {
    await speed(second)
    const alone = await speed(first)
    const both = (await Promise.all([speed(first), speed(second)])).reduce((sum, rate) => sum + rate, 0)
    bench.report({
      name: 'worklist page, two web processes',
      unit: 'pages/s',
      ours: both,
      limit: alone,
      limitName: 'one process',
      ratio: both / alone,
      goal: 'reported: PostgreSQL and the load are on the same two cores',
      p50: null,
      p95: null,
      p99: null,
    })
  } finally {
    await second.stop()
  }
}

export function reportMemory(bench: Bench, role: string, idle: number, loaded: number, idleGoal: number): void {
  for (const [name, ours, limit] of [
    [`memory of ${role}, idle`, idle, idleGoal],
    [`memory of ${role}, loaded`, loaded, 300],
  ] as const)
    bench.report({
      name,
      unit: 'MB RSS',
      ours,
      limit,
      limitName: 'the goal itself',
      ratio: limit / ours,
      goal: `≤ ${limit} MB`,
      p50: null,
      p95: null,
      p99: null,
    })
}

/** As many pages as it can (closed loop), then half of that at a fixed rate for the latencies. */
async function load(bench: Bench, url: string, visitor: Visitor | null) {
  const asked = { url, cookies: visitor?.cookies ?? new Map() }
  const perSecond = await fullSpeed(asked, bench.seconds)
  return { perSecond, latency: await steady(asked, perSecond / 2, bench.seconds) }
}
