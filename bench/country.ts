// `npm run bench:country [-- minutes [rows]]`: the whole country's commands and reads on this machine, by people who think in between.
// BENCH_DATA_DIR names a seeded data folder (`motcua seed`); without it `rows` dossiers are seeded first.
import http from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { pick } from '../src/modules/dossier/seed/people.ts'
import { highestOf } from '../test/support/pids.ts'
import type { Wire } from '../test/support/test-app.ts'
import { GaveUp, type Ledger, newLedger, type Staff, type World } from '../test/survival/ledger.ts'
import { department, life, staff } from '../test/survival/people.ts'
import { httpWire } from '../test/survival/wires.ts'
import { citizens } from './citizens.ts'
import { cpuSeconds } from './cpu.ts'
import { openHouse } from './house.ts'
import { type Figure, yardstick } from './measure.ts'
import { startProduct } from './product.ts'
import { looksAt, type Reader } from './readers.ts'
import { mergeReport } from './report.ts'

/** 50 million dossiers a year in 2,000 working hours, eight commands each, three reads a command (design: the headline). */
const COMMANDS = 55
const READS = 165
/** Commands in one life, on average, as counted: 5 % are refused, 15 % supplemented, 5 % withdrawn, 10 % sent back. */
const IN_A_LIFE = 8.1
/** People with accounts; each files again and again. */
const CITIZENS = 300
/** Hardly a life is longer: once it is over every kind of act is under way. After 100 seconds a minute still had 49 commands a second of 55. */
const WARM_UP_S = 180
const THINK_MS = 5000
/** More people at once than this and the house has lost: nobody new comes. */
const MOST_AT_ONCE = 3000
const TEN_MINUTES = 600_000

const minutes = Number(process.argv[2] ?? 60)
const rows = Number(process.argv[3] ?? 100_000)
if (!(minutes > 0 && rows > 0)) throw new Error('npm run bench:country [-- minutes [rows]]')

interface Measured {
  readonly commands: number
  readonly reads: number
  readonly ledger: Ledger
  readonly cpu: { readonly web: number; readonly worker: number; readonly postgres: number; readonly crowd: number }
  readonly seconds: number
  readonly lag: number
  readonly backlog: number
  readonly drained: number | null
  readonly lost: number
}

