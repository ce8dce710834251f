// Pages over loopback HTTP from a process of its own: worklist and search beside their bare statements, pages beside node's bare server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon from 'autocannon'
import type pg from 'pg'
import type { App } from '../src/app/build-app.ts'
import type { StatementCounter } from '../src/platform/db/database.ts'
import { productRoot } from '../src/platform/root.ts'
import { Visitor } from '../test/support/test-app.ts'
import { rate, replay } from './measure.ts'
import { type Bench, startProduct } from './product.ts'

const CONNECTIONS = 8

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
  const product = await startProduct(bench, { DATABASE_URL: url })
  const memory = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${product.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  try {
    await new Promise(resolve => setTimeout(resolve, 3000))
    const idle = memory()
    const load = async (visitor: Visitor | null, path: string) => {
      const cookie = [...(visitor?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = cookie === '' ? {} : { headers: { cookie } }
      const options = { url: product.address + path, connections: CONNECTIONS, ...headers }
      await autocannon({ ...options, duration: 2 })
      const outcome = await autocannon({ ...options, duration: bench.seconds })
      if (outcome.non2xx + outcome.errors > 0)
        throw new Error(`${path}: ${outcome.non2xx} refusals, ${outcome.errors} errors`)
      return outcome
    }
    for (const [name, path, goal] of [
      ['worklist page', '/ban-lam-viec', '≥ 0.4'],
      ['search without diacritics', '/ban-lam-viec/tim?q=nguyen%20van', '≥ 0.4'],
    ] as const) {
      const { seen, since } = await statementsOf(clerk, path)
      const ours = await load(clerk, path)
      const limit = await rate(bench.seconds, CONNECTIONS, replay(pool, seen, { since }))
      bench.report({
        name,
        unit: 'pages/s',
        ours: ours.requests.average,
        limit: limit.perSecond,
        limitName: `its ${seen.length} statements, bare, same driver`,
        ratio: ours.requests.average / limit.perSecond,
        goal,
        p50: ours.latency.p50,
        p95: ours.latency.p97_5,
        p99: ours.latency.p99,
      })
    }
    const page = await statementsOf(citizen, '/thu-tuc/1.013225')
    const file = join(bench.dataDir, 'page.html')
    writeFileSync(file, page.bytes)
    const plain = spawn(process.execPath, [join(productRoot, 'dist-test/bench/plain-server.js'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(plain.stdout, 'data')
    const bare = await autocannon({
      url: `http://127.0.0.1:${String(port).trim()}/`,
      connections: CONNECTIONS,
      duration: bench.seconds,
    })
    plain.kill()
    for (const [name, visitor, goal] of [
      ['citizen page, anonymous', null, '≥ 0.2 of nginx'],
      ['citizen page, signed in', citizen, '≥ 300 pages/s'],
    ] as const) {
      const ours = await load(visitor, '/thu-tuc/1.013225')
      bench.report({
        name,
        unit: 'pages/s',
        ours: ours.requests.average,
        limit: bare.requests.average,
        limitName: "node's bare HTTP server, same bytes",
        ratio: ours.requests.average / bare.requests.average,
        goal,
        p50: ours.latency.p50,
        p95: ours.latency.p97_5,
        p99: ours.latency.p99,
      })
    }
    for (const [name, ours, limit] of [
      ['memory idle (web and worker in one process)', idle, 150],
      ['memory loaded (web and worker in one process)', memory(), 300],
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
  } finally {
    await product.stop()
  }
}
