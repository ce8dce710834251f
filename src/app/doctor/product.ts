// Checks of what the product keeps: migrations, jobs, files, keys of signers, open work, seals, messages, partitions, holidays.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NO_CARRIER } from '../../modules/notifications/index.ts'
import { civilDateOf } from '../../platform/calendar/civil.ts'
import { storedPath } from '../../platform/files/file-store.ts'
import { livingWorkers } from '../../platform/jobs/dead-workers.ts'
import { migrationSets } from '../build-app.ts'
import { ask, type Findings, fault, ok, type Patient, warning } from './finding.ts'

const DAY = 86_400_000
/** A job that nobody takes for so long means that no worker runs. */
const STALE_JOB = 5 * 60_000
/** A message that waits so long is held up by its carrier. */
const STALE_MESSAGE = 15 * 60_000
/** Histories are sealed every evening. */
const SEAL_OVERDUE = 36 * 3_600_000
/** After so long an act on a document has used up its tries. Milliseconds. */
const ACT_OVERDUE = 15 * 60_000

/** False when there is nothing else to look at. */
export async function* migrations(patient: Patient): AsyncGenerator<ReturnType<typeof ok>, boolean, undefined> {
  const [table] = await ask<{ found: boolean }>(
    patient,
    "select to_regclass('platform.migration') is not null as found",
  )
  if (table?.found !== true) {
    yield fault('The database is empty: run motcua migrate, or motcua serve.')
    return false
  }
  const applied = await ask<{ key: string }>(patient, "select module || '/' || name as key from platform.migration")
  const have = new Set(applied.map(row => row.key))
  const missing = migrationSets()
    .flatMap(set => set.migrations.map(migration => `${set.module}/${migration.name}`))
    .filter(key => !have.has(key))
  yield missing.length > 0
    ? fault(`Migrations are missing (${missing.join(', ')}): run motcua migrate.`)
    : ok(`${have.size} migrations applied.`)
  return true
}

export async function* jobs(patient: Patient): Findings {
  const { at, alone } = patient
  const [state] = await ask<{ waiting: string; running: string; failed: string; oldest: Date | null }>(
    patient,
    'select waiting, running, failed, oldest from platform.job_state()',
  )
  const failed = Number(state?.failed ?? 0)
  yield failed > 0
    ? fault(`${failed} background jobs used up their tries: see /van-hanh, mend the cause, run them again.`)
    : ok(`${state?.waiting ?? 0} background jobs waiting, none failed.`)
  // A database that was started for this command has no worker beside it.
  if (alone) return
  const workers = await livingWorkers(patient.client)
  const waited = state?.oldest == null ? 0 : at.getTime() - state.oldest.getTime()
  const minutes = Math.floor(waited / 60_000)
  if (workers === 0 && waited > STALE_JOB)
    yield fault(`A background job has waited for ${minutes} minutes: no worker runs. Start motcua work.`)
  else if (workers === 0) yield warning('No worker runs now: what has to be signed and sent waits. Start motcua work.')
  else if (waited > STALE_JOB)
    yield warning(`Background jobs are ${minutes} minutes behind (${workers} workers): start another motcua work.`)
  else yield ok(`${workers} workers at work.`)
}

