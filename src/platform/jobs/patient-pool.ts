// A pool whose broken connections look to the queue's library like something to try again.
import type pg from 'pg'
import { databaseAway } from '../db/away.ts'

/** What the library repeats within milliseconds (serialization_failure); a lost connection has no code it knows. */
const TRY_AGAIN = '40001'

function marked<Result>(result: Result): Result {
  if (!(result instanceof Promise)) return result
  return result.catch((error: unknown) => {
    if (error instanceof Error && databaseAway(error)) Object.assign(error, { code: TRY_AGAIN })
    throw error
  }) as Result
}

/**
 * Makes graphile-worker live through a database that goes away while a job ends: it writes the outcome with retries, but
 * only for codes it knows, and otherwise stops the process. Ending a job twice is harmless: it asks whose job it is.
 */
export function patient(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown
  pool.connect = ((...args: unknown[]) => marked(connect(...args))) as pg.Pool['connect']
  pool.on('connect', client => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    client.query = ((...args: unknown[]) => marked(query(...args))) as pg.PoolClient['query']
  })
  return pool
}
