// Closed loops of a bounded length, the bare statements of an action, and the figure that sets one beside the other.
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { hashPassword } from '../src/modules/identity/index.ts'
import { civilDateOf } from '../src/platform/calendar/civil.ts'
import type { SeenStatement } from '../src/platform/db/database.ts'
import { newId } from '../src/platform/id.ts'

export interface Figure {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly limit: number | null
  /** What stands beside it, in words. */
  readonly limitName: string
  /** Ours ÷ limit where more is better, limit ÷ ours where less is; null without a limit. */
  readonly ratio: number | null
  readonly goal: string
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly rows: number
  readonly command: string
  readonly measured?: Yardstick
}

/** The day of a run, and how many argon2id hashes a second one thread made just before it: machines differ, and one machine by the hour. */
export interface Yardstick {
  readonly day: string
  readonly hashes: number
}

/** Measures it, for a second. */
export async function yardstick(): Promise<Yardstick> {
  const { perSecond } = await rate(1, 1, () => hashPassword('yardstick'))
  console.log(`One thread makes ${perSecond.toPrecision(3)} argon2id hashes a second now.`)
  return { day: civilDateOf(new Date()), hashes: perSecond }
}

export interface Rate {
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/**
 * Runs `work` in `lanes` loops for `seconds`, after a tenth of it to warm up; in all at most `stock` times, where it uses
 * up what was made before. Times in milliseconds.
 */
export async function rate(
  seconds: number,
  lanes: number,
  work: (lane: number) => Promise<unknown>,
  stock = Number.POSITIVE_INFINITY,
): Promise<Rate> {
  let left = stock
  const loop = async (until: number, lane: number, times: number[]): Promise<void> => {
    while (performance.now() < until && left-- > 0) {
      const began = performance.now()
      await work(lane)
      times.push(performance.now() - began)
    }
  }
  const all = (until: number, times: number[]) =>
    Promise.all(Array.from({ length: lanes }, (_, lane) => loop(until, lane, times)))
  await all(performance.now() + seconds * 100, [])
  const times: number[] = []
  const began = performance.now()
  await all(began + seconds * 1000, times)
  const took = (performance.now() - began) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { perSecond: times.length / took, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

export const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g
const madeAt = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

/** What an action made itself, to be made anew at each run so that inserts insert; digests of 16 or 32 bytes are too. */
export interface Made {
  /** Uuids younger than this (ms since 1970). */
  readonly since: number
  /** Texts such as codes. */
  readonly made?: readonly string[]
  /** Other things acted upon in each run, in place of the recorded ones: each run takes as many of `all` as there are `ids`. */
  readonly stands?: { readonly ids: readonly string[]; readonly all: readonly string[] }
}

/** Whether a uuid of the recording is one to be made anew. */
export const isMade = (id: string, made: Made): boolean =>
  made.stands?.ids.includes(id) === true || madeAt(id) >= made.since

/** The recorded statements through the same driver, prepared, with the same transactions, and nothing of the product around them. */
export function replay(pool: pg.Pool, statements: readonly SeenStatement[], options: Made): () => Promise<void> {
  let turn = 0
  const names = new Map<string, string>()
  const nameOf = (text: string): string => {
    const known = names.get(text) ?? `b${names.size}_${statements.length}`
    names.set(text, known)
    return known
  }
  const made = new Set(options.made)
  return async () => {
    const { stands } = options
    const other = new Map((stands?.ids ?? []).map(id => [id, stands?.all[turn++] ?? id]))
    const digests = new Map<string, Buffer>()
    const swap = (text: string, make: () => string): string => {
      const known = other.get(text) ?? make()
      other.set(text, known)
      return known
    }
    const fresh = (value: unknown): unknown => {
      if (Buffer.isBuffer(value)) {
        if (value.length !== 16 && value.length !== 32) return value
        const key = value.toString('hex')
        const digest = digests.get(key) ?? randomBytes(32)
        digests.set(key, digest)
        return digest
      }
      if (Array.isArray(value)) return value.map(fresh)
      if (typeof value !== 'string') return value
      if (made.has(value)) return swap(value, () => randomBytes(value.length).toString('hex').slice(0, value.length))
      return value.replace(UUID, id => (isMade(id, options) ? swap(id, () => newId(new Date())) : id))
    }
    const client = await pool.connect()
    try {
      for (const { text, values } of statements) {
        if (/^\s*(select|insert|update|delete|with)\b/i.test(text))
          await client.query({ name: nameOf(text), text, values: values.map(fresh) })
        else await client.query(text, values.map(fresh))
      }
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }
}
