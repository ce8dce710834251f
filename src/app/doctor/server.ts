// Checks of PostgreSQL itself: version, clock, replicas, archive, long transactions, indexes left half-built.
import { systemClock } from '../../platform/clock.ts'
import { ask, type Findings, fault, ok, type Patient, warning } from './finding.ts'

const CLOCK_WARN_MS = 2000
const CLOCK_FAULT_MS = 30_000
const LAG_BYTES = 64_000_000
/** Shared memory from which small pages cost more than they are worth. */
const SMALL_PAGES_BYTES = 1_000_000_000
/** A transaction that stands idle for so long is forgotten, not thinking. */
const FORGOTTEN_MINUTES = 5

export async function* server(patient: Patient): Findings {
  const [about] = await ask<{ version: string; superuser: boolean; now: Date; encrypted: boolean; near: boolean }>(
    patient,
    `select current_setting('server_version') as version, usesuper as superuser, clock_timestamp() as now,
       coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
       coalesce(inet_server_addr() << '127.0.0.0/8' or inet_server_addr() = '::1', true) as near
     from pg_user where usename = current_user`,
  )
  yield ok(`PostgreSQL ${about?.version}.`)
  if (about?.superuser === true)
    yield warning(
      'The database user is a superuser: the application only steps down by SET ROLE. Give it ordinary logins: web processes one in motcua_app alone, the worker one in motcua_app and motcua_owner (docs/operations/systemd.md).',
    )
  if (about?.encrypted === false && !about.near)
    yield warning(
      'What goes to the database on another machine is not encrypted: add ?sslmode=verify-full&sslrootcert=… to DATABASE_URL.',
    )
  const apart = Math.abs((about?.now.getTime() ?? 0) - systemClock.now().getTime())
  if (apart > CLOCK_WARN_MS) {
    const text = `The clocks of this machine and of the database are ${(apart / 1000).toFixed(0)} s apart: deadlines and codes of the day are counted from both. Run NTP (chrony) on each.`
    yield apart > CLOCK_FAULT_MS ? fault(text) : warning(text)
  }
  yield* pages(patient)
}

export interface SharedMemory {
  /** The setting huge_pages: off, try or on. */
  readonly asked: string
  /** Whether they are used: on, off, unknown; null of a server older than 17, which does not say. */
  readonly status: string | null
  /** shared_buffers in bytes. */
  readonly bytes: number
  /** How many huge pages all shared memory takes; −1 where the machine has none. */
  readonly pages: number
}

/** What to do where shared memory worth the trouble lies in small pages; null where nothing is to be done. */
export function smallPages({ asked, status, bytes, pages }: SharedMemory): string | null {
  if (status !== 'off' || bytes < SMALL_PAGES_BYTES || pages <= 0) return null
  const setting = asked === 'off' ? 'set huge_pages = try, ' : ''
  return `The database keeps ${(bytes / 2 ** 30).toFixed(1)} GiB in memory by small pages, for which it pays with its processor. On its machine: ${setting}sysctl vm.nr_hugepages=${pages} (more where others use such pages too), and start it again.`
}

async function* pages(patient: Patient): Findings {
  const [memory] = await ask<{ asked: string; status: string | null; bytes: string; pages: string }>(
    patient,
    `select current_setting('huge_pages') as asked, current_setting('huge_pages_status', true) as status,
       pg_size_bytes(current_setting('shared_buffers'))::text as bytes, current_setting('shared_memory_size_in_huge_pages') as pages`,
  )
  if (memory === undefined) return
  const text = smallPages({ ...memory, bytes: Number(memory.bytes), pages: Number(memory.pages) })
  if (text !== null) yield warning(text)
}

export async function* replicas(patient: Patient): Findings {
  const [wanted] = await ask<{ names: string; recovering: boolean }>(
    patient,
    "select current_setting('synchronous_standby_names') as names, pg_is_in_recovery() as recovering",
  )
  if (wanted?.recovering === true) {
    yield fault(
      'DATABASE_URL leads to a replica: nothing can be written. Point it at the primary, or at the proxy that knows it.',
    )
    return
  }
  const standbys = await ask<{ name: string; sync: boolean; lag: string }>(
    patient,
    "select application_name as name, sync_state in ('sync', 'quorum') as sync, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::text as lag from pg_stat_replication",
  )
  if ((wanted?.names ?? '') !== '' && !standbys.some(each => each.sync))
    yield fault(
      `No synchronous replica is connected (synchronous_standby_names is ${wanted?.names}): every commit waits. Bring one back, or let Patroni choose.`,
    )
  for (const { name, lag } of standbys)
    if (Number(lag) > LAG_BYTES)
      yield warning(`The replica ${name} is ${(Number(lag) / 1e6).toFixed(0)} MB behind: look at its disk and network.`)
  if (standbys.length > 0)
    yield ok(`${standbys.length} ${standbys.length === 1 ? 'replica follows' : 'replicas follow'}.`)
  const [archive] = await ask<{ on: boolean; failing: boolean; failed: string | null; count: string }>(
    patient,
    `select current_setting('archive_mode') <> 'off' as on, coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing,
       last_failed_wal as failed, failed_count::text as count from pg_stat_archiver`,
  )
  if (archive?.on === false && patient.config.databaseUrl !== null)
    yield warning(
      'The write-ahead log is not archived (archive_mode is off): what was done since the last backup would be lost with its disk. See docs/operations/sao-luu.md.',
    )
  if (archive?.on === true && archive.failing)
    yield fault(
      `The archive of the write-ahead log fails (${archive.failed}, ${archive.count} times): there is no restore to a point in time, and the disk fills. See pgbackrest check.`,
    )
}

/** What piles up unseen: transactions that stand for `minutes`, indexes left half-built, old rows that nobody cleans. */
export async function* hygiene(patient: Patient, minutes = FORGOTTEN_MINUTES): Findings {
  const old = await ask<{ pid: number; stood: string }>(
    patient,
    `select pid, (extract(epoch from clock_timestamp() - xact_start) / 60)::int::text as stood from pg_stat_activity
     where datname = current_database() and state like 'idle in transaction%' and xact_start < clock_timestamp() - make_interval(mins => $1)`,
    [minutes],
  )
  for (const { pid, stood } of old)
    yield warning(
      `Connection ${pid} has stood in a transaction for ${stood} minutes: it holds up clean-up and maybe locks. End it: select pg_terminate_backend(${pid}).`,
    )
  const broken = await ask<{ name: string }>(
    patient,
    `select indexrelid::regclass::text as name from pg_index i where not indisvalid
     and not exists (select from pg_stat_progress_create_index p where p.relid = i.indrelid or p.relid is null) order by 1`,
  )
  // Of the table that is being worked on nothing is said: a build leaves its index, and a rebuild two, unfinished until it ends.
  if (broken.length > 0)
    yield fault(
      `Indexes are half-built (${broken.map(row => row.name).join(', ')}): nobody is served by them. ${broken.map(({ name }) => `${/_cc(new|old)\d*$/.test(name) ? 'drop' : 'reindex'} index concurrently ${name};`).join(' ')}`,
    )
  const [age] = await ask<{ age: string }>(
    patient,
    'select age(datfrozenxid)::text as age from pg_database where datname = current_database()',
  )
  if (Number(age?.age) > 1_000_000_000)
    yield fault(`Autovacuum does not keep up (transaction age ${age?.age}): let it run, or VACUUM FREEZE at night.`)
}
