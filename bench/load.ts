// Load over HTTP from h2load (nghttp2, Debian's nghttp2-client): as many pages as a server can, and latencies at a fixed rate.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const H2LOAD = 'h2load'
const WARM_UP_SECONDS = 2
/** Connections of a closed loop, each asking again when it has been answered. */
const LANES = 8
/** Connections of a fixed rate: so many that each asks once a second, where that is no more than a machine likes. */
const MOST_CONNECTIONS = 256

/** What is asked for: an address, and the cookies of who asks. */
export interface Asked {
  readonly url: string
  readonly cookies: ReadonlyMap<string, string>
}

/** Pages a second in a closed loop of `seconds`, after two to warm up. */
export async function fullSpeed(asked: Asked, seconds: number): Promise<number> {
  const said = await h2load(asked, [
    ...['--clients', String(LANES), '--duration', String(seconds), '--warm-up-time', String(WARM_UP_SECONDS)],
  ])
  const perSecond = /^finished in .*?, ([\d.]+) req\/s/m.exec(said)?.[1]
  if (perSecond === undefined) throw new Error(`h2load says no rate: ${said}`)
  return Number(perSecond)
}

/**
 * Latencies in milliseconds at `perSecond`, evenly spaced, whether or not earlier requests have been answered: each
 * connection asks at its own fixed times. One that is still waiting then asks late; what its requests would have waited is
 * counted for them (no coordinated omission).
 */
export async function steady(asked: Asked, perSecond: number, seconds: number) {
  const connections = Math.min(MOST_CONNECTIONS, Math.max(LANES, Math.round(perSecond)))
  const roundMs = (connections / perSecond) * 1000
  const { opening, period } = openedAt(perSecond)
  const folder = mkdtempSync(join(tmpdir(), 'motcua-load-'))
  try {
    const log = join(folder, 'requests')
    await h2load(asked, [
      ...['--clients', String(connections), '--rps', String(perSecond / connections)],
      ...['--requests', String(connections * Math.ceil((perSecond * seconds) / connections))],
      ...['--rate', String(opening), '--rate-period', `${period}ms`],
      ...['--log-file', log],
    ])
    const took = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => Number(line.split('\t')[2]) / 1000)
    const times = took.flatMap(ms => [ms, ...late(ms, roundMs)]).sort((a, b) => a - b)
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * How many connections are opened each period, in whole milliseconds, so that they ask as evenly as the rate says and not
 * all at once: as few at a time as comes within three per cent.
 */
function openedAt(perSecond: number): { opening: number; period: number } {
  for (let opening = 1; ; opening++) {
    const exact = (opening / perSecond) * 1000
    const period = Math.max(1, Math.round(exact))
    if (Math.abs(period - exact) / exact < 0.03) return { opening, period }
  }
}

/** What those would have waited that a connection could not send, its turn coming every `roundMs`. */
function late(ms: number, roundMs: number): number[] {
  return Array.from({ length: Math.floor(ms / roundMs) }, (_, at) => ms - (at + 1) * roundMs)
}

/** Runs it; an answer that is not 2xx fails the bench. */
async function h2load({ url, cookies }: Asked, args: readonly string[]): Promise<string> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const child = spawn(H2LOAD, ['--h1', ...args, ...(cookie === '' ? [] : ['--header', `cookie: ${cookie}`]), url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', chunk => {
    said += chunk
  })
  await once(child, 'close').catch((error: Error) => {
    throw new Error(`The benches need h2load (Debian: apt-get install nghttp2-client): ${error.message}`)
  })
  const [, ok, ...others] = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(said) ?? []
  const failed = /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(said)?.slice(1)
  if (ok === undefined || ok === '0' || [...others, ...(failed ?? ['1'])].some(count => count !== '0'))
    throw new Error(`${url}: ${said}`)
  return said
}
