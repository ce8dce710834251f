// The queue gives back what a dead worker held, and what a living one was given without hearing of it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { z } from 'zod'
import { connect, OWNER_ROLE, rolePool } from '../src/platform/db/database.ts'
import { enqueue, job, startWorker } from '../src/platform/jobs/jobs.ts'
import { patient } from '../src/platform/jobs/patient-pool.ts'
import { createLog } from '../src/platform/log.ts'
import { cloneDatabase } from './support/test-app.ts'

describe('jobs that nobody works on', () => {
  let database: Awaited<ReturnType<typeof cloneDatabase>>
  let pool: pg.Pool
  before(async () => {
    database = await cloneDatabase()
    pool = patient(rolePool(database.url, OWNER_ROLE, 6))
  })
  after(async () => {
    await pool.end()
    await database.drop()
  })

  /** As the queue stands after it has given a job to `worker`. */
  const given = (text: string, worker: string) =>
    pool.query(
      `update graphile_worker._private_jobs set locked_by = $2, locked_at = now(), attempts = attempts + 1 where payload->>'text' = $1`,
      [text, worker],
    )
  const until = async (what: string, is: () => boolean): Promise<void> => {
    const patience = performance.now() + 40_000
    while (!is()) {
      if (performance.now() > patience) throw new Error(`${what} did not happen in 40 s`)
      await wait(100)
    }
  }

  it('are free again in seconds; a job at work stays where it is, and a try that never began is not counted', async () => {
    const begun: string[] = []
    let finish: () => void = () => undefined
    const tries = new Map<string, boolean>()
    const told = job({
      name: 'test.say',
      schema: z.object({ text: z.string() }),
      handle: async ({ text }, attempt) => {
        begun.push(text)
        tries.set(text, attempt.last)
        if (text === 'long')
          await new Promise<void>(resolve => {
            finish = resolve
          })
      },
    })
    const db = connect(pool)
    await enqueue(db, 'test.say', { text: 'long' })
    // One try is all it has: were the lost one counted, it would never run.
    await enqueue(db, 'test.say', { text: 'unheard' }, { maxAttempts: 1, runAt: new Date(Date.now() + 3_600_000) })
    await enqueue(db, 'test.say', { text: 'orphan' }, { runAt: new Date(Date.now() + 3_600_000) })
    const worker = await startWorker(pool, [told], [], createLog('fatal'))
    try {
      await until('the long job', () => begun.includes('long'))
      const { rows } = await pool.query<{ id: string }>(
        "select locked_by as id from graphile_worker._private_jobs where payload->>'text' = 'long'",
      )
      await given('unheard', rows[0]?.id ?? '')
      await given('orphan', 'worker-that-died')
      await pool.query("update graphile_worker._private_jobs set run_at = now() where payload->>'text' <> 'long'")
      await until('the job of the living worker', () => begun.includes('unheard'))
      await until('the job of the dead worker', () => begun.includes('orphan'))
      assert.deepEqual([...begun].sort(), ['long', 'orphan', 'unheard'], 'each ran once')
      assert.equal(tries.get('unheard'), true, 'on its only try')
    } finally {
      finish()
      await worker.stop()
    }
    const { rows: left } = await pool.query('select task_identifier, last_error from graphile_worker.jobs')
    assert.deepEqual(left, [])
  })
})