const house = await openHouse({
  rows,
  settings: { shared_buffers: '4GB', max_wal_size: '4GB', checkpoint_timeout: '10min' },
})
try {
  const measured = await yardstick()
  const admin = new pg.Pool({ connectionString: house.url, max: 4 })
  admin.on('error', () => undefined)
  const env = { DATABASE_URL: house.url, TRUST_PROXY: '1' }
  const web = [await startProduct(house, env, 'web'), await startProduct(house, env, 'web')]
  const worker = await startProduct(house, env, 'work')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 })
  const wires = web.map(each => httpWire(Number(new URL(each.address).port), agent))
  let turn = 0
  const wire: Wire = request => (wires[turn++ % wires.length] as Wire)(request)
  try {
    const token = house.giveToken()
    // Communes of the demo that have all posts: what is filed goes to each in turn.
    const communes: Staff[] = []
    for (let commune = 1; commune <= 6; commune++) communes.push(await staff(wire, commune))
    const province = await department(wire)
    const everybody = await citizens(house, wire, CITIZENS)
    const reader = await looksAt({
      admin,
      keyRingFile: house.keyRingFile,
      wire,
      token,
      staff: communes[0] as Staff,
      citizens: everybody.map(({ visitor }) => visitor),
    })
    // Each of the crowd files more in an hour than anybody may in a day.
    const forgive = () => admin.query('delete from platform.attempt')
    const pids = { web: web.map(each => each.pid), worker: [worker.pid], postgres: house.postgresPid }

    const run = async (factor: number, length: number): Promise<Measured> => {
      const stop = new AbortController()
      let ledger = newLedger()
      const pause = () => wait(-Math.log(1 - Math.random()) * THINK_MS)
      const world = { wire, token, signal: stop.signal, pause: { act: pause, look: () => wait(2000), again: pause } }
      let atOnce = 0
      const lifetimes: Promise<unknown>[] = []
      const live = async (): Promise<void> => {
        atOnce++
        // Who was born into the warm-up is told apart by the ledger of that time.
        const own: World = {
          ...world,
          staff: communes[born % communes.length] as Staff,
          department: province,
          applicant: () => pick(Math.random, everybody),
          get ledger() {
            return ledger
          },
        } as World
        try {
          await life(own)
          ledger.ended++
        } catch (error) {
          if (!(error instanceof GaveUp)) ledger.complaints.push(String(error))
        } finally {
          atOnce--
        }
      }
      const began = performance.now()
      let born = 0
      let reading = 0
      let away = 0
      const looking: Promise<void>[] = []
      const birth = (COMMANDS * factor) / IN_A_LIFE
      let from = began
      /** People come and pages are asked for at their rate, whatever became of the ones before. */
      const drive = async (seconds: number): Promise<void> => {
        const until = performance.now() + seconds * 1000
        while (performance.now() < until) {
          const now = (performance.now() - began) / 1000
          for (; born < birth * now; born++) if (atOnce < MOST_AT_ONCE) lifetimes.push(live())
          const due = READS * factor * ((performance.now() - from) / 1000)
          // People at their work look too; what is asked for here fills up to the rate.
          while (ledger.looks.length + away + reading < due) {
            reading++
            const counted = ledger
            looking.push(
              lookOnce(reader, ledger).then(answered => {
                reading--
                if (!answered && counted === ledger) away++
              }),
            )
          }
          await wait(5)
        }
      }
      await forgive()
      const forgiving = setInterval(() => void forgive().catch(() => undefined), 300_000)
      await drive(WARM_UP_S)
      ledger = newLedger()
      from = performance.now()
      away = 0
      const lag = monitorEventLoopDelay({ resolution: 10 })
      lag.enable()
      // How it goes on: what grows in an hour does not show in its middle.
      const marks = [0]
      const marking = setInterval(() => marks.push(ledger.times.length), TEN_MINUTES)
      const before = cpuSeconds(pids)
      await drive(length)
      const after = cpuSeconds(pids)
      lag.disable()
      clearInterval(forgiving)
      clearInterval(marking)
      const seconds = (performance.now() - from) / 1000
      const measured = ledger
      const counted = { ...measured, looks: [...measured.looks], times: [...measured.times] }
      stop.abort()
      if (length * 1000 > TEN_MINUTES)
        console.log(
          `p95 of commands by ten minutes: ${marks
            .filter(from => from < counted.times.length)
            .map((from, index) => `${at(counted.times.slice(from, marks[index + 1]), 0.95).toFixed(0)} ms`)
            .join(', ')}`,
        )
      const waiting = async () =>
        Number(
          (await admin.query('select count(*) from graphile_worker._private_jobs where attempts < max_attempts'))
            .rows[0].count,
        )
      const backlog = await waiting()
      const ended = performance.now()
      while ((await waiting()) > 0 && performance.now() - ended < 600_000) await wait(1000)
      const drained = (await waiting()) === 0 ? (performance.now() - ended) / 1000 : null
      await Promise.all([...lifetimes, ...looking])
      return {
        commands: counted.times.length / seconds,
        reads: counted.looks.length / seconds,
        ledger: counted,
        cpu: {
          web: (after.web - before.web) / seconds,
          worker: (after.worker - before.worker) / seconds,
          postgres: (after.postgres - before.postgres) / seconds,
          crowd: (after.self - before.self) / seconds,
        },
        seconds,
        lag: lag.percentile(99) / 1e6,
        backlog,
        drained,
        lost: await lostActs(admin, counted),
      }
    }

    const { rows: pages } = await admin.query("select current_setting('huge_pages_status', true) as status")
    console.log(`PostgreSQL's memory in huge pages: ${pages[0]?.status ?? 'not said'} (docs/howto/van-hanh.md)`)
    const figures: Figure[] = []
    const command = `npm run bench:country -- ${minutes} ${house.rows}`
    const usual = await run(1, minutes * 60)
    const perCommand = tell(1, usual, null, figures, command)
    tellMemory(1, web, worker, figures, command)
    const peak = await run(4, Math.min(120, minutes * 12))
    tell(4, peak, perCommand, figures, command)
    tellMemory(4, web, worker, figures, command)
    mergeReport(figures.map(figure => ({ ...figure, measured })))
  } finally {
    agent.destroy()
    await worker.stop()
    for (const each of web) await each.stop()
    await admin.end()
  }
} finally {
  await house.close()
}

/** False where there was no page. */
async function lookOnce(reader: Reader, ledger: Ledger): Promise<boolean> {
  const began = performance.now()
  try {
    const { name, status } = await reader()
    if (status === 200) {
      ledger.looks.push(performance.now() - began)
      return true
    }
    // Turned away: who only looks comes back another time.
    if (status === 503) ledger.repeats++
    else ledger.complaints.push(`${name} answered ${status}`)
  } catch (error) {
    ledger.complaints.push(String(error))
  }
  return false
}

/** Acts that were acknowledged and are not in the histories. */
async function lostActs(admin: pg.Pool, ledger: Ledger): Promise<number> {
  let lost = 0
  const acts = [...ledger.acts, ...ledger.filed.map(({ id }) => ({ id, type: 'submitted', seq: 1 }))]
  for (let at = 0; at < acts.length; at += 1000) {
    const part = acts.slice(at, at + 1000)
    const { rows: found } = await admin.query<{ n: string }>(
      `select count(*) as n from unnest($1::uuid[], $2::int[], $3::text[]) as a (id, seq, type)
       where exists (select from dossier.entry e where e.dossier_id = a.id and e.seq = coalesce(a.seq, e.seq)
         and e.body::jsonb->>'type' = a.type)`,
      [part.map(act => act.id), part.map(act => act.seq), part.map(act => act.type)],
    )
    lost += part.length - Number(found[0]?.n)
  }
  return lost
}

