// `npm run rehearse -- failover [seconds [dossiers]]`: people at work while primaries die; nothing acknowledged is lost, downtime is measured.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { tell } from '../survival/ledger.ts'
import { survive } from '../survival/survive.ts'
import type { Trouble } from '../survival/troubles.ts'
import { type HighlyAvailable, type NodeName, startHighlyAvailable } from './patroni.ts'

/** How long two machines stay away when they are lost together. */
const BACK_AFTER_MS = 30_000
/** Whatever runs the proxy as a service starts it again; systemd after a tenth of a second, here a slower one. */
const PROXY_RESTART_MS = 1000

export async function rehearseFailover(say: (line: string) => void, args: readonly string[]): Promise<void> {
  const seconds = Number(args[0] ?? 180)
  const dossiers = args[1] === undefined ? {} : { dossiers: Number(args[1]) }
  if (![seconds, dossiers.dossiers ?? 1].every(Number.isSafeInteger))
    throw new Error('npm run rehearse -- failover [seconds [dossiers]]')
  const home = mkdtempSync(join(tmpdir(), 'motcua-ha-'))
  chmodSync(home, 0o755)
  const began = performance.now()
  const cluster = await startHighlyAvailable(home)
  say(`three nodes, one of them a synchronous standby, after ${((performance.now() - began) / 1000).toFixed(0)} s`)
  const gaps: { readonly why: string; readonly seconds: number }[] = []
  const strike = async (name: string, how: (primary: NodeName) => void): Promise<NodeName | null> => {
    const primary = await cluster.primary()
    if (primary === null) return null
    const { length } = await cluster.following()
    const gap = writesAgain(cluster)
    how(primary)
    const down = await gap
    gaps.push({ why: name, seconds: down })
    say(`${name} (${primary}, followed by ${length}): no write for ${down.toFixed(1)} s`)
    return primary
  }
  const trouble = (name: string, happen: () => Promise<void>): Trouble => ({
    name,
    possible: () => true,
    // One fault at a time: the nodes that the last one took are back and follow.
    async happen() {
      await cluster.untilWhole()
      await happen()
      await cluster.untilSafe()
    },
  })
  const PROXY = 'the proxy killed'
  const CRASH = 'the primary’s PostgreSQL killed'
  const LOSS = 'the primary’s machine lost'
  const BOTH = 'the primary’s machine lost while another was lost'
  /** The primary cannot be used for a while and does not know why; it must not acknowledge anything when it wakes up. */
  const away = (name: string, go: (primary: NodeName) => void, comeBack: (primary: NodeName) => void) =>
    trouble(name, async () => {
      let gone: NodeName | null = null
      try {
        await strike(name, primary => {
          gone = primary
          go(primary)
        })
        // Others are at work under a new primary while the old one is still as it was.
        await wait(3000)
      } finally {
        if (gone !== null) comeBack(gone)
      }
    })
  const troubles = [
    away('the primary’s cable pulled', cluster.unplug, cluster.mend),
    away('the primary parted from the others, not from clients', cluster.part, cluster.mend),
    away('the primary’s machine stands still', cluster.freeze, cluster.thaw),
    trouble(PROXY, async () => {
      await strike(PROXY, () => {
        cluster.killProxy()
        void wait(PROXY_RESTART_MS).then(cluster.startProxy)
      })
    }),
    trouble(CRASH, async () => {
      await strike(CRASH, node => cluster.crash(node))
    }),
    trouble(LOSS, async () => {
      const lost = await strike(LOSS, node => cluster.lose(node))
      await wait(2000)
      if (lost !== null) cluster.bringBack(lost)
    }),
    trouble(BOTH, async () => {
      const [first] = await cluster.following()
      if (first === undefined) return
      cluster.lose(first)
      try {
        await cluster.untilSafe()
        // Nothing is acknowledged on one machine alone: writes wait until one of the two is back.
        const back = wait(BACK_AFTER_MS).then(() => cluster.bringBack(first))
        await strike(BOTH, node => {
          cluster.lose(node)
          void back.then(() => cluster.bringBack(node))
        })
      } finally {
        cluster.bringBack(first)
      }
    }),
  ]
  try {
    const outcome = await survive({
      seconds,
      people: 8,
      megabytes: 0,
      quietSeconds: 180,
      ...dossiers,
      say,
      given: {
        port: cluster.port,
        url: cluster.url,
        troubles,
      },
    })
    const { ledger } = outcome
    say(tell(ledger))
    for (const why of new Set(gaps.map(each => each.why))) {
      const list = gaps.filter(each => each.why === why).map(each => each.seconds)
      say(
        `${why}: ${list.length} times, ${Math.min(...list).toFixed(1)} to ${Math.max(...list).toFixed(1)} s without writes`,
      )
    }
    say(outcome.verify.said.trim().replace(/\n/g, ' '))
    const faults = [...outcome.faults, ...ledger.complaints]
    if (faults.length > 0 || outcome.verify.code !== 0) throw new Error(faults.join('\n') || outcome.verify.said)
  } finally {
    await cluster.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Seconds from now until a write commits again, after at least one that did not. */
async function writesAgain(cluster: HighlyAvailable): Promise<number> {
  const began = performance.now()
  let failed = false
  for (;;) {
    const client = new pg.Client({
      connectionString: cluster.url('motcua'),
      connectionTimeoutMillis: 1000,
      query_timeout: 2000,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query("update platform.version set value = value where name = 'public'")
      if (failed) return (performance.now() - began) / 1000
    } catch {
      failed = true
    } finally {
      await client.end().catch(() => undefined)
    }
    if (performance.now() - began > 120_000)
      throw new Error(
        failed ? `no write for two minutes: ${await cluster.describe()}` : 'what was to fail did not: writes went on',
      )
    await wait(50)
  }
}
