// What the security-level file says about this installation: read from its settings, its database and its disk, never asked.
import { arch, availableParallelism, platform, release, totalmem } from 'node:os'
import type { Config } from '../config.ts'
import { ask, type Patient } from '../doctor/finding.ts'
import { version } from '../version.ts'

export interface SecurityFacts {
  readonly at: Date
  readonly product: string
  readonly config: Config
  readonly machine: {
    readonly system: string
    readonly cores: number
    readonly memoryGb: number
    readonly node: string
  }
  readonly database: {
    readonly version: string
    /** Host of DATABASE_URL; null for the server that comes with the product. */
    readonly host: string | null
    /** Whether this connection is encrypted. */
    readonly encrypted: boolean
    readonly superuser: boolean
    readonly replicas: number
    readonly synchronous: number
    /** When the write-ahead log was last archived; null: never, or no archive. */
    readonly archivedAt: Date | null
  }
  readonly province: string
  readonly agencies: number
  readonly officers: number
  readonly accounts: { readonly officers: number; readonly citizens: number; readonly disabled: number }
  /** Holders of posts that sign, seal or run the system, and how many of them have no second factor yet. */
  readonly powerful: { readonly all: number; readonly withoutFactor: number }
  readonly tokens: number
  readonly dossiers: number
  readonly files: { readonly count: number; readonly bytes: number }
  readonly audit: { readonly rows: number; readonly since: Date | null }
  readonly seal: { readonly last: Date | null; readonly stamped: Date | null }
}

/** The roles whose holders must have a second factor come from the caller: they are the identity module's to name. */
export async function readFacts(patient: Patient, secondFactorRoles: readonly string[]): Promise<SecurityFacts> {
  const { config, at } = patient
  const one = async <Row extends Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
    (await ask<Row>(patient, text, values))[0] as Row
  const server = await one<{ version: string; encrypted: boolean; superuser: boolean }>(
    `select current_setting('server_version') as version, usesuper as superuser,
       coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted
     from pg_user where usename = current_user`,
  )
  const replicas = await one<{ all: string; sync: string }>(
    "select count(*) as all, count(*) filter (where sync_state in ('sync', 'quorum')) as sync from pg_stat_replication",
  )
  const archive = await one<{ at: Date | null }>(
    "select last_archived_time as at from pg_stat_archiver where current_setting('archive_mode') <> 'off' union all select null limit 1",
  )
  const house = await one<{
    agencies: string
    officers: string
    officer_accounts: string
    citizen_accounts: string
    disabled: string
    tokens: string
    files: string
    bytes: string
    province: { vi?: string } | null
  }>(
    `select (select count(*) from organisation.agency_version where valid @> $1::date) as agencies,
       (select count(distinct officer_id) from organisation.read_post where valid @> $1::date and officer_id is not null) as officers,
       (select count(*) from identity.account where officer_id is not null and disabled_at is null) as officer_accounts,
       (select count(*) from identity.account where person_id is not null and disabled_at is null) as citizen_accounts,
       (select count(*) from identity.account where disabled_at is not null) as disabled,
       (select count(*) from identity.token where revoked_at is null and expires_at > $1) as tokens,
       (select count(*) from platform.file) as files, (select coalesce(sum(size), 0) from platform.file) as bytes,
       (select value from organisation.setting where name = 'province' and valid @> $1::date) as province`,
    [at],
  )
  const powerful = await one<{ all: string; without: string }>(
    `select count(distinct a.id) as all, count(distinct a.id) filter (where a.totp is null) as without
     from identity.account a join organisation.read_post p on p.officer_id = a.officer_id and p.valid @> $1::date
     where a.disabled_at is null and p.roles && $2::text[]`,
    [at, secondFactorRoles],
  )
  // The number of rows as statistics know it: with millions of them nobody counts one by one.
  const sizes = await one<{ dossiers: string; audit: string }>(
    `select (select greatest(reltuples, 0)::bigint from pg_class where oid = 'dossier.dossier'::regclass) as dossiers,
       (select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'platform.audit'::regclass) as audit`,
  )
  const seals = await one<{ since: Date | null; last: Date | null; stamped: Date | null }>(
    `select (select min(at) from platform.audit) as since, (select (body::jsonb->>'at')::timestamptz from dossier.seal order by number desc limit 1) as last,
       (select max(stamped_at) from dossier.seal_stamp) as stamped`,
  )
  return {
    at,
    product: `Một Cửa ${version}`,
    config,
    machine: {
      system: `${platform()} ${release()} (${arch()})`,
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    database: {
      version: server.version,
      host: config.databaseUrl === null ? null : hostOf(new URL(config.databaseUrl)),
      encrypted: server.encrypted,
      superuser: server.superuser,
      replicas: Number(replicas.all),
      synchronous: Number(replicas.sync),
      archivedAt: archive.at,
    },
    province: house.province?.vi ?? '',
    agencies: Number(house.agencies),
    officers: Number(house.officers),
    accounts: {
      officers: Number(house.officer_accounts),
      citizens: Number(house.citizen_accounts),
      disabled: Number(house.disabled),
    },
    powerful: { all: Number(powerful.all), withoutFactor: Number(powerful.without) },
    tokens: Number(house.tokens),
    dossiers: Number(sizes.dossiers),
    files: { count: Number(house.files), bytes: Number(house.bytes) },
    audit: { rows: Number(sizes.audit), since: seals.since },
    seal: { last: seals.last, stamped: seals.stamped },
  }
}

/** Where the database is: a machine and port, or the folder of its socket. */
const hostOf = (url: URL): string => url.searchParams.get('host') ?? url.host
