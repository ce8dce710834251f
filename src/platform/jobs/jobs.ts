// Background jobs: a name, a schema and a handler. They are added inside the caller's transaction and run until done.
import { EventEmitter } from 'node:events'
import { Logger, parseCronItems, run, runOnce, type TaskList, type WorkerEvents } from 'graphile-worker'
import { sql } from 'kysely'
import type pg from 'pg'
import type { ZodType } from 'zod'
import type { Db } from '../db/database.ts'
import { statement } from '../db/statement.ts'
import type { Log } from '../log.ts'
import { type SignOfLife, signOfLife } from './dead-workers.ts'

/** Which try this is; after the last one nobody tries again by itself. */
export interface Attempt {
  readonly last: boolean
}

export interface Job<Payload> {
  /** `module.verb-noun`. */
  readonly name: string
  readonly schema: ZodType<Payload>
  /** Must be harmless when run again: a crash between its effect and its end repeats it. */
  readonly handle: (payload: Payload, attempt: Attempt) => Promise<void>
  /** It waits for a system that is not ours, which may not answer: it runs in places of its own and never holds up the rest. */
  readonly outside?: boolean
}

/** A job of any payload, as a module lists it. */
export interface AnyJob {
  readonly name: string
  readonly outside: boolean
  readonly run: (payload: unknown, attempt: Attempt) => Promise<void>
}

export function job<Payload>(parts: Job<Payload>): AnyJob {
  return {
    name: parts.name,
    outside: parts.outside ?? false,
    run: (payload, attempt) => parts.handle(parts.schema.parse(payload), attempt),
  }
}

export interface EnqueueOptions {
  readonly runAt?: Date
  /** One waiting job at most per key; a later one replaces it. */
  readonly key?: string
  readonly maxAttempts?: number
}

interface JobRow {
  readonly name: string
  readonly payload: string
  readonly runAt: Date | null
  readonly key: string | null
  readonly maxAttempts: number
}

// The fifth argument names a queue of jobs that run one after the other; version 0.2.0 gave it, nothing does any more.
const addJob = statement(
  (_, given: JobRow) => sql`select platform.enqueue(${given.name}::text, ${given.payload}::json,
    ${given.runAt}::timestamptz, ${given.key}::text, null, ${given.maxAttempts}::int)`,
)

/** Adds a job in the transaction `tx`: it exists if and only if the transaction commits. Payloads hold ids, no personal data. */
export async function enqueue(tx: Db, name: string, payload: unknown, options: EnqueueOptions = {}): Promise<void> {
  await addJob.send(tx, {
    name,
    payload: JSON.stringify(payload),
    runAt: options.runAt ?? null,
    key: options.key ?? null,
    maxAttempts: options.maxAttempts ?? 12,
  })
}

/** A recurring job: a cron line in the installation's local time zone of the database (UTC). */
export interface Schedule {
  readonly job: string
  readonly cron: string
}

export interface Worker {
  stop(): Promise<void>
}

const silent = new Logger(() => () => undefined)

function tasks(jobs: readonly AnyJob[], log: Log): TaskList {
  return Object.fromEntries(
    jobs.map(each => [
      each.name,
      async (payload: unknown, helpers: { job: { id: string; attempts: number; max_attempts: number } }) => {
        try {
          await each.run(payload, { last: helpers.job.attempts >= helpers.job.max_attempts })
        } catch (error) {
          const last = helpers.job.attempts >= helpers.job.max_attempts
          log[last ? 'error' : 'warn'](
            { job: each.name, jobId: helpers.job.id, attempt: helpers.job.attempts, err: error },
            last ? 'job failed for good' : 'job failed, will be tried again',
          )
          throw error
        }
      },
    ]),
  )
}

/** One lot of jobs and the places in which they run. */
interface Lot {
  readonly jobs: readonly AnyJob[]
  readonly schedules: readonly Schedule[]
  /** How many run at once. */
  readonly places: number
  /** How many are taken from the database at a time; what has no place yet waits in this process. */
  readonly taken: number
  /** Milliseconds between two looks while there is nothing to do: jobs are added without a word (platform/0004). */
  readonly look: number
}

