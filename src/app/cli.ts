// The commands of motcua. Each is a function of its arguments; sentences go to people, exit codes to scripts.
import { mkdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { verifyHistories, verifySeals, verifyStamps } from '../modules/dossier/index.ts'
import { openedBy } from '../modules/identity/index.ts'
import { readAuthorities } from '../modules/signing/index.ts'
import { systemClock } from '../platform/clock.ts'
import { KeyRingUnfit } from '../platform/crypto/keys.ts'
import { databaseAway } from '../platform/db/away.ts'
import { openClient } from '../platform/db/database.ts'
import {
  DatabaseUnusable,
  hasEmbedded,
  runningEmbedded,
  startEmbeddedPostgres,
} from '../platform/db/embedded-postgres.ts'
import { MigrationRefused, migrate, migrateOrFind } from '../platform/db/migrate.ts'
import { type App, buildApp, migrationSets } from './build-app.ts'
import {
  giveToken,
  manageAccount,
  need,
  Refused,
  runErasure,
  runNationalImport,
  runProcedureImport,
  runProvinceImport,
  seed,
} from './commands.ts'
import { type Config, ConfigError, readConfig, requireForWeb } from './config.ts'
import { DEMO_LOGINS, DEMO_PASSWORD, demoAccounts } from './demo-people.ts'
import { doctor } from './doctor/doctor.ts'
import { DumpRefused, dump, restore } from './dump.ts'
import { securityLevel } from './security-level/security-level.ts'
import { DataFaults, setUp } from './set-up.ts'
import { version } from './version.ts'
import { letYoungHeapGrow } from './young-heap.ts'

const USAGE = `motcua ${version}

  serve                      migrate, load the province once, serve web and worker (default)
  web                        serve pages only; needs motcua work beside it
  migrate                    bring the database to this version
  work                       run background jobs only
  doctor                     say what is wrong and how to mend it
  security-level             write the proposal of the security level (NĐ 85/2016) and the checklist before launch
  verify                     recompute every history and current row
  seed --dossiers N          fill the demo with N dossiers of the past two years
  rotate-keys                make a new generation of keys and seal everything with it, while the program runs
  erase-person NUMBER --ground TEXT   say what would be destroyed of a person whose dossiers have all ended; --erase does it
  dump FILE                  write the whole database to a gzipped file
  restore FILE               load a dump into an empty database
  account invite LOGIN       print a code with which its holder sets a password (an officer's account is made)
  account disable LOGIN      close an account at once; invite opens it again
  account disable-demo       close every account that opens with the password of the demo
  account end-sessions LOGIN sign somebody out everywhere
  token NAME SCOPE …         give a system access to the JSON API
  token list                 show the tokens that were given
  token revoke ID            end one at once
  import-province NAME [--dry-run]    load provinces/NAME
  import-procedure [NAME] [--dry-run] publish procedures/NAME, or all of them
  import-national FILE [--dry-run]    publish procedures of the national portal for information

Settings are environment variables: PORT, DATA_DIR, DATABASE_URL, PUBLIC_URL, PROVINCE, PORTAL, DEMO, SMTP_URL, VNEID_ISSUER, LOG_LEVEL.`

/** Runs a command; gives the exit code. Faults an operator can mend are one sentence on stderr. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [command = 'serve', ...rest] = args
  if (command === 'help' || args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  try {
    refuseUnknown(command, rest)
    // What stands and waits lets it grow when it is ready.
    if (!['serve', 'web', 'work'].includes(command)) letYoungHeapGrow()
    const config = readConfig(process.env)
    switch (command) {
      case 'serve':
      case 'web':
        return await serve(config, { work: command === 'serve' })
      case 'migrate':
        return await withDatabase(config, async url => {
          const done = await migrate(url, migrationSets(), systemClock.now())
          console.log(done.length === 0 ? 'The database is up to date.' : `Applied ${done.join(', ')}.`)
          return 0
        })
      case 'work':
        return await withApp(config, workOn, 'owner')
      case 'doctor':
        return await doctor(config, systemClock.now(), work =>
          withHouse(config, work).then(
            () => null,
            error => sentenceOf(error, command) ?? Promise.reject(error),
          ),
        )
      case 'security-level':
        return await withHouse(config, (url, alone) => securityLevel(config, url, { alone, at: systemClock.now() }))
      case 'verify':
        return await withApp(
          config,
          async app => {
            const report = await verifyHistories(app.db, app.platform.keys)
            console.log(
              `${report.dossiers} dossiers, ${report.entries} entries, ${report.withoutPayload} without payload, ${report.faults.length} faults.`,
            )
            for (const fault of report.faults) console.log(`  ${fault.dossierId}: ${fault.fault}`)
            const sealed = await verifySeals(app.db)
            console.log(`${sealed.seals} seals, ${sealed.faults.length} faults.`)
            for (const fault of sealed.faults) console.log(`  ${fault}`)
            const { timestampCa } = config
            const stamped = await verifyStamps(app.house, timestampCa === null ? null : readAuthorities(timestampCa))
            console.log(
              `${stamped.stamps} time stamps, ${stamped.faults.length} faults${timestampCa === null && stamped.stamps > 0 ? '; by whom is not checked: TSA_CA names no authority' : ''}.`,
            )
            for (const fault of stamped.faults) console.log(`  ${fault}`)
            return report.faults.length + sealed.faults.length + stamped.faults.length === 0 ? 0 : 1
          },
          'unhurried',
        )
      case 'seed':
        return await withApp(config, app => seed(app, config, rest), 'owner')
      case 'erase-person':
        return await withApp(config, app => runErasure(app, rest))
      case 'rotate-keys':
        return await withApp(config, app => rotate(app, config, { next: !rest.includes('--continue') }), 'owner')
      case 'dump':
        return await withDatabase(config, async url => {
          const file = need(rest[0], 'Say which file to write: motcua dump backup.sql.gz')
          console.log(
            `${await dump(url, file)} rows written to ${file}. Files (${join(config.dataDir, 'files')}) and the key ring (${config.keyRingFile}) are not in it: back them up too, the ring in another place.`,
          )
          return 0
        })
      case 'restore':
        return await withDatabase(config, async url => {
          const file = need(rest[0], 'Say which file to load: motcua restore backup.sql.gz')
          await restore(url, file, migrationSets(), systemClock.now())
          console.log(`${file} loaded.`)
          return 0
        })
      case 'account':
        return await withApp(config, app => manageAccount(app, rest))
      case 'token':
        return await withApp(config, app => giveToken(app, rest))
      case 'import-province':
        return await withApp(config, app => runProvinceImport(app, rest))
      case 'import-procedure':
        return await withApp(config, app => runProcedureImport(app, rest))
      case 'import-national':
        return await withApp(config, app => runNationalImport(app, rest))
      default:
        console.error(`There is no command ${command}.\n`)
        console.log(USAGE)
        return 2
    }
  } catch (error) {
    const sentence = sentenceOf(error, command)
    if (sentence === null) throw error
    console.error(sentence)
    return 1
  }
}

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** What an operator can mend, as one sentence; null of a fault of ours. */
function sentenceOf(error: unknown, command: string): string | null {
  if (
    error instanceof ConfigError ||
    error instanceof DatabaseUnusable ||
    error instanceof MigrationRefused ||
    error instanceof KeyRingUnfit ||
    error instanceof DataFaults ||
    error instanceof DumpRefused ||
    error instanceof Refused
  )
    return error.message
  if (error instanceof Error && NO_ROOM.has((error as NodeJS.ErrnoException).code ?? ''))
    return `Nothing can be written on the disk: ${error.message}. Make room there, or mend its rights, and run motcua ${command} again.`
  if (error instanceof Error && databaseAway(error))
    return `The database went away while motcua ${command} ran (${error.message}). Run it again when it is back.`
  return null
}

/** What each command takes beside its name; those that are not here look at their arguments themselves. */
const TAKES: Readonly<Record<string, RegExp>> = {
  serve: /^$/,
  web: /^$/,
  migrate: /^$/,
  work: /^$/,
  doctor: /^$/,
  'security-level': /^$/,
  verify: /^$/,
  'rotate-keys': /^(--continue)?$/,
  dump: /^[^\n]*$/,
  restore: /^[^\n]*$/,
  account: /^([^\n]+(\n[^\n]+)?)?$/,
}

/** A word that is not understood may have been meant to hold something back (--dry-run): nothing is done then. */
function refuseUnknown(command: string, rest: readonly string[]): void {
  if (TAKES[command]?.test(rest.join('\n')) === false)
    throw new Refused(`motcua ${command} does not take “${rest.join(' ')}”. Nothing was done; motcua help says how.`)
}

/** A port that is taken is said before a minute of setting up, not after. */
async function checkPort(config: Config): Promise<void> {
  const { createServer } = await import('node:net')
  await new Promise<void>((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(config.port, config.host, () => probe.close(() => resolve()))
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Refused(
        `Port ${config.port} is in use by another program. Stop it, or choose another port: PORT=3001 npm start`,
      )
    if (error.code === 'EACCES')
      throw new Refused(`Port ${config.port} may not be used by this user. Choose one above 1023: PORT=3000 npm start`)
    throw error
  })
}

async function serve(config: Config, roles: { readonly work: boolean }): Promise<number> {
  requireForWeb(config)
  await checkPort(config)
  if (config.databaseUrl === null && runningEmbedded(config.dataDir) !== null)
    throw new Refused(
      `The data folder ${config.dataDir} is in use by another copy of this program that is running. Stop it first, or choose another DATA_DIR.`,
    )
  const started = Number(process.env.MOTCUA_STARTED_AT ?? systemClock.now().getTime())
  const served = async (app: App): Promise<number> => {
    const { loaded } = await setUp(app, config)
    await refuseDemoAccounts(app, config)
    await app.refresh()
    const stopped = untilStopped()
    await app.http.listen({ port: config.port, host: config.host })
    const address = app.http.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : config.port
    app.setOrigin(`http://localhost:${port}`)
    const worker = roles.work ? await app.startWorker() : null
    const seconds = ((systemClock.now().getTime() - started) / 1000).toFixed(1)
    console.log(
      `\nMột Cửa ${version}: ${app.platform.publicUrl()}  (${loaded ? 'province loaded, ' : ''}ready in ${seconds} s${config.publicUrl === null ? '' : `, listening on ${config.host}:${port}`})`,
    )
    if (config.demo) {
      console.log(`\nDemo accounts, password ${DEMO_PASSWORD}:`)
      for (const account of demoAccounts(config.province)) console.log(`  ${account.login.padEnd(15)} ${account.role}`)
    }
    console.log('\nCtrl-C stops everything.')
    letYoungHeapGrow()
    await stopped
    console.log('\nStopping …')
    await worker?.stop()
    return 0
  }
  return withApp(config, served, roles.work ? 'owner' : undefined)
}

async function workOn(app: App): Promise<number> {
  const stopped = untilStopped()
  // Where people and jobs want the same core, people come first, but not alone: they wait for what jobs do.
  setPriority(4)
  const worker = await app.startWorker()
  letYoungHeapGrow()
  console.log('Working. Ctrl-C stops.')
  await stopped
  await worker.stop()
  return 0
}

async function rotate(app: App, config: Config, { next }: { readonly next: boolean }): Promise<number> {
  const { generation, values, files } = await app.rotateKeys({ next, say: line => console.log(`  ${line}`) })
  console.log(
    `Generation ${generation}: ${values} values and ${files} files sealed anew. Back up ${config.keyRingFile} now; the old generations in it stay needed for blind indexes and for backups made before.`,
  )
  return 0
}

/** What is under way may take so long to end; with the database away it would never. Whatever runs services waits longer. */
const STOP_MS = 30_000

/** Listens from the call on: ask before saying that the program can be stopped. Once told, the program ends in any case. */
function untilStopped(): Promise<void> {
  return new Promise(resolve => {
    const stop = () => {
      setTimeout(() => {
        console.error('Stopped without waiting longer: what was under way is taken up by others or at the next start.')
        process.exit(1)
      }, STOP_MS).unref()
      resolve()
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}

/**
 * Runs `work` with a database URL: the one given, the embedded server of a copy that runs already, or one started for it
 * and stopped after (`alone`: nobody else uses it).
 */
async function withDatabase(config: Config, work: (url: string, alone: boolean) => Promise<number>): Promise<number> {
  if (config.databaseUrl !== null) {
    await reach(config.databaseUrl)
    return work(config.databaseUrl, false)
  }
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o711 })
  } catch (error) {
    throw new Refused(
      `The data folder ${config.dataDir} cannot be made: ${(error as Error).message}. Choose another with DATA_DIR.`,
    )
  }
  // Doctor, backup and imports work beside a running copy; they stop nothing and start nothing.
  const running = runningEmbedded(config.dataDir)
  if (running !== null) return work(running, false)
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir })
  try {
    await ensureDatabase(server.url('postgres'))
    return await work(server.url('motcua'), true)
  } finally {
    await server.stop()
  }
}

