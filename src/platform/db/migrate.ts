// Brings a database to the state the modules declare: roles, extensions, then numbered SQL files, forward only, once each.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { runMigrations } from 'graphile-worker'
import type pg from 'pg'
import { OWNER_ROLE, openClient, rolePool } from './database.ts'

export interface Migration {
  /** `0001_verb_noun`, ascending inside a module. */
  readonly name: string
  /**
   * Runs in one transaction, unless its first line is OUTSIDE: then it is one statement that cannot, or should not, hold
   * everybody up (`create index concurrently if not exists`: it may be done and not yet written down). What such a one left
   * half-built is dropped before it is tried again.
   */
  readonly sql: string
  /** SHA-256, hex, of the file as it was before, where what it made then is as good for all that comes after. */
  readonly formerly?: string
}

const OUTSIDE = /^-- outside a transaction\n/

export interface MigrationSet {
  readonly module: string
  readonly migrations: readonly Migration[]
}

/** A sentence for the operator, not a stack. */
export class MigrationRefused extends Error {}

// Any number, as long as nothing else in the database uses it.
const LOCK = 730_112_358

/** Behind a change that waits for a table everybody waits, readers too: it gives way after so long for each table, and begins again. */
const LOCK_WAIT = '2s'
/** It waited in vain, or was chosen to end a deadlock: nothing of it stands. */
const GIVEN_WAY = new Set(['55P03', '40P01'])
const PAUSE_MS = 1000
const TRIES = 30

const BOOTSTRAP = `
do $$ declare r text; begin
  foreach r in array array['motcua_owner', 'motcua_app', 'motcua_reader'] loop
    if not exists (select from pg_roles where rolname = r) then
      begin execute format('create role %I nologin', r); exception when duplicate_object or unique_violation then null; end;
    end if;
    -- From 16 on the maker of a role is a member that may not SET ROLE to it until told so.
    if current_setting('server_version_num')::int >= 160000 then
      if not pg_has_role(current_user, r, 'set') then execute format('grant %I to current_user with set true', r); end if;
    elsif not pg_has_role(current_user, r, 'member') then execute format('grant %I to current_user', r); end if;
  end loop;
  execute format('grant create, temporary on database %I to motcua_owner', current_database());
  execute format('alter database %I set timezone to ''UTC''', current_database());
end $$;
create extension if not exists btree_gist;
create extension if not exists btree_gin;
create extension if not exists pg_trgm;
`

/**
 * Applies what is missing, in the order given; safe when several processes start at once. One that others leave no table to
 * is tried `tries` times. Returns the names applied.
 */
export async function migrate(
  url: string,
  sets: readonly MigrationSet[],
  at: Date,
  tries: number = TRIES,
): Promise<string[]> {
  const client = await openClient(url, { application_name: 'motcua migrate' })
  try {
    const version = Number((await client.query('show server_version_num')).rows[0].server_version_num)
    if (version < 150_000)
      throw new MigrationRefused(`PostgreSQL 15 or newer is needed; this server is ${Math.floor(version / 10_000)}.`)
    await takeTurn(client)
    try {
      await client.query(BOOTSTRAP)
    } catch (error) {
      throw new MigrationRefused(
        `The database user may not create the roles and extensions that Một Cửa needs: ${(error as Error).message}. Use a user with CREATEROLE that owns the database.`,
      )
    }
    const pool = rolePool(url, OWNER_ROLE, 2)
    try {
      await runMigrations({ pgPool: pool })
    } finally {
      await pool.end()
    }
    await client.query(`set role ${OWNER_ROLE}`)
    return await applyMissing(client, sets, at, tries)
  } finally {
    await client.end()
  }
}

/**
 * Sees to it that the database is of this version. A login that owns nothing (a member of motcua_app alone: what processes that
 * face the world should have) finds it so or throws MigrationRefused; any other migrates. Gives whether the login owns it.
 */
export async function migrateOrFind(url: string, sets: readonly MigrationSet[], at: Date): Promise<boolean> {
  const client = await openClient(url)
  try {
    const { rows } = await client.query<{ lesser: boolean }>(
      `select true as lesser from pg_roles owner, pg_roles own
       where owner.rolname = $1 and own.rolname = current_user and not own.rolcreaterole and not pg_has_role(own.oid, owner.oid, 'member')`,
      [OWNER_ROLE],
    )
    if (rows.length > 0) {
      await findMigrated(client, sets)
      return false
    }
  } finally {
    await client.end()
  }
  await migrate(url, sets, at)
  return true
}

async function findMigrated(client: pg.Client, sets: readonly MigrationSet[]): Promise<void> {
  const { rows } = await client.query<{ readable: boolean | null }>(
    "select has_table_privilege(to_regclass('platform.migration'), 'select') as readable",
  )
  const applied = rows[0]?.readable === true ? await readApplied(client) : new Map<string, Buffer>()
  if (applied.size > 0) refuseNewer(applied, sets)
  const missing = namesOf(sets).find(name => !applied.has(name))
  if (missing !== undefined)
    throw new MigrationRefused(
      `The database lacks ${missing}, and this login may not change it. Run motcua migrate with the login that owns the database first.`,
    )
}

