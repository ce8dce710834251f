// `motcua doctor`: what is wrong with this installation and how to mend it, one line a finding.

import { existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { storedPath } from '../platform/files/file-store.ts'
import { migrationSets } from './build-app.ts'
import type { Config } from './config.ts'

type Level = 'ok' | 'warning' | 'fault'
const SIGN: Readonly<Record<Level, string>> = { ok: '✔', warning: '!', fault: '✘' }

const DAY = 86_400_000
/** A job that nobody takes for so long means that no worker runs. */
const STALE_JOB = 5 * 60_000

/** Prints the findings as of `at`; 0 when there is no fault. `alone`: the database runs only for this command. */
export async function doctor(
  config: Config,
  url: string,
  { at, alone }: { readonly at: Date; readonly alone: boolean },
): Promise<number> {
  let faults = 0
  const say = (level: Level, text: string): void => {
    if (level === 'fault') faults++
    console.log(`${SIGN[level]} ${text}`)
  }
  const major = Number(process.versions.node.split('.')[0])
  say(
    major < 22 ? 'warning' : 'ok',
    major < 22 ? `Node ${process.version} no longer gets security fixes; install Node 24.` : `Node ${process.version}.`,
  )
  if (config.demo)
    say('warning', 'DEMO is on: papers carry the test mark and demo accounts exist. Set DEMO=off in production.')
  if (config.databaseUrl === null)
    say('warning', 'The embedded database has no replica. Set DATABASE_URL to a PostgreSQL cluster in production.')
  if (!existsSync(config.keyRingFile))
    say(
      'fault',
      `The key ring ${config.keyRingFile} is missing: without it nothing can be decrypted. Restore it from the backup.`,
    )
  else if ((statSync(config.keyRingFile).mode & 0o077) !== 0)
    say('fault', `The key ring ${config.keyRingFile} can be read by others: chmod 600.`)
  if (config.smtp === null) say('warning', 'SMTP_URL is not set: e-mail stays in the house.')
  if (config.vneid?.issuer === 'simulator')
    say('warning', 'VNEID_ISSUER is the simulator: set the issuer that the ministry gave you.')
  if (existsSync(config.dataDir)) {
    const disk = statfsSync(config.dataDir)
    const share = disk.bavail / disk.blocks
    if (share < 0.1)
      say(
        share < 0.02 ? 'fault' : 'warning',
        `${(share * 100).toFixed(0)} % of the disk of ${config.dataDir} is free: make room, or give DATA_DIR a larger disk.`,
      )
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: versions } = await client.query<{ version: string; superuser: boolean }>(
      "select current_setting('server_version') as version, usesuper as superuser from pg_user where usename = current_user",
    )
    say('ok', `PostgreSQL ${versions[0]?.version}.`)
    if (versions[0]?.superuser === true)
      say(
        'warning',
        'The database user is a superuser: the application only steps down by SET ROLE. Give it an ordinary login that is a member of motcua_app and motcua_owner.',
      )
    const { rows: tables } = await client.query<{ found: boolean }>(
      "select to_regclass('platform.migration') is not null as found",
    )
    if (tables[0]?.found !== true) {
      say('fault', 'The database is empty: run motcua migrate, or motcua serve.')
    } else {
      const { rows: applied } = await client.query<{ key: string }>(
        "select module || '/' || name as key from platform.migration",
      )
      const have = new Set(applied.map(row => row.key))
      const missing = migrationSets()
        .flatMap(set => set.migrations.map(migration => `${set.module}/${migration.name}`))
        .filter(key => !have.has(key))
      say(
        missing.length > 0 ? 'fault' : 'ok',
        missing.length > 0
          ? `Migrations are missing (${missing.join(', ')}): run motcua migrate.`
          : `${have.size} migrations applied.`,
      )
      const { rows: jobs } = await client.query<{
        waiting: string
        running: string
        failed: string
        oldest: Date | null
      }>('select waiting, running, failed, oldest from platform.job_state()')
      const failed = Number(jobs[0]?.failed ?? 0)
      say(
        failed > 0 ? 'fault' : 'ok',
        failed > 0
          ? `${failed} background jobs used up their tries: see /van-hanh, mend the cause, run them again.`
          : `${jobs[0]?.waiting ?? 0} background jobs waiting, none failed.`,
      )
      const oldest = jobs[0]?.oldest ?? null
      const waited = oldest === null ? 0 : at.getTime() - oldest.getTime()
      // A database that was started for this command has no worker beside it.
      if (!alone && waited > STALE_JOB) {
        const minutes = Math.floor(waited / 60_000)
        if (Number(jobs[0]?.running ?? 0) === 0)
          say('fault', `A background job has waited for ${minutes} minutes: no worker runs. Start motcua work.`)
        else say('warning', `Background jobs are ${minutes} minutes behind: start another motcua work.`)
      }
      const lost = await lostFiles(client, join(config.dataDir, 'files'))
      say(
        lost.count > 0 ? 'fault' : 'ok',
        lost.count > 0
          ? `${lost.count} of ${lost.all} stored files are missing in ${join(config.dataDir, 'files')} (${lost.owners.join(', ')}): restore them from the backup of that folder.`
          : `${lost.all} stored files are in their place.`,
      )
      const { rows: ending } = await client.query<{ name: string; ends: Date }>(
        'select (array_agg(name order by upper(valid) desc))[1] as name, max(upper(valid)) as ends from signing.key group by holder having max(upper(valid)) < $1 order by 2 limit 20',
        [new Date(at.getTime() + 60 * DAY)],
      )
      for (const { name, ends } of ending)
        say(
          ends < at ? 'fault' : 'warning',
          `The signing key of ${name} ${ends < at ? 'ended' : 'ends'} on ${ends.toISOString().slice(0, 10)}: ask its authority for a new one.`,
        )
      const { rows: idle } = await client.query<{ count: string }>(
        "select count(*) from dossier.dossier d where d.kind = 'native' and d.state in (1, 2, 4) and d.busy is null and not exists (select from dossier.todo t where t.dossier_id = d.id)",
      )
      if (Number(idle[0]?.count) > 0)
        say('fault', `${idle[0]?.count} open dossiers lie with nobody: fill the posts of their steps.`)
      // The notice of a year's holidays comes in the months before it; by the middle of November it should be here.
      const year = new Date(at.getTime() + 45 * DAY).getUTCFullYear()
      const { rows: unknown } = await client.query<{ code: string }>(
        'select distinct code from platform.calendar c where not exists (select from platform.calendar_day d where d.code = c.code and extract(year from d.date) = $1) order by code',
        [year],
      )
      say(
        unknown.length > 0 ? 'warning' : 'ok',
        unknown.length > 0
          ? `The holidays of ${year} are not known (${unknown.map(row => row.code).join(', ')}): load the notice, or promised dates will be wrong.`
          : `The holidays of ${year} are known.`,
      )
    }
  } finally {
    await client.end()
  }
  return faults > 0 ? 1 : 0
}

/** Rows whose bytes are gone, with the first few owners. Reads the rows a thousand at a time. */
async function lostFiles(
  client: pg.Client,
  folder: string,
): Promise<{ all: number; count: number; owners: readonly string[] }> {
  let all = 0
  let count = 0
  const owners = new Set<string>()
  for (let after = ''; ; ) {
    const { rows } = await client.query<{ store_key: string; owner: string }>(
      'select store_key, owner from platform.file where store_key > $1 order by store_key limit 1000',
      [after],
    )
    for (const row of rows) {
      all++
      if (existsSync(storedPath(folder, row.store_key))) continue
      count++
      if (owners.size < 5) owners.add(row.owner)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < 1000) return { all, count, owners: [...owners] }
    after = last.store_key
  }
}
