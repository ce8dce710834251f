// The worker as a process of its own: memory with nothing to do, and while it works off a thousand filings.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { App } from '../src/app/build-app.ts'
import { fileDossier } from '../test/support/dossiers.ts'
import { highestOf, memoryOf } from '../test/support/pids.ts'
import { type Bench, startProduct } from './product.ts'
import { reportMemory } from './web.ts'

const FILINGS = 1000

export async function workerFigures(bench: Bench, app: App, pool: pg.Pool, url: string): Promise<void> {
  const waiting = async (): Promise<number> =>
    Number((await pool.query('select count(*) from graphile_worker.jobs where attempts < max_attempts')).rows[0].count)
  for (let i = 0; i < FILINGS; i++) await fileDossier(app)
  const jobs = await waiting()
  let worker = await startProduct(bench, { DATABASE_URL: url }, 'work')
  let loaded = 0
  const began = performance.now()
  try {
    while ((await waiting()) > 0) {
      if (performance.now() - began > 120_000) throw new Error(`${await waiting()} jobs are left after two minutes`)
      await wait(200)
      loaded = highestOf(worker.pid)
    }
  } finally {
    await worker.stop()
  }
  const seconds = (performance.now() - began) / 1000
  worker = await startProduct(bench, { DATABASE_URL: url }, 'work')
  try {
    await wait(4000)
    reportMemory(bench, 'worker', memoryOf(worker.pid), loaded, 120)
    console.log(`  ${jobs} jobs of ${FILINGS} filings in ${seconds.toFixed(1)} s`)
  } finally {
    await worker.stop()
  }
}
