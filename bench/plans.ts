// How PostgreSQL reads for every page on this many dossiers, with the plans that it chooses itself.
import type pg from 'pg'
import type { App } from '../src/app/build-app.ts'
import type { StatementCounter } from '../src/platform/db/database.ts'
import { walkers } from '../test/support/crawl.ts'
import { walk } from '../test/support/plans.ts'
import type { Bench } from './product.ts'

/** Walks through every page as test/plans.test.ts does; small tables may be read whole there, big ones nowhere. */
export async function planFigures(bench: Bench, app: App, counter: StatementCounter, admin: pg.Pool): Promise<void> {
  const everybody = await walkers(app)
  // What was filed just now is in the statistics as it would be some minutes later.
  await admin.query('analyze')
  const client = await admin.connect()
  const whole: string[] = []
  let pages = 0
  let most = { statements: 0, blocks: 0, asking: '', touching: '' }
  try {
    for await (const { who, seen, plans } of walk(app, counter, client, everybody, false)) {
      pages++
      const where = `${who}: ${seen.url.slice(0, 100)}`
      for (const { table, text } of plans.whole) whole.push(`${where} reads ${table}: ${text}`)
      if (plans.statements > most.statements) most = { ...most, statements: plans.statements, asking: where }
      if (plans.blocks > most.blocks) most = { ...most, blocks: plans.blocks, touching: where }
    }
  } finally {
    client.release()
  }
  for (const line of whole.slice(0, 20)) console.log(`  ${line}`)
  console.log(`  asks most: ${most.asking}\n  touches most: ${most.touching}`)
  // Which page it is, without whose data it shows.
  const touching = `the bound of the test; most: ${most.touching.replace(/\?.*$/, '')}`
  const report = (name: string, unit: string, ours: number, limit: number, limitName: string, goal: string) =>
    bench.report({ name, unit, ours, limit, limitName, ratio: null, goal, p50: null, p95: null, p99: null })
  report('pages that read a big table from end to end', 'pages', whole.length, pages, 'pages walked through', '0')
  report('statements of one page, at most', 'statements', most.statements, 12, 'the bound of the test', '≤ 12')
  report('what one page touches, at most', 'blocks of 8 kB', most.blocks, 1000, touching, '≤ 1000')
}