/** As withDatabase, where there is a house already: who only looks makes none. */
async function withHouse(config: Config, work: (url: string, alone: boolean) => Promise<number>): Promise<number> {
  if (config.databaseUrl === null && !hasEmbedded(config.dataDir))
    throw new Refused(
      `There is no installation in ${config.dataDir} yet. Start motcua there first, or set DATA_DIR or DATABASE_URL.`,
    )
  return withDatabase(config, work)
}

async function reach(url: string): Promise<void> {
  try {
    const client = await openClient(url, { connectionTimeoutMillis: 5000 })
    await client.end()
  } catch (error) {
    const { host, pathname } = URL.canParse(url) ? new URL(url) : { host: '?', pathname: '' }
    throw new Refused(
      `The database at DATABASE_URL (${host}${pathname}) cannot be used: ${(error as Error).message || (error as { code?: string }).code}. Check host, user, password and that the server runs.`,
    )
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = await openClient(url)
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'motcua'")
    if (rowCount === 0) await client.query('create database motcua')
  } finally {
    await client.end()
  }
}

/**
 * Migrates, builds the app, runs `work`, closes everything in the opposite order. `as` the owner of the database alone, or
 * unhurried where `work` looks at everything there is.
 */
async function withApp(
  config: Config,
  work: (app: App) => Promise<number>,
  as?: 'owner' | 'unhurried',
): Promise<number> {
  return withDatabase(config, async url => {
    const owns = await migrateOrFind(url, migrationSets(), systemClock.now())
    if (as === 'owner' && !owns)
      throw new Refused(
        'The login of DATABASE_URL may only do what web processes do. Use the login that owns the database here: docs/operations/systemd.md.',
      )
    const app = await buildApp(config, url, { unhurried: as === 'unhurried' })
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  })
}

/** The demo's password is public: where the demo is off, no account may open with it. */
async function refuseDemoAccounts(app: App, config: Config): Promise<void> {
  if (config.demo) return
  const open = await openedBy(app.platform, DEMO_LOGINS, DEMO_PASSWORD)
  if (open.length > 0)
    throw new Refused(
      `DEMO is off, but ${open.length} accounts still open with the demo's password, which everybody knows. Begin with an empty database, or close them all: motcua account disable-demo`,
    )
}
