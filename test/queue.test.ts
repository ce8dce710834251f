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

describe('jobs', () => {
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
  const held = () => {
    let finish: () => void = () => undefined
    const promise = new Promise<void>(resolve => {
      finish = resolve
    })
    return { promise, finish }
  }
  const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
    const patience = performance.now() + 40_000
    while (!(await is())) {
      if (performance.now() > patience) throw new Error(`${what} did not happen in 40 s`)
      await wait(100)
    }
  }

  it('are free again in seconds; what runs or waits for a place here stays, and a try that never began is not counted', async () => {
    const begun: string[] = []
    const tries = new Map<string, boolean>()
    const { promise: finished, finish } = held()
    const told = job({
      name: 'test.say',
      schema: z.object({ text: z.string() }),
      handle: async ({ text }, attempt) => {
        begun.push(text)
        tries.set(text, attempt.last)
        if (text.startsWith('long')) await finished
      },
    })
    const db = connect(pool)
    const soon = { runAt: new Date(Date.now() + 3_600_000) }
    const long = ['long 1', 'long 2', 'long 3', 'long 4']
    for (const text of [...long, 'waiting']) await enqueue(db, 'test.say', { text })
    // One try is all it has: were the lost one counted, it would never run.
    await enqueue(db, 'test.say', { text: 'unheard' }, { maxAttempts: 1, ...soon })
    await enqueue(db, 'test.say', { text: 'orphan' }, soon)
    const holder = async (text: string) => {
      const { rows } = await pool.query<{ id: string | null }>(
        "select locked_by as id from graphile_worker._private_jobs where payload->>'text' = $1",
        [text],
      )
      return rows[0]?.id ?? null
    }
    const worker = await startWorker(pool, [told], [], createLog('fatal'))
    try {
      await until('the long jobs', () => begun.length === long.length)
      const here = await holder('waiting')
      assert.ok(here, 'taken, though it has no place yet')
      await given('unheard', here)
      await given('orphan', 'worker-that-died')
      for (const lost of ['unheard', 'orphan'])
        await until(`the job ${lost} is free`, async () => (await holder(lost)) === null)
      // Looked through once more at least, so that whoever is taken for lost by mistake is seen.
      await wait(6000)
      assert.equal(await holder('waiting'), here)
      await pool.query('update graphile_worker._private_jobs set run_at = now() where locked_by is null')
      finish()
      await until('all', () => begun.length >= 7)
      await wait(300)
      assert.deepEqual([...begun].sort(), [...long, 'orphan', 'unheard', 'waiting'], 'each ran once')
      assert.equal(tries.get('unheard'), true, 'on its only try')
    } finally {
      finish()
      await worker.stop()
    }
    const { rows: left } = await pool.query('select task_identifier, last_error from graphile_worker.jobs')
    assert.deepEqual(left, [])
  })

  it('a peer that does not answer holds up what waits for it, and nothing else', async () => {
    const { promise: answered, finish } = held()
    const begun: string[] = []
    const said = (name: string, outside: boolean) =>
      job({
        name,
        outside,
        schema: z.object({ text: z.string() }),
        handle: async ({ text }) => {
          begun.push(text)
          if (outside) await answered
        },
      })
    const db = connect(pool)
    const letters = Array.from({ length: 30 }, (_, index) => `letter ${index}`)
    for (const text of letters) await enqueue(db, 'test.send', { text })
    const worker = await startWorker(pool, [said('test.send', true), said('test.sign', false)], [], createLog('fatal'))
    try {
      await until('three letters at once', () => begun.length === 3)
      for (let index = 0; index < 10; index++) await enqueue(db, 'test.sign', { text: `signature ${index}` })
      await until('the signatures', () => begun.filter(text => text.startsWith('signature')).length === 10)
      assert.equal(begun.length, 13, 'no letter more')
      finish()
      await until('the letters', () => begun.length === 40)
      assert.deepEqual(begun.filter(text => text.startsWith('letter')).sort(), [...letters].sort(), 'each once')
    } finally {
      finish()
      await worker.stop()
    }
  })

  it('are added as the queue itself would, in one row and without a notification', async () => {
    const db = connect(pool)
    const later = new Date('2031-02-03T04:05:06Z')
    const told: string[] = []
    const ear = await pool.connect()
    ear.on('notification', ({ channel }) => told.push(channel))
    await ear.query('listen "jobs:insert"')
    await pool.query("select graphile_worker.add_job('test.quiet')")
    await pool.query('delete from graphile_worker._private_jobs')
    await ear.query('select')
    told.length = 0
    for (const [name, options, notified] of [
      ['test.quiet', { runAt: later }, false],
      ['test.quiet', { runAt: later, maxAttempts: 3 }, false],
      ['test.never-seen', { runAt: later }, true],
      ['test.quiet', { runAt: later, key: 'one' }, true],
    ] as const) {
      const options_: { runAt: Date; maxAttempts?: number; key?: string } = options
      await enqueue(db, name, { a: 'ê' }, options)
      const [ours] = await taken()
      await pool.query('select graphile_worker.add_job($1, $2, run_at => $3, max_attempts => $4, job_key => $5)', [
        name,
        { a: 'ê' },
        later,
        options_.maxAttempts ?? 12,
        options_.key ?? null,
      ])
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
