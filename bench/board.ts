// Indicators: what the home page and the public board read, beside one indexed row; and how long a receipt takes to show.
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import type { App } from '../src/app/build-app.ts'
import { readBoard, readDay } from '../src/modules/dossier/store/board.ts'
import { addDays, civilDateOf } from '../src/platform/calendar/civil.ts'
import { act, fileDossier } from '../test/support/dossiers.ts'
import { Visitor } from '../test/support/test-app.ts'
import { rate } from './measure.ts'
import { type Bench, startProduct } from './product.ts'

/** Receipts whose way to the home page is timed. */
const RECEIPTS = 12

export async function boardFigures(bench: Bench, app: App, url: string): Promise<void> {
  const { db } = app
  const to = civilDateOf(new Date())
  const from = addDays(to, -29)
  const { id } = await fileDossier(app)
  const row = await rate(2, 1, () =>
    db.selectFrom('dossier.dossier').select('state').where('id', '=', id).executeTakeFirstOrThrow(),
  )
  const { rows } = await sql<{ n: number }>`select count(*) as n from dossier.day_tally`.execute(db)
  for (const [name, read] of [
    ['indicators of today (home page)', () => readDay(db, to)],
    ['indicators of thirty days by agency (public board)', () => readBoard(db, from, to)],
  ] as const) {
    const ours = await rate(2, 1, read)
    bench.report({
      name,
      unit: 'ms',
      ours: ours.p50,
      limit: row.p50,
      limitName: `one indexed row, same driver; ${rows[0]?.n} counts kept`,
      ratio: row.p50 / ours.p50,
      goal: '≤ 5 × (≥ 0.2)',
      p50: ours.p50,
      p95: ours.p95,
      p99: ours.p99,
    })
  }

  const product = await startProduct(bench, { DATABASE_URL: url }, 'web')
  try {
    const clerk = await new Visitor(app).signIn('motcua1')
    const shown = async () =>
      [...(await (await fetch(product.address)).text()).matchAll(/<b>([^<]*)<\/b>/g)].map(match => match[1]).join()
    const lags: number[] = []
    for (let i = 0; i < RECEIPTS; i++) {
      const filed = await fileDossier(app)
      // Anywhere within the two seconds that a page is kept.
      await wait(Math.random() * 2000)
      const before = await shown()
      const reply = await act(clerk, filed.id, 'tiep-nhan')
      if (reply.status !== 303) throw new Error(`receiving answered ${reply.status}`)
      const received = performance.now()
      while ((await shown()) === before) {
        if (performance.now() - received > 20_000) throw new Error('a receipt never reached the home page')
        await wait(10)
      }
      lags.push(performance.now() - received)
    }
    lags.sort((a, b) => a - b)
    const at = (share: number) => lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0
    bench.report({
      name: 'indicators: from a receipt to the home page',
      unit: 's',
      ours: at(1) / 1000,
      limit: 2,
      limitName: 'the goal itself',
      ratio: 2000 / at(1),
      goal: 'lag ≤ 2 s, the longest',
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
    })
  } finally {
    await product.stop()
  }
}
