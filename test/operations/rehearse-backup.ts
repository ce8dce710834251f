// `npm run rehearse -- backup`: docs/operations/sao-luu.md played through on this machine: full backup, a point in time, a new folder, proof.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type App, buildApp, migrationSets } from '../../src/app/build-app.ts'
import { readConfig } from '../../src/app/config.ts'
import { setUp } from '../../src/app/set-up.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { fileDossier } from '../support/dossiers.ts'
import { MAIN } from '../support/processes.ts'
import { asAdmin } from '../support/scratch.ts'
import { asPostgres, cluster, freePort, needPrograms, ownFile, ownFolder, untilWritable } from './debian-postgres.ts'

const BEFORE = 20
const AFTER = 5

export async function rehearseBackup(say: (line: string) => void): Promise<void> {
  needPrograms('/usr/bin/pgbackrest')
  const home = mkdtempSync(join(tmpdir(), 'motcua-backup-'))
  chmodSync(home, 0o711)
  const at = (name: string) => join(home, name)
  const port = await freePort()
  const sockets = ownFolder(at('run'))
  for (const name of ['repo', 'spool', 'lock', 'log']) ownFolder(at(name))
  const conf = ownFile(
    at('pgbackrest.conf'),
    `[global]
repo1-path=${at('repo')}
repo1-retention-full=2
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=chi-dung-de-dien-tap
spool-path=${at('spool')}
lock-path=${at('lock')}
log-path=${at('log')}
log-level-console=warn
start-fast=y
compress-level=1
process-max=2
[motcua]
pg1-path=${at('pg')}
pg1-port=${port}
pg1-socket-path=${sockets}
pg1-user=postgres
`,
  )
  const backrest = (...args: string[]) =>
    asPostgres('/usr/bin/pgbackrest', [`--config=${conf}`, '--stanza=motcua', ...args])
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
      backrest('stanza-create')
      await timed('full backup', () => backrest('--type=full', 'backup'))
      await file(app, BEFORE)
      // Files are written once and never changed: a copy made later holds all that an earlier database names.
      await timed('copy of files and keys', () => copyFiles(at('data'), at('files-backup')))
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
      mkdirSync(at('data-new'))
      cpSync(at('files-backup'), at('data-new'), { recursive: true, preserveTimestamps: true })
    })
    const { rows } = await asAdmin(running.url('motcua'), client =>
      client.query<{ n: string }>('select count(*) as n from dossier.dossier'),
    )
    say(`dossiers after the restore: ${rows[0]?.n} (${BEFORE} before the point, ${AFTER} after it)`)
    if (Number(rows[0]?.n) !== BEFORE) throw new Error('the restore did not reach the point in time')
    const env = { ...process.env, DATA_DIR: at('data-new'), DATABASE_URL: running.url('motcua') }
    const said = await timed('motcua verify', () =>
      execFileSync(process.execPath, [MAIN, 'verify'], { env, encoding: 'utf8' }),
    )
    say(said.trim().replace(/\n/g, ' '))
    const doctor = spawnSync(process.execPath, [MAIN, 'doctor'], { env, encoding: 'utf8' })
    for (const line of doctor.stdout.split('\n')) if (/stored files|✘/.test(line)) say(line)
    if (/✘/.test(doctor.stdout)) throw new Error('the doctor finds faults in what was restored')
    running.stop('fast')
  } finally {
    if (existsSync(join(running.data, 'postmaster.pid'))) running.stop('immediate')
    rmSync(home, { recursive: true, force: true })
  }
}

async function file(app: App, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await fileDossier(app)
}

/** As `rsync -a` without --delete does: what is new is added, nothing goes. */
function copyFiles(from: string, to: string): void {
  for (const name of ['files', 'keys'])
    cpSync(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true })
}
