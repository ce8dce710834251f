// `npm run rehearse -- backup [dossiers]`: docs/operations/sao-luu.md played through on this machine with the files that stand there:
// a full backup, an incremental one, a point in time, everything lost, a new folder, proof.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type App, buildApp, migrationSets } from '../../src/app/build-app.ts'
import { readConfig } from '../../src/app/config.ts'
import { setUp } from '../../src/app/set-up.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { productRoot } from '../../src/platform/root.ts'
import { fileDossier } from '../support/dossiers.ts'
import { measured } from '../support/measured.ts'
import { MAIN } from '../support/processes.ts'
import { asAdmin } from '../support/scratch.ts'
import { asPostgres, cluster, freePort, needPrograms, ownFile, ownFolder, untilWritable } from './debian-postgres.ts'

/** Dossiers filed before the incremental backup, between it and the point in time, and after that. */
const FULL = 10
const BEFORE = 10
const AFTER = 5
const FILES = join(productRoot, 'docs/operations/backup')

export async function rehearseBackup(say: (line: string) => void, [count]: readonly string[]): Promise<void> {
  const seeded = Number(count ?? 0)
  if (!Number.isSafeInteger(seeded)) throw new Error('npm run rehearse -- backup [dossiers]')
  needPrograms('/usr/bin/pgbackrest', '/usr/bin/rsync')
  const home = mkdtempSync(join(tmpdir(), 'motcua-backup-'))
  chmodSync(home, 0o711)
  const at = (name: string) => join(home, name)
  const port = await freePort()
  const sockets = ownFolder(at('run'))
  for (const name of ['repo', 'spool', 'lock', 'log']) ownFolder(at(name))
  // The file of the documents with folders of this rehearsal, and where this machine's PostgreSQL is asked.
  const shape = readFileSync(join(FILES, 'pgbackrest.conf'), 'utf8')
    .replace('/sao-luu/pgbackrest', at('repo'))
    .replace('/var/lib/postgresql/15/main', at('pg'))
    .replace('choose-one', 'chi-dung-de-dien-tap')
    .replace(
      '[motcua]',
      `spool-path=${at('spool')}
lock-path=${at('lock')}
log-path=${at('log')}
log-level-console=warn
[motcua]
pg1-port=${port}
pg1-socket-path=${sockets}
pg1-user=postgres`,
    )
  const conf = ownFile(at('pgbackrest.conf'), shape)
  const backrest = (...args: string[]) =>
    asPostgres('/usr/bin/pgbackrest', [`--config=${conf}`, '--stanza=motcua', ...args])
  for (const name of ['files-backup', 'keys-backup', 'report']) mkdirSync(at(name))
  /** The script of the documents, as cron runs it. */
  const backup = (what: 'full' | 'incr' | 'files', copies = at('files-backup')) =>
    timed(`motcua-backup ${what}`, () => {
      execFileSync(join(FILES, 'motcua-backup'), [what], {
        env: {
          PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
          PGBACKREST_CONFIG: conf,
          DATA_DIR: at('data'),
          FILES_COPY_DIR: copies,
          KEYS_COPY_DIR: at('keys-backup'),
          BACKUP_REPORT_DIR: at('report'),
        },
        cwd: '/',
        stdio: ['ignore', 'inherit', 'inherit'],
      })
    })
  const settings = {
    archive_mode: 'on',
    archive_command: `pgbackrest --config=${conf} --stanza=motcua archive-push %p`,
    archive_timeout: '60',
    wal_level: 'replica',
  }
  const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await work()
    say(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return result
  }
  const first = cluster(ownFolder(at('pg')), sockets, port, settings)
  let running = first
  first.start()
  try {
    await asAdmin(first.url('postgres'), client => client.query('create database motcua'))
    const config = { ...readConfig({ DATA_DIR: at('data') }), logLevel: 'error' }
    mkdirSync(config.dataDir)
    await migrate(first.url('motcua'), migrationSets(), new Date())
    const app = await buildApp(config, first.url('motcua'))
    let target = ''
    try {
      await setUp(app, config)
      if (seeded > 0) {
        const env = { ...process.env, DATA_DIR: at('data'), DATABASE_URL: first.url('motcua') }
        const { seconds } = await measured(MAIN, ['seed', '--dossiers', String(seeded)], env)
        say(`${seeded} dossiers seeded in ${seconds.toFixed(0)} s`)
      }
      backrest('stanza-create')
      await backup('full')
      await file(app, FULL)
      await backup('incr')
      await file(app, BEFORE)
      // One that fails says so and reports nothing.
      rmSync(at('report/files'))
      const failed = await backup('files', '/proc/nowhere').then(
        () => false,
        () => true,
      )
      if (!failed || existsSync(at('report/files')))
        throw new Error('a copy that failed is reported as one that did not')
      // What was filed meanwhile: a copy made later holds all that an earlier database names.
      await backup('files')
      // pgBackRest tells backups apart by the second.
      await wait(1100)
      target = (
        await asAdmin(first.url('motcua'), client =>
          client.query<{ now: string }>('select clock_timestamp()::text as now'),
        )
      ).rows[0]?.now as string
      await wait(1100)
      await file(app, AFTER)
      await asAdmin(first.url('motcua'), client => client.query('select pg_switch_wal()'))
      backrest('check')
    } finally {
      await app.close()
    }

    const info = JSON.parse(readFileSync(at('report/database.json'), 'utf8'))
    for (const { type, info: of } of info[0].backup)
      say(
        `${type}: database ${megabytes(of.size)}, taken in this backup ${megabytes(of.repository.delta)} of the repository`,
      )
    say(`disaster; back to ${target}`)
    first.stop('immediate')
    rmSync(at('pg'), { recursive: true })
    rmSync(at('data'), { recursive: true })
    await timed('restore to the point in time, in a new folder', async () => {
      ownFolder(at('pg-new'))
      backrest(`--pg1-path=${at('pg-new')}`, '--type=time', `--target=${target}`, '--target-action=promote', 'restore')
      running = cluster(at('pg-new'), sockets, port, { ...settings, archive_mode: 'off' })
      running.start()
      await untilWritable(running.url('motcua'))
      for (const [from, to] of [
        ['files-backup', 'files'],
        ['keys-backup', 'keys'],
      ] as const)
        cpSync(at(from), join(at('data-new'), to), { recursive: true, preserveTimestamps: true })
    })
    const { rows } = await asAdmin(running.url('motcua'), client =>
      client.query<{ n: string }>('select count(*) as n from dossier.dossier'),
    )
    const filed = Number(rows[0]?.n) - seeded
    say(`dossiers filed, after the restore: ${filed} (${FULL + BEFORE} before the point, ${AFTER} after it)`)
    if (filed !== FULL + BEFORE) throw new Error('the restore did not reach the point in time')
    const env = {
      ...process.env,
      DATA_DIR: at('data-new'),
      DATABASE_URL: running.url('motcua'),
      BACKUP_REPORT_DIR: at('report'),
    }
    const proof = await measured(MAIN, ['verify'], env)
    say(`motcua verify: ${proof.seconds.toFixed(1)} s, ${proof.megabytes.toFixed(0)} MB`)
    say(proof.said.trim().replace(/\n/g, ' '))
    const doctor = spawnSync(process.execPath, [MAIN, 'doctor'], { env, encoding: 'utf8' })
    for (const line of doctor.stdout.split('\n')) if (/stored files|backup|copy of the files|✘/.test(line)) say(line)
    if (/✘/.test(doctor.stdout)) throw new Error('the doctor finds faults in what was restored')
    if (!/✔ The last backup of the database \(incr/.test(doctor.stdout))
      throw new Error(`the doctor does not see the backup:\n${doctor.stdout}`)
    running.stop('fast')
  } finally {
    if (existsSync(join(running.data, 'postmaster.pid'))) running.stop('immediate')
    rmSync(home, { recursive: true, force: true })
  }
}

async function file(app: App, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await fileDossier(app)
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
