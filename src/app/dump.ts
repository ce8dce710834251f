// `motcua dump` and `motcua restore`: the rows of the whole database as one gzipped file of COPY blocks, and back.
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { Readable, pipeline as runInto } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type pg from 'pg'
import { from, to } from 'pg-copy-streams'
import { connect, OWNER_ROLE, openClient, rolePool } from '../platform/db/database.ts'
import { MigrationRefused, type MigrationSet, migrate } from '../platform/db/migrate.ts'
import { ensurePartitions } from './partitions.ts'

/** Schemas whose rows are dumped; their structure comes from the migrations. The queue is not: jobs are resumed by intents. */
const SCHEMAS = ['platform', 'notifications', 'organisation', 'identity', 'records', 'signing', 'catalogue', 'dossier']

const MIGRATIONS = 'platform.migration'

interface Table {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * Writes `-- motcua-dump` lines and COPY blocks in an order that foreign keys accept, from one snapshot. The migrations
 * applied are part of it: an older dump is brought up by migrating after loading. For the eyes of the operator alone, and whole
 * or absent. Throws DumpRefused where there is a file of that name.
 */
export async function dump(url: string, path: string): Promise<number> {
  if (existsSync(path)) throw new DumpRefused(`${path} is there already: name another file, or remove it first.`)
  const client = await openClient(url)
  try {
    await client.query('begin isolation level repeatable read read only')
    const tables = await listTables(client)
    let rows = 0
    const lines = async function* () {
      yield '-- motcua-dump 1\n'
      for (const table of tables) {
        yield `-- table ${table.name} (${table.columns.join(', ')})\n`
        for await (const part of client.query(
          to(`copy (select ${table.columns.join(', ')} from ${table.name}) to stdout`),
        )) {
          rows += (part as Buffer).toString('latin1').split('\n').length - 1
          yield part as Buffer
        }
        yield '\\.\n'
      }
    }
    const part = `${path}.part`
    const fault = await open(part, 'w', 0o600).then(
      file => file.close(),
      (error: Error) => error,
    )
    if (fault instanceof Error)
      throw new DumpRefused(`The dump cannot be written: ${fault.message}. Name a file in a folder that is there.`)
    await pipeline(Readable.from(lines()), createGzip({ level: 9 }), createWriteStream(part, { mode: 0o600 }))
    await client.query('commit')
    await rename(part, path)
    return rows
  } finally {
    await client.end()
  }
}

/** Tables in an order in which every foreign key points backwards; the partitioned as wholes. */
async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; needs: string[] }>(
    `select n.nspname || '.' || c.relname as name,
       (select array_agg(quote_ident(a.attname) order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
       coalesce((select array_agg(distinct rn.nspname || '.' || rc.relname) from pg_constraint k join pg_class rc on rc.oid = k.confrelid join pg_namespace rn on rn.oid = rc.relnamespace where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid), '{}') as needs
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    [SCHEMAS],
  )
  const ordered: Table[] = []
  let left = rows
  while (left.length > 0) {
    const done = new Set(ordered.map(table => table.name))
    // catalogue.procedure and its revisions point at each other: that one loop is broken by loading without checks.
    const ready = left.filter(row => row.needs.every(need => done.has(need)))
    // What structure the rows need is said first: a reader need not go through all of them to find out.
    ready.sort((a, b) => Number(b.name === MIGRATIONS) - Number(a.name === MIGRATIONS))
    const next = ready.length > 0 ? ready : left.slice(0, 1)
    ordered.push(...next)
    left = left.filter(row => !next.includes(row))
  }
  return ordered
}

/** A dump that cannot be loaded, or a database that it may not be loaded into; the message is one sentence. */
export class DumpRefused extends Error {}

/**
 * Loads a dump into a database that holds no dossier: first the structure that the dump was written with, then its rows,
 * a line at a time, then what later versions migrate. Foreign keys were true in the snapshot and are not checked again.
 * Unless all rows load, none does. Throws DumpRefused.
 */
export async function restore(url: string, path: string, sets: readonly MigrationSet[], at: Date): Promise<void> {
  const had = await migrationsOf(path)
  const structure = sets.map(set => ({
    module: set.module,
    migrations: set.migrations.filter(migration => had.has(`${set.module}/${migration.name}`)),
  }))
  if (structure.reduce((sum, set) => sum + set.migrations.length, 0) < had.size)
    throw new DumpRefused(`${path} was written by a newer version of motcua. Restore it with that version.`)
  try {
    await migrate(url, structure, at)
  } catch (error) {
    if (!(error instanceof MigrationRefused)) throw error
    throw new DumpRefused(
      `The database is not empty and newer than ${path}. Load the dump into an empty database; it is brought up to this version then. (${error.message})`,
    )
  }
  await makeRoom(url, at)
  await loadRows(url, path)
  await migrate(url, sets, at)
  await passVersions(url)
}

/** Partitions for the last two years, so that rows of months to come do not find theirs in the default one. */
async function makeRoom(url: string, at: Date): Promise<void> {
  const pool = rolePool(url, OWNER_ROLE, 1)
  try {
    await ensurePartitions(connect(pool), new Date(at.getTime() - 25 * 31 * 86_400_000), 40)
  } finally {
    await pool.end()
  }
}

/** Sequences are not dumped: the number of reference data moves past the one that came with the rows. */
async function passVersions(url: string): Promise<void> {
  const client = await openClient(url)
  try {
    await client.query(
      "select setval('platform.reference_version', greatest(nextval('platform.reference_version'), value)) from platform.version where name = 'reference'",
    )
    await client.query(
      "update platform.version set value = nextval('platform.reference_version') where name = 'reference'",
    )
  } finally {
    await client.end()
  }
}

/** The migrations that a dump was written with, as module/name. */
async function migrationsOf(path: string): Promise<ReadonlySet<string>> {
  const lines = linesOf(path)
  const first = await lines.next()
  if (first.done === true || first.value.toString('utf8') !== '-- motcua-dump 1\n')
    throw new DumpRefused(`${path} is not a dump of motcua.`)
  const names = new Set<string>()
  for await (const line of lines) {
    if (!line.toString('utf8').startsWith(`-- table ${MIGRATIONS} `)) continue
    for await (const row of tableRows(lines, path)) names.add(row.toString('utf8').split('\t').slice(0, 2).join('/'))
    return names
  }
  throw new DumpRefused(`${path} ends before it says what it was written with.`)
}

async function loadRows(url: string, path: string): Promise<void> {
  const lines = linesOf(path)
  await lines.next()
  const client = await openClient(url)
  try {
    await client.query('begin')
    const { rowCount } = await client.query('select from dossier.dossier limit 1')
    if (rowCount !== 0) throw new DumpRefused('The database holds dossiers already. Load the dump into an empty one.')
    await client.query("set local session_replication_role = 'replica'").catch((error: Error & { code?: string }) => {
      if (error.code !== '42501') throw error
      throw new DumpRefused(
        'Loading a dump needs a database superuser, or a user who was granted it: grant set on parameter session_replication_role to <user>.',
      )
    })
    for await (const line of lines) {
      const header = line
        .toString('utf8')
        .trimEnd()
        .replace(/^-- table /, '')
      await client.query(`delete from ${header.slice(0, header.indexOf(' '))}`)
      await pipeline(Readable.from(tableRows(lines, path)), client.query(from(`copy ${header} from stdin`)))
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    await client.end()
  }
}

/** Rows up to the mark that ends a table; the mark is taken, not given. */
async function* tableRows(lines: AsyncGenerator<Buffer>, path: string): AsyncGenerator<Buffer> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) throw new DumpRefused(`${path} ends in the middle of a table.`)
    if (value.toString('latin1') === '\\.\n') return
    yield value
  }
}

/** The lines of a gzipped file with their line ends; the text of COPY has none inside a row. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  // Its end, good or bad, reaches the loop below through the unpacked stream.
  const unpacked = runInto(createReadStream(path), createGunzip(), () => undefined)
  const parts = unpacked[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  for (;;) {
    const { value, done } = await parts.next().catch((error: Error) => {
      throw new DumpRefused(`${path} cannot be read: ${error.message}`)
    })
    if (done === true) break
    rest = Buffer.concat([rest, value as Buffer])
    let start = 0
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      yield rest.subarray(start, end + 1)
      start = end + 1
    }
    rest = rest.subarray(start)
  }
  if (rest.length > 0) yield rest
}