export async function* files(patient: Patient): Findings {
  const folder = join(patient.config.dataDir, 'files')
  let all = 0
  let count = 0
  const owners = new Set<string>()
  // A thousand rows at a time: there may be millions.
  for (let after = ''; ; ) {
    const rows = await ask<{ store_key: string; owner: string }>(
      patient,
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
    if (last === undefined || rows.length < 1000) break
    after = last.store_key
  }
  yield count > 0
    ? fault(
        `${count} of ${all} stored files are missing in ${folder} (${[...owners].join(', ')}): restore them from the backup of that folder.`,
      )
    : ok(`${all} stored files are in their place.`)
}

export async function* signers(patient: Patient): Findings {
  const { at } = patient
  const ending = await ask<{ name: string; ends: Date }>(
    patient,
    'select (array_agg(name order by upper(valid) desc))[1] as name, max(upper(valid)) as ends from signing.key group by holder having max(upper(valid)) < $1 order by 2 limit 20',
    [new Date(at.getTime() + 60 * DAY)],
  )
  for (const { name, ends } of ending) {
    const text = `The signing key of ${name} ${ends < at ? 'ended' : 'ends'} on ${ends.toISOString().slice(0, 10)}: ask its authority for a new one.`
    yield ends < at ? fault(text) : warning(text)
  }
}

export async function* openWork(patient: Patient): Findings {
  const [idle] = await ask<{ count: string }>(
    patient,
    "select count(*) from dossier.dossier d where d.kind = 'native' and d.state in (1, 2, 4) and d.busy is null and not exists (select from dossier.todo t where t.dossier_id = d.id)",
  )
  if (Number(idle?.count) > 0)
    yield fault(`${idle?.count} open dossiers lie with nobody: fill the posts of their steps.`)
  const [left] = await ask<{ count: string }>(
    patient,
    `with vacant as (
       select position_id from (select position_id from dossier.todo_count union select position_id from dossier.todo_delta) c
       where not exists (select from organisation.assignment a where a.position_id = c.position_id and a.valid @> $1::date))
     select count(distinct t.dossier_id) from dossier.todo t join vacant using (position_id)
     where not exists (
       select from dossier.todo o where o.dossier_id = t.dossier_id and o.position_id not in (select position_id from vacant))`,
    [civilDateOf(patient.at)],
  )
  if (Number(left?.count) > 0)
    yield fault(
      `${left?.count} dossiers wait for posts that nobody holds any more: fill them, or let the head of the agency assign the work.`,
    )
  const [stuck] = await ask<{ count: string }>(
    patient,
    "select count(*) from signing.intent where state = 'waiting' and created_at < $1",
    [new Date(patient.at.getTime() - ACT_OVERDUE)],
  )
  if (Number(stuck?.count) > 0)
    yield fault(
      `${stuck?.count} signatures, numbers or seals have waited for more than a quarter of an hour: see at /van-hanh why their job failed and run it again.`,
    )
}

export async function* seals(patient: Patient): Findings {
  const [state] = await ask<{ last: string | null; waiting: boolean }>(
    patient,
    `select (select body::jsonb->>'at' from dossier.seal order by number desc limit 1) as last,
       exists (select from dossier.unsealed) as waiting`,
  )
  if (state === undefined || !state.waiting) return
  const first = await ask<{ at: string }>(
    patient,
    "select e.body::jsonb->>'at' as at from dossier.unsealed u join dossier.entry e using (dossier_id, seq) order by u.dossier_id, u.seq limit 1",
  )
  const since = state.last ?? first[0]?.at
  if (since !== undefined && patient.at.getTime() - new Date(since).getTime() > SEAL_OVERDUE)
    yield fault(
      `Histories have not been sealed since ${since.slice(0, 10)}: the job dossier.seal-histories runs every evening. See /van-hanh whether it failed, and that a worker runs.`,
    )
}

/** Seals that the time-stamping authority has not seen for a day. */
export async function* stamps(patient: Patient): Findings {
  if (patient.config.timestamps === null) {
    yield warning('TSA_URL names no time-stamping authority: only the publication of seals says when they were made.')
    return
  }
  const { timestampCa } = patient.config
  if (timestampCa === null && patient.config.timestamps !== 'simulator')
    yield warning(
      'TSA_CA names no certificates of the time-stamping authority: whoever answers at TSA_URL is believed, and motcua verify cannot tell its stamps from forged ones.',
    )
  const [missing] = await ask<{ count: string; oldest: string | null }>(
    patient,
    `select count(*) as count, min(s.body::jsonb->>'at') as oldest from dossier.seal s
     where not exists (select from dossier.seal_stamp t where t.seal = s.number) and s.body::jsonb->>'at' < $1`,
    [new Date(patient.at.getTime() - DAY).toISOString()],
  )
  if (Number(missing?.count) > 0)
    yield fault(
      `${missing?.count} seals, the oldest of ${missing?.oldest?.slice(0, 10)}, have no time stamp: see the last error of dossier.stamp-seals at /van-hanh, and that ${patient.config.timestamps} can be reached.`,
    )
}

export async function* messages(patient: Patient): Findings {
  const [held] = await ask<{ count: string; error: string | null }>(
    patient,
    `select count(*) as count, (array_agg(error order by created_at desc) filter (where error is not null))[1] as error
     from notifications.message where state = 'waiting' and created_at < $1`,
    [new Date(patient.at.getTime() - STALE_MESSAGE)],
  )
  if (Number(held?.count) > 0)
    yield fault(
      `${held?.count} messages have waited for more than a quarter of an hour${held?.error == null ? '' : ` (${held.error})`}: mend the carrier, they are sent again by themselves.`,
    )
  const wayless = await ask<{ channel: string; count: string }>(
    patient,
    `select channel, count(*) as count from notifications.message
     where state = 'failed' and error = $1 and created_at > $2 group by channel order by channel`,
    [NO_CARRIER, new Date(patient.at.getTime() - 7 * DAY)],
  )
  if (wayless.length > 0)
    yield warning(
      `In the last seven days ${wayless.map(row => `${row.count} messages by ${row.channel}`).join(' and ')} had no way to people: set SMTP_URL, or connect a gateway. People still see them in the app.`,
    )
}

export async function* partitions(patient: Patient): Findings {
  const next = new Date(patient.at.getTime() + 40 * DAY).toISOString().slice(0, 7).replace('-', '_')
  const missing = await ask<{ name: string }>(
    patient,
    `select name from unnest(array['platform.audit', 'dossier.entry', 'dossier.payload']) as name where to_regclass(name || '_' || $1) is null`,
    [next],
  )
  if (missing.length > 0)
    yield fault(
      `The partitions of ${next.replace('_', '-')} are not made (${missing.map(row => row.name).join(', ')}): the job platform.ensure-partitions makes them each month; start motcua once.`,
    )
}

export async function* holidays(patient: Patient): Findings {
  // The notice of a year's holidays comes in the months before it; by the middle of November it should be here.
  const year = new Date(patient.at.getTime() + 45 * DAY).getUTCFullYear()
  const unknown = await ask<{ code: string }>(
    patient,
    'select distinct code from platform.calendar c where not exists (select from platform.calendar_day d where d.code = c.code and extract(year from d.date) = $1) order by code',
    [year],
  )
  yield unknown.length > 0
    ? warning(
        `The holidays of ${year} are not known (${unknown.map(row => row.code).join(', ')}): load the notice, or promised dates will be wrong.`,
      )
    : ok(`The holidays of ${year} are known.`)
}