/** Where a share of a list lies. Declared as a function, as all below: what runs stands above. */
function at(list: readonly number[], share: number): number {
  return [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0
}

/** Adds figures of one run of the country. */
function adding(factor: number, figures: Figure[], command: string) {
  return (
    name: string,
    unit: string,
    ours: number,
    limit: number | null,
    limitName: string,
    goal: string,
    times: readonly number[] | null,
  ) =>
    figures.push({
      name: `the country${factor === 1 ? '' : `, ${factor}-fold peak`}: ${name}`,
      unit,
      ours,
      limit,
      limitName,
      ratio: limit === null ? null : ours / limit,
      goal,
      p50: times === null ? null : at(times, 0.5),
      p95: times === null ? null : at(times, 0.95),
      p99: times === null ? null : at(times, 0.99),
      rows: house.rows,
      command,
    })
}

/** The most that processes ever held, so far. */
function tellMemory(
  factor: number,
  web: readonly { pid: number }[],
  worker: { pid: number },
  figures: Figure[],
  command: string,
): void {
  const add = adding(factor, figures, command)
  const most = { web: Math.max(...web.map(each => highestOf(each.pid))), worker: highestOf(worker.pid) }
  for (const [role, held] of Object.entries(most))
    add(`memory of a ${role} process at most`, 'MB RSS', held, 300, 'the goal itself', '≤ 300 MB', null)
  console.log(`memory: web ${most.web.toFixed(0)} MB at most, worker ${most.worker.toFixed(0)} MB at most`)
}

/**
 * Gives the milliseconds of CPU that a command took with its reads and jobs. Where more is asked for than the machine can do,
 * what turning people away costs is no measure: the peak's cores are counted from what a command takes at the usual load.
 */
function tell(factor: number, measured: Measured, usual: number | null, figures: Figure[], command: string): number {
  const { cpu, ledger } = measured
  const spent = cpu.web + cpu.worker + cpu.postgres
  const perCommand = usual ?? (spent / measured.commands) * 1000
  // Of what the machine gave, the crowd itself took its share; the house alone would need this much.
  const cores = (perCommand * COMMANDS * factor) / 1000
  const add = adding(factor, figures, command)
  const length = `${(measured.seconds / 60).toFixed(0)} min`
  add(
    'commands',
    'commands/s',
    measured.commands,
    COMMANDS * factor,
    `the goal itself, ${length}`,
    'p95 ≤ 150 ms',
    ledger.times,
  )
  add('reads', 'reads/s', measured.reads, READS * factor, `the goal itself, ${length}`, 'p95 ≤ 150 ms', ledger.looks)
  add('cores for a command with its reads and jobs', 'cores', cores, 2, 'this machine', 'reported', null)
  const told = ledger.filed.length + ledger.acts.length
  add('acknowledged and not there afterwards', 'acts', measured.lost, null, `of ${told}`, '0', null)
  const gone = `gone after ${measured.drained?.toFixed(0) ?? 'more than 600'} s`
  add('jobs that wait when people stop', 'jobs', measured.backlog, null, gone, 'gone after 600 s', null)
  console.log(
    `×${factor}, ${measured.seconds.toFixed(0)} s on ${house.rows} dossiers: ${measured.commands.toFixed(1)} commands/s (p50 ${at(ledger.times, 0.5).toFixed(0)}, p95 ${at(ledger.times, 0.95).toFixed(0)}, p99 ${at(ledger.times, 0.99).toFixed(0)} ms), ${measured.reads.toFixed(1)} reads/s (p50 ${at(ledger.looks, 0.5).toFixed(0)}, p95 ${at(ledger.looks, 0.95).toFixed(0)}, p99 ${at(ledger.looks, 0.99).toFixed(0)} ms)
  CPU in cores: web ${cpu.web.toFixed(2)}, worker ${cpu.worker.toFixed(2)}, PostgreSQL ${cpu.postgres.toFixed(2)}, the crowd itself ${cpu.crowd.toFixed(2)}; ${perCommand.toFixed(1)} ms a command with its reads and jobs, so ${cores.toFixed(1)} cores at this rate
  ${ledger.filed.length} filed, ${ledger.acts.length} acts, ${ledger.ended} ended, ${ledger.repeats} turned away or broken off, ${measured.lost} lost, ${ledger.complaints.length} complaints; ${measured.backlog} jobs waiting at the end, gone after ${measured.drained?.toFixed(0) ?? 'more than 600'} s; the crowd's own lag p99 ${measured.lag.toFixed(0)} ms`,
  )
  for (const complaint of ledger.complaints.slice(0, 10)) console.log(`  ${complaint}`)
  return perCommand
}
