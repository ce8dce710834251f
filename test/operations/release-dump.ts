// `npm run rehearse -- dump FILE`: at a release, the dump that later versions are upgraded from (test/upgrade): a small house in which
// people have done everything there is to do, sealed and stamped. Its key ring lies beside it as FILE's name with .ring.json: all is fictional.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../../src/platform/db/embedded-postgres.ts'
import { MAIN, type Process, startProcess } from '../support/processes.ts'
import { asAdmin, ringOf } from '../support/scratch.ts'
import { lives, newWorld } from '../survival/people.ts'
import { askForSeals, describeJobs, hurry, jobsLeft } from '../survival/reckoning.ts'
import { httpWire, mailServer, relay } from '../survival/wires.ts'

const PEOPLE = 3
const SECONDS = 12
/** With a past, so that counts, boards and worklists have something to carry over. */
const SEEDED = 40

export async function releaseDump(say: (line: string) => void, args: readonly string[]): Promise<void> {
  const [name] = args
  if (name === undefined) throw new Error('npm run rehearse -- dump FILE')
  const file = resolve(name)
  const data = mkdtempSync(join(tmpdir(), 'motcua-dump-'))
  chmodSync(data, 0o711)
  const postgres = await startEmbeddedPostgres({ dataDir: data })
  const mail = await mailServer()
  const door = await relay()
  const url = () => postgres.url('motcua')
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DATA_DIR: data,
    DATABASE_URL: url(),
    PUBLIC_URL: `http://127.0.0.1:${door.port}`,
    SMTP_URL: `smtp://127.0.0.1:${mail.port}?ignoreTLS=true`,
    DEMO: 'on',
  }
  const run = (...command: string[]) => execFileSync(process.execPath, [MAIN, ...command], { env, encoding: 'utf8' })
  const log: string[] = []
  const running: Process[] = []
  const stop = new AbortController()
  try {
    await asAdmin(postgres.url('postgres'), client => client.query('create database motcua'))
    for (const role of ['web', 'work'] as const) {
      const own = startProcess(role, env, text => log.push(text))
      running.push(own)
      await own.ready
    }
    door.targets = [running[0]?.port ?? 0]
    run('seed', '--dossiers', String(SEEDED))
    const token = run('token', 'ban-luu', 'dossier.submit', 'dossier.read').trim().split('\n').at(-1) ?? ''
    const wire = httpWire(door.port)
    const pause = { act: () => wait(50), look: () => wait(300) }
    const world = await newWorld({ wire, token, signal: stop.signal, pause })
    const { ledger } = world
    const people = Array.from({ length: PEOPLE }, () => lives(world))
    await wait(SECONDS * 1000)
    stop.abort()
    await Promise.all(people)
    await askForSeals({ url })
    for (const until = performance.now() + 60_000; performance.now() < until && (await jobsLeft({ url })) > 0; ) {
      await hurry({ url })
      await wait(500)
    }
    if ((await jobsLeft({ url })) > 0) throw new Error(`jobs are left: ${(await describeJobs({ url })).join(', ')}`)
    if (ledger.complaints.length + log.length > 0) throw new Error([...ledger.complaints, ...log].join('\n'))
    for (const { child } of running.splice(0)) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
    say(`${ledger.filed.length} filed, ${ledger.acts.length} acts, ${ledger.ended} ended`)
    say(run('verify').trim())
    say(run('dump', file).trim())
    copyFileSync(join(data, 'keys/ring.json'), ringOf(file))
    for (const each of [file, ringOf(file)]) chmodSync(each, 0o644)
  } finally {
    stop.abort()
    for (const { child } of running) child.kill('SIGKILL')
    door.close()
    mail.close()
    await postgres.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