/** One program at a time. Whoever waits asks again and again: a statement that waited would be what an index built beside it waits for. */
async function takeTurn(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK])
    if (rows[0]?.mine === true) return
    await wait(100)
  }
}

async function applyMissing(
  client: pg.Client,
  sets: readonly MigrationSet[],
  at: Date,
  most: number,
): Promise<string[]> {
  await client.query(`create schema if not exists platform;
    create table if not exists platform.migration (module text collate "C", name text collate "C", digest bytea not null, applied_at timestamptz(3) not null, primary key (module, name))`)
  const applied = await readApplied(client)
  refuseNewer(applied, sets)
  const done: string[] = []
  for (const set of sets) {
    for (const migration of set.migrations) {
      const key = `${set.module}/${migration.name}`
      const digest = createHash('sha256').update(migration.sql).digest()
      const before = applied.get(key)
      if (before !== undefined) {
        if (!before.equals(digest) && before.toString('hex') !== migration.formerly)
          throw new MigrationRefused(
            `Migration ${key} was changed after it ran. Migrations are forward only: add a new one.`,
          )
        continue
      }
      for (let tries = 1; ; tries++) {
        try {
          await apply(client, set.module, migration, digest, at)
          break
        } catch (error) {
          await client.query('rollback').catch(() => undefined)
          if (!GIVEN_WAY.has((error as { code?: string }).code ?? ''))
            throw new Error(`Migration ${key} failed: ${(error as Error).message}`, { cause: error })
          if (tries >= most)
            throw new MigrationRefused(
              `Migration ${key} needs a table for a moment, and others have held it all the time${await longest(client)}. End that transaction (select pg_terminate_backend(…)) or wait for it, and run motcua migrate again: what was done is kept.`,
            )
        }
        await wait(PAUSE_MS)
      }
      done.push(key)
    }
  }
  return done
}

const namesOf = (sets: readonly MigrationSet[]): string[] =>
  sets.flatMap(set => set.migrations.map(migration => `${set.module}/${migration.name}`))

/** Digests of what was done, by `module/name`. */
async function readApplied(client: pg.Client): Promise<Map<string, Buffer>> {
  const { rows } = await client.query<{ key: string; digest: Buffer }>(
    "select module || '/' || name as key, digest from platform.migration",
  )
  return new Map(rows.map(row => [row.key, row.digest]))
}

function refuseNewer(applied: ReadonlyMap<string, Buffer>, sets: readonly MigrationSet[]): void {
  const known = new Set(namesOf(sets))
  const foreign = [...applied.keys()].find(key => !known.has(key))
  if (foreign !== undefined)
    throw new MigrationRefused(
      `The database was migrated by a newer version (${foreign}). Start that version, or restore a backup of this one.`,
    )
}

/** Who has stood in a transaction for longest, for the sentence of a migration; nothing where that may not be seen. */
async function longest(client: pg.Client): Promise<string> {
  // The owner of the tables does not see what others do; who logged in may.
  await client.query('reset role')
  const { rows } = await client.query<{ pid: number; name: string; state: string; seconds: string }>(
    `select pid, usename as name, state, extract(epoch from clock_timestamp() - xact_start)::int::text as seconds
     from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
     order by xact_start limit 1`,
  )
  const [it] = rows
  return it === undefined ? '' : `; longest by connection ${it.pid} (${it.name}, ${it.state}, ${it.seconds} s)`
}

async function apply(client: pg.Client, module: string, { name, sql }: Migration, digest: Buffer, at: Date) {
  const outside = OUTSIDE.test(sql)
  if (outside) {
    await dropHalfBuilt(client, module, sql)
    await client.query(sql)
  }
  await client.query('begin')
  await client.query(`set local lock_timeout = '${LOCK_WAIT}'`)
  await client.query(
    `create schema if not exists ${module}; grant usage on schema ${module} to motcua_app, motcua_reader`,
  )
  if (!outside) await client.query(sql)
  await client.query('insert into platform.migration values ($1, $2, $3, $4)', [module, name, digest, at])
  await client.query('commit')
}

/** The index that a statement is to build, where an earlier try began it and did not end: it costs like others and serves nobody. */
async function dropHalfBuilt(client: pg.Client, schema: string, statement: string): Promise<void> {
  const name = /create (?:unique )?index concurrently if not exists (\w+)/i.exec(statement)?.[1]
  if (name === undefined) return
  const { rowCount } = await client.query(
    `select from pg_index i join pg_class c on c.oid = i.indexrelid
     where not i.indisvalid and c.relname = $1 and c.relnamespace = $2::regnamespace`,
    [name, schema],
  )
  if (rowCount !== 0) await client.query(`drop index concurrently ${schema}.${name}`)
}
