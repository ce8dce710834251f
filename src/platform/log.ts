// One JSON logger, one line per fact. Personal data is removed by field name before a line is written.
import { hostname } from 'node:os'
import { type DestinationStream, pino } from 'pino'

export type Log = Pick<ReturnType<typeof pino>, 'info' | 'warn' | 'error' | 'debug' | 'fatal'> & {
  child(fields: Record<string, unknown>): Log
}

const PERSONAL = [
  'name',
  'phone',
  'email',
  'idNumber',
  'address',
  'password',
  'token',
  'cookie',
  'authorization',
  'secret',
]

/**
 * What is written of an error: these and no others. Libraries hang more on it: pg-pool the whole connection with its last
 * statement and the values, PostgreSQL `detail` and `where` with the row that it is about.
 */
const OF_AN_ERROR = [
  'message',
  'stack',
  'code',
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
  'syscall',
  'statusCode',
  'responseCode',
]

/** An error as a line of the log tells it, with its causes. */
function tell(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? '[not an error]' : error
  const own = error as Error & Record<string, unknown>
  const told: Record<string, unknown> = { type: error.constructor.name }
  for (const field of OF_AN_ERROR)
    if (typeof own[field] === 'string' || typeof own[field] === 'number') told[field] = own[field]
  if (depth < 3) {
    if (error.cause !== undefined) told.cause = tell(error.cause, depth + 1)
    if (error instanceof AggregateError)
      told.errors = error.errors.slice(0, 5).map((each: unknown) => tell(each, depth + 1))
  }
  return told
}

/**
 * A logger that writes JSON lines at `level` to stderr, or to `out`; fields that could name a person or a secret are
 * replaced by "[removed]", and of an error (`err`) only what says where it happened is written.
 */
export function createLog(level: string, out: DestinationStream = pino.destination({ dest: 2, sync: true })): Log {
  const paths = PERSONAL.flatMap(field => [field, `*.${field}`])
  return pino(
    {
      level,
      base: { host: hostname(), pid: process.pid },
      redact: { paths, censor: '[removed]' },
      serializers: { err: error => tell(error) },
    },
    out,
  )
}