/**
 * Starts a worker in this process, again whenever the queue's library gives up (a database that was away). `pool` acts
 * as the owner role: the queue's tables are closed to the application.
 */
export async function startWorker(
  pool: pg.Pool,
  jobs: readonly AnyJob[],
  schedules: readonly Schedule[],
  log: Log,
): Promise<Worker> {
  const outside = jobs.filter(each => each.outside)
  const inside = jobs.filter(each => !each.outside)
  const of = (lot: readonly AnyJob[]) => schedules.filter(each => lot.some(({ name }) => name === each.job))
  const lots: Lot[] = [
    { jobs: inside, schedules: of(inside), places: 4, taken: 8, look: 100 },
    // A carrier that does not answer holds its three places and what was taken with them, nothing else.
    { jobs: outside, schedules: of(outside), places: 3, taken: 3, look: 500 },
  ]
  const life = signOfLife(pool, log)
  const begun: Worker[] = []
  try {
    for (const lot of lots) if (lot.jobs.length > 0) begun.push(await keepAtWork(pool, lot, life, log))
  } catch (error) {
    // What keeps the process alive must not outlive a worker that never was.
    life.stop()
    await Promise.all(begun.map(each => each.stop()))
    throw error
  }
  return {
    async stop() {
      await Promise.all(begun.map(each => each.stop()))
      life.stop()
    },
  }
}

async function keepAtWork(pool: pg.Pool, lot: Lot, life: SignOfLife, log: Log): Promise<Worker> {
  const taken = new Set<string>()
  let shown: string | null = null
  const begin = () => {
    const events: WorkerEvents = new EventEmitter()
    taken.clear()
    events.on('localQueue:getJobs:complete', ({ jobs }) => {
      for (const each of jobs) taken.add(String(each.id))
    })
    events.on('localQueue:returnJobs', ({ jobs }) => {
      for (const each of jobs) taken.delete(String(each.id))
    })
    events.on('job:complete', ({ job: over }) => taken.delete(String(over.id)))
    events.on('pool:create', ({ workerPool }) => {
      if (shown !== null) life.hide(shown)
      shown = workerPool.id
      void life.show(shown, taken)
    })
    return run({
      pgPool: pool,
      taskList: tasks(lot.jobs, log),
      noHandleSignals: true,
      logger: silent,
      events,
      preset: {
        // The end of each job is written by itself: the library's batches of them (completeJobBatchDelay) are not tried again,
        // and a database that is away for a moment ended the process.
        worker: { concurrentJobs: lot.places, pollInterval: lot.look, localQueue: { size: lot.taken } },
      },
      // Unique by (job, minute) in the database, however many workers run.
      parsedCronItems: parseCronItems(
        lot.schedules.map(each => ({ task: each.job, match: each.cron, identifier: each.job })),
      ),
    })
  }
  let stopping = false
  let wake: () => void = () => undefined
  let runner = await begin()
  const living = (async () => {
    while (!stopping) {
      try {
        await runner.promise
        if (!stopping) runner = await begin()
      } catch (error) {
        if (stopping) return
        log.warn({ err: error }, 'the worker starts again')
        await new Promise<void>(resolve => {
          wake = resolve
          setTimeout(resolve, 1000)
        })
        if (!stopping) runner = await begin().catch(() => runner)
      }
    }
  })()
  return {
    async stop() {
      stopping = true
      wake()
      await runner.stop().catch(() => undefined)
      await living.catch(() => undefined)
    },
  }
}

/** Runs every job that is due, and those they add, then returns: for tests and `motcua work --once`. */
export async function runDueJobs(pool: pg.Pool, jobs: readonly AnyJob[], log: Log): Promise<void> {
  await runOnce({ pgPool: pool, taskList: tasks(jobs, log), noHandleSignals: true, logger: silent })
}
