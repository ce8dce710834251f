// An installation as a province runs it, on this machine: a durable PostgreSQL, two web and two worker processes, a balancer.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp, migrationSets } from '../../src/app/build-app.ts'
import { readConfig } from '../../src/app/config.ts'
import { setUp } from '../../src/app/set-up.ts'
import { type PgServer, startEmbeddedPostgres } from '../../src/platform/db/embedded-postgres.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { type Clamd, clamdServer } from '../support/clamd.ts'
import { type EidAuthority, eidAuthority } from '../support/eid-authority.ts'
import { MAIN, type Process, type Role, startProcess } from '../support/processes.ts'
import { asAdmin } from '../support/scratch.ts'
import { giveToken } from '../support/test-app.ts'
import { type StampServer, stampServer } from './authorities.ts'
import { prepareDrop } from './dropping.ts'
import { EID_PERSON, EID_SECRET } from './newcomers.ts'
import { type MailServer, mailServer, type Relay, relay } from './wires.ts'

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'

export interface Installation {
  readonly folder: string
  /** A small disk of its own, so that it can be filled; false where the user may not mount one. */
  readonly ownDisk: boolean
  readonly balancer: Relay
  readonly database: Relay
  readonly mail: MailServer
  readonly eid: EidAuthority
  readonly stamps: StampServer
  /** Looks at what comes in. */
  readonly scanner: Clamd
  /** The folder in which the national portal leaves dossiers. */
  readonly drop: string
  readonly processes: Process[]
  readonly token: string
  postgres: PgServer
  /** Straight to the database, past the relay. */
  url(): string
  /** Starts a process; resolves once it serves or works. */
  start(role: Role): Promise<Process>
  /** Sets the clock of a running process some seconds off, at once. */
  shiftClock(process: Process, seconds: number): void
  startPostgres(): Promise<void>
  /** Runs a command of the program; gives its exit code and what it said. */
  run(args: readonly string[]): { code: number; said: string }
  /** What the processes logged, errors and worse. */
  readonly log: string[]
  /** What PostgreSQL logged. */
  readonly serverLog: string[]
  close(): Promise<void>
}

/** A checkpoint often, and little kept: recovery is part of what is tried, and the disk is small. */
const SETTINGS = { max_wal_size: '64MB', min_wal_size: '32MB', checkpoint_timeout: '30s', max_connections: '200' }

/** A database that is there already, for instance a cluster behind its proxy. */
export interface Given {
  readonly port: number
  url(database: string): string
}

