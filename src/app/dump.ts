// `motcua dump`: the whole database as one gzipped SQL file that a psql or `motcua migrate --from` reads back.
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync } from 'node:zlib'
import pg from 'pg'
import { from, to } from 'pg-copy-streams'

/** Schemas whose rows are dumped; their structure comes from the migrations. The queue is not: jobs are resumed by intents. */
const SCHEMAS = ['platform', 'notifications', 'organisation', 'identity', 'records', 'signing', 'catalogue', 'dossier']

interface Table {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * Writes `-- motcua-dump` lines and COPY blocks in an order that foreign keys accept, from one snapshot. The migrations
 * applied are part of it: an older dump is brought up by migrating after loading.
 */
export async function dump(url: string, path: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
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
    await pipeline(Readable.from(lines()), createGzip({ level: 9 }), createWriteStream(path))
    await client.query('commit')
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
    const next = ready.length > 0 ? ready : left.slice(0, 1)
    ordered.push(...next)
    left = left.filter(row => !next.includes(row))
  }
  return ordered
}

/** Loads a dump into a database whose tables exist and are empty; foreign keys are checked by the server's own rules afterwards. */
export async function restore(url: string, path: string): Promise<void> {
  const text = gunzipSync(await readFile(path)).toString('utf8')
  if (!text.startsWith('-- motcua-dump 1\n')) throw new Error(`${path} is not a dump of motcua`)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('begin')
    await client.query("set local session_replication_role = 'replica'")
    for (const block of text.split('\n-- table ').slice(1)) {
      const header = block.slice(0, block.indexOf('\n'))
      const body = block.slice(block.indexOf('\n') + 1, block.lastIndexOf('\\.'))
      const name = header.slice(0, header.indexOf(' '))
      await client.query(`delete from ${name}`)
      await pipeline(Readable.from([body]), client.query(from(`copy ${header.replace(' (', ' (')} from stdin`)))
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    await client.end()
  }
}
