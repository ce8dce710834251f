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

  it('are added as the queue itself would, in one row and without a notification', async () => {
    const db = connect(pool)
    const later = new Date('2031-02-03T04:05:06Z')
    const told: string[] = []
    const ear = await pool.connect()
    ear.on('notification', ({ channel }) => told.push(channel))
    await ear.query('listen "jobs:insert"')
    await pool.query("select graphile_worker.add_job('test.quiet', queue_name => 'test lane')")
    await pool.query('delete from graphile_worker._private_jobs')
    await ear.query('select')
    told.length = 0
    for (const [name, options, notified] of [
      ['test.quiet', { runAt: later }, false],
      ['test.quiet', { runAt: later, queue: 'test lane', maxAttempts: 3 }, false],
      ['test.quiet', { runAt: later, queue: 'a lane never seen' }, true],
      ['test.never-seen', { runAt: later }, true],
      ['test.quiet', { runAt: later, key: 'one' }, true],
    ] as const) {
      const options_: { runAt: Date; queue?: string; maxAttempts?: number; key?: string } = options
      await enqueue(db, name, { a: 'ê' }, options)
      const [ours] = await taken()
      await pool.query(
        'select graphile_worker.add_job($1, $2, queue_name => $3, run_at => $4, max_attempts => $5, job_key => $6)',
        [name, { a: 'ê' }, options_.queue ?? null, later, options_.maxAttempts ?? 12, options_.key ?? null],
      )
      const [theirs] = await taken()
      assert.deepEqual(ours, theirs, name)
      // What was notified is heard with the next answer.
      await ear.query('select')
      assert.equal(told.length, notified ? 2 : 1, `${name} ${JSON.stringify(options)}`)
      told.length = 0
    }
    await ear.query('unlisten *')
    ear.release()
  })

  /** Takes out what waits: everything that an adder can say of a job. */
  async function taken() {
    const { rows } = await pool.query(
      `delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t where t.id = j.task_id
       returning t.identifier, (select queue_name from graphile_worker._private_job_queues q where q.id = j.job_queue_id) as queue,
         j.payload, j.run_at, j.max_attempts, j.key, j.priority, j.attempts, j.locked_at, j.locked_by, j.last_error, j.flags, j.is_available`,
    )
    return rows
  }
})
