// Jobs of a worker that died, and jobs that a living one took without hearing of it, run again within seconds; the queue itself waits four hours.
import type pg from 'pg'
import type { Log } from '../log.ts'

/** First key of the advisory locks that say "this worker lives"; the second is the hash of its id. */
const LIVES = 0x6d63
const AGAIN = 1000
const SWEEP = 5000

export interface SignOfLife {
  /**
   * From now on the worker `id` lives as long as this process and its connection do. `taken`: ids of the jobs it knows to
   * be its own; others that the queue holds in its name are given back.
   */
  show(id: string, taken: ReadonlySet<string>): Promise<void>
  /** The worker is no more; others may have its jobs. */
  hide(id: string): void
  stop(): void
}

/** Shows that the workers of this process live, and frees the jobs of those that no longer show it. */
export function signOfLife(pool: pg.Pool, log: Log): SignOfLife {
  const workers = new Map<string, ReadonlySet<string>>()
  let held: pg.PoolClient | null = null
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  // One connection holds the signs, whoever asked last: each other way to it gives its connection back.
  let asked = 0
  const hold = async (): Promise<void> => {
    held?.release(true)
    held = null
    if (stopped || workers.size === 0) return
    const turn = ++asked
    const again = () => {
      if (turn === asked) setTimeout(() => turn === asked && void hold(), AGAIN).unref()
    }
    try {
      const client = await pool.connect()
      if (stopped || turn !== asked) {
        client.release()
        return
      }
      held = client
      const lost = (error: Error) => {
        if (held !== client) return
        held = null
        client.release(error)
        again()
      }
      client.on('error', lost)
      const signs = 'select pg_advisory_lock($1, hashtext(id)) from unnest($2::text[]) as w (id)'
      await client.query(signs, [LIVES, [...workers.keys()]]).catch(lost)
    } catch {
      // The database is away: so is every other worker's sign, and who sweeps looks twice.
      again()
    }
  }

  let suspects = new Set<string>()
  let unheard = new Set<string>()
  const sweep = async (): Promise<void> => {
    try {
      const silent = await workersWithoutSign(pool)
      // Twice in a row: a worker may just be connecting again.
      const dead = silent.filter(each => suspects.has(each))
      suspects = new Set(silent)
      if (dead.length > 0) {
        log.warn({ workers: dead }, 'jobs of dead workers are free again')
        await pool.query('select graphile_worker.force_unlock_workers($1)', [dead])
      }
      // Taken in our name while the connection broke: the queue said so, we never heard it, so nobody works on them.
      const ours = await jobsOf(pool, [...workers.keys()])
      const lost = ours.filter(each => !workers.get(each.worker)?.has(each.id)).map(each => each.id)
      const again = lost.filter(each => unheard.has(each))
      unheard = new Set(lost)
      if (again.length > 0) {
        log.warn({ jobs: again }, 'jobs that were taken and never begun are free again')
        await pool.query(FREE_UNBEGUN, [again, [...workers.keys()]])
      }
    } catch (error) {
      log.debug({ err: error }, 'the queue could not be looked through; next time')
    }
    if (!stopped) timer = setTimeout(sweep, SWEEP)
  }
  timer = setTimeout(sweep, SWEEP)

  return {
    async show(worker, taken) {
      workers.set(worker, taken)
      await hold()
    },
    hide(worker) {
      workers.delete(worker)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      held?.release(true)
      held = null
    },
  }
}

/** A try that was never begun is given back. */
const FREE_UNBEGUN = `
  with freed as (
    update graphile_worker._private_jobs set locked_at = null, locked_by = null, attempts = greatest(attempts - 1, 0)
    where id = any($1::bigint[]) and locked_by = any($2::text[]) returning job_queue_id)
  update graphile_worker._private_job_queues set locked_at = null, locked_by = null
  where id in (select job_queue_id from freed) and locked_by = any($2::text[])`

async function jobsOf(pool: pg.Pool, workers: readonly string[]): Promise<{ id: string; worker: string }[]> {
  const { rows } = await pool.query<{ id: string; worker: string }>(
    'select id::text, locked_by as worker from graphile_worker._private_jobs where locked_by = any($1::text[])',
    [workers],
  )
  return rows
}

/** How many processes with a worker show that they live on this database. */
export async function livingWorkers(client: Pick<pg.Client, 'query'>): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    `select count(distinct pid) as n from pg_locks where locktype = 'advisory' and granted and classid = $1
       and database = (select oid from pg_database where datname = current_database())`,
    [LIVES],
  )
  return Number(rows[0]?.n)
}

/** Workers that hold jobs or queues and whose lock nobody has. */
async function workersWithoutSign(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from (
       select locked_by as id from graphile_worker._private_jobs where locked_by is not null
       union select locked_by from graphile_worker._private_job_queues where locked_by is not null) w
     where not exists (
       select from pg_locks l where l.locktype = 'advisory' and l.granted and l.classid = $1
         and l.objid = (hashtext(w.id)::bigint & 4294967295)::oid
         and l.database = (select oid from pg_database where datname = current_database()))`,
    [LIVES],
  )
  return rows.map(row => row.id)
}