export async function install(options: { readonly megabytes: number; readonly given?: Given }): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'motcua-survival-'))
  chmodSync(folder, 0o711)
  const { given } = options
  // Where the database lies elsewhere there is no small disk to fill.
  const ownDisk = given === undefined && mountDisk(folder, options.megabytes)
  if (ownDisk) chmodSync(folder, 0o711)
  // These not on the disk that is filled.
  const clockFolder = mkdtempSync(join(tmpdir(), 'motcua-clocks-'))
  const log: string[] = []
  const database = await relay()
  const balancer = await relay()
  const mail = await mailServer()
  const eid = await eidAuthority('motcua', EID_PERSON)
  const stamps = await stampServer()
  const scanner = await clamdServer()
  const drop = mkdtempSync(join(tmpdir(), 'motcua-survival-drop-'))
  prepareDrop(drop)
  const clocks = new Map<Process, string>()
  const processes: Process[] = []
  /** What the database server says goes to whoever reads the logs of the machine. */
  const serverLog: string[] = []
  const startServer = () =>
    startEmbeddedPostgres({ dataDir: folder, settings: SETTINGS, log: line => serverLog.push(line) })
  let postgres = given === undefined ? await startServer() : served(given)
  database.targets = [postgres.port]
  await asAdmin(postgres.url('postgres'), client => client.query('create database motcua'))
  const direct = () => postgres.url('motcua')
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TZ: 'America/New_York',
    // The most that is ever logged: nothing of it may name a person.
    LOG_LEVEL: 'debug',
    DATA_DIR: folder,
    DATABASE_URL: (() => {
      const url = new URL(direct())
      url.port = String(database.port)
      // Through the proxy, not by the server's own socket.
      url.searchParams.delete('host')
      return url.href
    })(),
    PUBLIC_URL: `http://127.0.0.1:${balancer.port}`,
    TRUST_PROXY: '1',
    VNEID_ISSUER: eid.issuer,
    VNEID_CLIENT_SECRET: EID_SECRET,
    TSA_URL: stamps.url,
    CLAMD: scanner.address,
    NATIONAL_DROP_DIR: drop,
    SMTP_URL: `smtp://127.0.0.1:${mail.port}?ignoreTLS=true`,
  }
  mkdirSync(join(folder, 'files'), { recursive: true })
  const token = await prepare(folder, direct())

  let started = 0
  const start = (role: Role): Promise<Process> => {
    // Each has a clock of its own, which reads how far it is off from a file.
    const clock = join(clockFolder, String(started++))
    writeFileSync(clock, '+0s')
    const fake = canSkew()
      ? {
          LD_PRELOAD: FAKETIME,
          FAKETIME_TIMESTAMP_FILE: clock,
          FAKETIME_CACHE_DURATION: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        }
      : {}
    const own = startProcess(role, { ...env, ...fake }, text => log.push(text))
    clocks.set(own, clock)
    processes.push(own)
    own.child.on('exit', () => {
      processes.splice(processes.indexOf(own), 1)
      balancer.targets = portsOf(processes)
    })
    return own.ready.then(() => {
      balancer.targets = portsOf(processes)
      return own
    })
  }

  return {
    folder,
    ownDisk,
    balancer,
    database,
    mail,
    eid,
    stamps,
    scanner,
    drop,
    processes,
    token,
    get postgres() {
      return postgres
    },
    url: direct,
    start,
    shiftClock(process, seconds) {
      const clock = clocks.get(process)
      if (clock !== undefined) writeFileSync(clock, `${seconds >= 0 ? '+' : ''}${seconds}s`)
    },
    async startPostgres() {
      postgres = await startServer()
      database.targets = [postgres.port]
    },
    run(args) {
      try {
        const said = execFileSync(process.execPath, [MAIN, ...args], {
          env: { ...env, DATABASE_URL: direct() },
          encoding: 'utf8',
          // A million dossiers are seeded, and verified, in some minutes.
          timeout: args[0] === 'seed' || args[0] === 'verify' ? 3_600_000 : 300_000,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        return { code: 0, said }
      } catch (error) {
        const failed = error as { status?: number; stdout?: string; stderr?: string }
        return { code: failed.status ?? 1, said: `${failed.stdout ?? ''}${failed.stderr ?? ''}` }
      }
    },
    log,
    serverLog,
    async close() {
      for (const { child } of [...processes]) {
        child.removeAllListeners('exit')
        child.kill('SIGKILL')
      }
      balancer.close()
      mail.close()
      eid.close()
      stamps.close()
      scanner.close()
      rmSync(drop, { recursive: true, force: true })
      rmSync(clockFolder, { recursive: true, force: true })
      await postgres.stop()
      database.close()
      if (ownDisk) execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const portsOf = (processes: readonly Process[]): number[] =>
  processes.filter(each => each.role === 'web' && each.port !== null).map(each => each.port ?? 0)

/** Whether clocks of single processes can be set apart. */
export const canSkew = (): boolean => existsSync(FAKETIME)

/** Looks like a server that we started; nothing of it is ours to stop. */
const served = (given: Given): PgServer => ({
  port: given.port,
  password: '',
  pid: 0,
  url: given.url,
  exited: new Promise(() => undefined),
  stop: async () => undefined,
})

function mountDisk(folder: string, megabytes: number): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'motcua-survival', folder], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/** Migrations, the demo province, and a token for the system that files. */
async function prepare(dataDir: string, url: string): Promise<string> {
  await migrate(url, migrationSets(), new Date())
  const config = { ...readConfig({ DATA_DIR: dataDir }), logLevel: 'error' }
  const app = await buildApp(config, url)
  try {
    await setUp(app, config)
    return await giveToken(app)
  } finally {
    await app.close()
  }
}
