// One JSON logger, one line per fact. Personal data is removed by field name before a line is written.
import { hostname } from 'node:os'
import { pino } from 'pino'

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

/** A logger that writes JSON lines to stderr at `level`; fields that could name a person or a secret are replaced by "[removed]". */
export function createLog(level: string): Log {
  const paths = PERSONAL.flatMap(field => [field, `*.${field}`])
  return pino(
    { level, base: { host: hostname(), pid: process.pid }, redact: { paths, censor: '[removed]' } },
    pino.destination({ dest: 2, sync: true }),
  )
}
