// `motcua doctor`: what is wrong with this installation and how to mend it, one line a finding.

import { existsSync, statSync } from 'node:fs'
import pg from 'pg'
import { migrationSets } from './build-app.ts'
import type { Config } from './config.ts'

interface Finding {
  readonly level: 'ok' | 'warning' | 'fault'
  readonly text: string
}

/** Prints the findings; 0 when there is no fault. */
export async function doctor(config: Config, url: string): Promise<number> {
  const findings: Finding[] = []
  const say = (level: Finding['level'], text: string) => findings.push({ level, text })
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
      const { rows: jobs } = await client.query<{ waiting: string; failed: string; oldest: Date | null }>(
        'select waiting, failed, oldest from platform.job_state()',
      )
      const failed = Number(jobs[0]?.failed ?? 0)
      say(
        failed > 0 ? 'fault' : 'ok',
        failed > 0
          ? `${failed} background jobs used up their tries: see /van-hanh, mend the cause, run them again.`
          : `${jobs[0]?.waiting ?? 0} background jobs waiting, none failed.`,
      )
      const { rows: idle } = await client.query<{ count: string }>(
        'select count(*) from dossier.dossier d where d.state in (1, 2, 4) and d.busy is null and not exists (select from dossier.todo t where t.dossier_id = d.id)',
      )
      if (Number(idle[0]?.count) > 0)
        say('fault', `${idle[0]?.count} open dossiers lie with nobody: fill the posts of their steps.`)
      const { rows: calendar } = await client.query<{ last: string | null }>(
        'select max(date)::text as last from platform.calendar_day',
      )
      say('ok', `Holidays are known until ${calendar[0]?.last ?? 'never'}.`)
    }
  } finally {
    await client.end()
  }
  for (const finding of findings) console.log(`${{ ok: '✔', warning: '!', fault: '✘' }[finding.level]} ${finding.text}`)
  return findings.some(finding => finding.level === 'fault') ? 1 : 0
}
