// `npm run rehearse -- upgrade [seconds [dossiers [commit]]]`: people work on the version before while the database is migrated, then on
// both, then on this one. Nothing acknowledged is lost, nobody is turned away, and how long anybody waited is measured.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../../src/platform/db/embedded-postgres.ts'
import { productRoot } from '../../src/platform/root.ts'
import { MAIN, type Process, startProcess } from '../support/processes.ts'
import { asAdmin } from '../support/scratch.ts'
import { lives, newWorld } from '../survival/people.ts'
import { describeJobs, hurry, jobsLeft, reckon } from '../survival/reckoning.ts'
import { httpWire, mailServer, relay } from '../survival/wires.ts'

const PEOPLE = 8

export async function rehearseUpgrade(say: (line: string) => void, args: readonly string[]): Promise<void> {
  const seconds = Number(args[0] ?? 60)
  const dossiers = Number(args[1] ?? 20_000)
  if (![seconds, dossiers].every(Number.isSafeInteger))
    throw new Error('npm run rehearse -- upgrade [seconds [dossiers [commit]]]')
  const commit = args[2] ?? releasedBefore()
  const home = mkdtempSync(join(tmpdir(), 'motcua-upgrade-'))
  chmodSync(home, 0o711)
  const before = buildOf(commit, join(home, 'before'))
  say(`the version before: ${commit.slice(0, 7)}`)
  const data = join(home, 'data')
  mkdirSync(data, { mode: 0o711 })
  const postgres = await startEmbeddedPostgres({ dataDir: data, settings: { max_connections: '200' } })
  const url = () => postgres.url('motcua')
  const mail = await mailServer()
  const balancer = await relay()
  const log: string[] = []
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DATA_DIR: data,
    DATABASE_URL: url(),
    PUBLIC_URL: `http://127.0.0.1:${balancer.port}`,
    SMTP_URL: `smtp://127.0.0.1:${mail.port}?ignoreTLS=true`,
    DEMO: 'on',
  }
  const run = (main: string, ...command: string[]) =>
    execFileSync(process.execPath, [main, ...command], { env, encoding: 'utf8', timeout: 3_600_000 })
  const running: Process[] = []
  const start = async (main: string, role: Process['role']): Promise<Process> => {
    const own = startProcess(role, env, text => log.push(text), main)
    running.push(own)
    await own.ready
    return own
  }
  const end = async ({ child }: Process) => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  const stop = new AbortController()
  let people: Promise<void>[] = []
  try {
    await asAdmin(postgres.url('postgres'), client => client.query('create database motcua'))
    const old = [await start(before, 'web'), await start(before, 'web'), await start(before, 'work')]
    const token = run(before, 'token', 'nang-cap', 'dossier.submit', 'dossier.read').trim().split('\n').at(-1) ?? ''
    run(before, 'seed', '--dossiers', String(dossiers))
    say(`${dossiers} dossiers seeded by it`)
    balancer.targets = portsOf(old)

    const since = new Date()
    const wire = httpWire(balancer.port)
    const pause = { act: () => wait(100 + Math.random() * 200), look: () => wait(300) }
    // A search is a form of this version: one that 0.2.0 answers is not found (docs/operations/nang-cap.md).
    let alone = false
    const world = await newWorld({ wire, token, signal: stop.signal, pause, looksUp: () => alone })
    const { ledger } = world
    people = Array.from({ length: PEOPLE }, () => lives(world))
    const phase = async (what: string, work: () => Promise<unknown>) => {
      const [acts, looks, repeats, began] = [
        ledger.times.length,
        ledger.looks.length,
        ledger.repeats,
        performance.now(),
      ]
      await work()
      const times = [...ledger.times.slice(acts), ...ledger.looks.slice(looks)].sort((a, b) => a - b)
      const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(0)
      say(
        `${what}: ${((performance.now() - began) / 1000).toFixed(1)} s, ${times.length} answers, p50 ${at(0.5)}, p95 ${at(0.95)}, longest ${(times.at(-1) ?? 0).toFixed(0)} ms, ${ledger.repeats - repeats} asked again`,
      )
    }
    await phase('on the version before', () => wait(seconds * 1000))
    await phase('while the database is migrated', async () => {
      const migrating = spawn(process.execPath, [MAIN, 'migrate'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      for (const stream of [migrating.stdout, migrating.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
      const [code] = (await once(migrating, 'close')) as [number | null]
      if (code !== 0) throw new Error(`migrate ended with ${code}: ${said}`)
      say(said.trim())
      if (!said.includes('Applied'))
        throw new Error(
          `${commit.slice(0, 7)} has the structure of this version: name an older commit, as the release before`,
        )
    })
    await phase('the version before on the new structure', () => wait((seconds * 1000) / 2))
    const fresh: Process[] = []
    await phase('both versions side by side', async () => {
      for (const role of ['web', 'web', 'work'] as const) fresh.push(await start(MAIN, role))
      balancer.targets = [...portsOf(old), ...portsOf(fresh)]
      await wait((seconds * 1000) / 2)
    })
    await phase('the version before ends', async () => {
      balancer.targets = portsOf(fresh)
      for (const each of old) await end(each)
    })
    alone = true
    await phase('on this version', () => wait(seconds * 1000))
    stop.abort()
    await Promise.all(people)

    const house = { url, mail }
    for (const until = performance.now() + 60_000; performance.now() < until && (await jobsLeft(house)) > 0; ) {
      await hurry(house)
      await wait(500)
    }
    const faults = await reckon(house, ledger, since)
    if ((await jobsLeft(house)) > 0) faults.push('jobs are left', ...(await describeJobs(house)))
    faults.push(...ledger.complaints, ...log.filter(line => /request failed|job failed|ended by itself/.test(line)))
    say(`${ledger.filed.length} filed, ${ledger.acts.length} acts acknowledged, ${ledger.ended} ended`)
    say(run(MAIN, 'verify').trim().replace(/\n/g, ' '))
    if (faults.length > 0) throw new Error(faults.slice(0, 10).join('\n'))
  } finally {
    stop.abort()
    for (const { child } of running) child.kill('SIGKILL')
    balancer.close()
    mail.close()
    await Promise.all(people)
    await postgres.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

const portsOf = (processes: readonly Process[]): number[] =>
  processes.filter(each => each.role === 'web').map(each => each.port ?? 0)

const git = (...args: string[]) => execFileSync('git', args, { cwd: productRoot, maxBuffer: 1 << 28 })

/** The commit that made the newest dump to upgrade from: what stood there then is the version that was released. */
function releasedBefore(): string {
  const commit = git('log', '-1', '--format=%H', '--', 'test/upgrade').toString().trim()
  if (commit === '') throw new Error('the history of the repository is needed: clone it whole')
  return commit
}

/** Builds the program of a commit in a folder, with the packages of its own lockfile; gives its main file. */
function buildOf(commit: string, folder: string): string {
  mkdirSync(folder)
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', commit) })
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: 'inherit' })
  const main = join(folder, 'dist/server/main.js')
  if (!existsSync(main)) throw new Error(`no program was built of ${commit}`)
  return main
}
