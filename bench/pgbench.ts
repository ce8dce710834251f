// pgbench running the statements of one action, prepared, in their transactions: the limit of a command, without our driver.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import type { SeenStatement } from '../src/platform/db/database.ts'
import { isMade, type Made, UUID } from './measure.ts'

export const havePgbench = (): boolean => spawnSync('pgbench', ['--version']).status === 0

/** Ids as the product makes them (time first), and dossiers handed out one by one. */
const SETUP = `
drop schema if exists bench cascade;
create schema bench;
create function bench.uuid7() returns uuid language sql volatile as $$
  select overlay(overlay(md5(random()::text) placing lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') from 1 for 12)
    placing '7' from 13 for 1)::uuid $$;
create table bench.turn (n bigint generated always as identity primary key, id uuid not null);
create sequence bench.next;`

/** A text constant. pgbench takes every :name for a variable, also inside quotes, so colons are written as escapes. */
const constant = (text: string): string =>
  `U&'${text.replace(/\\/g, '\\\\').replace(/'/g, "''").replace(/:/g, '\\003a')}'`

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) {
    const items = value.map(each => {
      const text = textOf(each)
      return text === null ? 'NULL' : `"${text.replace(/[\\"]/g, '\\$&')}"`
    })
    return `{${items.join(',')}}`
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The script, and what each of its runs makes anew: the same things that `replay` makes. */
function scriptOf(statements: readonly SeenStatement[], made: Made): string {
  const fresh = new Map<string, { readonly name: string; readonly sql: string }>()
  const composed: string[] = []
  const variable = (key: string, sql: string): string => {
    const known = fresh.get(key) ?? { name: `v${fresh.size}`, sql }
    fresh.set(key, known)
    return known.name
  }
  const given = made.stands?.ids ?? []
  for (const [at, id] of given.entries())
    fresh.set(id, { name: `v${at}`, sql: `(select id from bench.turn where n = :turn - ${at})` })
  const pattern = new RegExp([UUID.source, ...(made.made ?? [])].join('|'), 'g')
  const write = (value: unknown): string => {
    const text = textOf(value)
    if (text === null) return 'null'
    if (Buffer.isBuffer(value))
      return value.length === 16 || value.length === 32
        ? `:${variable(text, "'\\x' || md5(random()::text) || md5(random()::text)")}`
        : constant(text)
    const parts: string[] = []
    let from = 0
    for (const match of text.matchAll(pattern)) {
      const [found] = match
      const own = made.made?.includes(found) === true
      if (!own && !isMade(found, made)) continue
      const name = variable(
        found,
        own ? `upper(substr(md5(random()::text) || md5(random()::text), 1, ${found.length}))` : 'bench.uuid7()',
      )
      if (match.index > from) parts.push(constant(text.slice(from, match.index)))
      parts.push(`cast(:${name} as text)`)
      from = match.index + found.length
    }
    if (parts.length === 0) return constant(text)
    if (from < text.length) parts.push(constant(text.slice(from)))
    if (parts.length === 1) return parts[0]?.replace(/^cast\((:v\d+) as text\)$/, '$1') ?? ''
    composed.push(parts.join(' || '))
    return `:c${composed.length - 1}`
  }
  const body = statements.map(({ text, values }) => {
    const written = values.map(write)
    return `${text.replace(/\$(\d+)/g, (_, n: string) => written[Number(n) - 1] ?? 'null').replace(/\s*\n\s*/g, ' ')};`
  })
  const making = [...fresh.values()].map(({ name, sql }) => `${sql} as ${name}`)
  return [
    ...(given.length === 0 ? [] : [`select nextval('bench.next') * ${given.length} as turn \\gset`]),
    ...(making.length === 0 ? [] : [`select ${making.join(', ')} \\gset`]),
    ...(composed.length === 0 ? [] : [`select ${composed.map((sql, at) => `${sql} as c${at}`).join(', ')} \\gset`]),
    ...body,
    '',
  ].join('\n')
}

/** Runs of the statements a second, with so many clients; each run is its own transaction or transactions, as recorded. */
export async function pgbenchRate(
  pool: pg.Pool,
  url: string,
  statements: readonly SeenStatement[],
  options: Made & { readonly clients: number; readonly seconds: number },
): Promise<number> {
  await pool.query(SETUP)
  const stands = options.stands?.all ?? []
  if (stands.length > 0)
    await pool.query('insert into bench.turn (id) select id from unnest($1::uuid[]) as id', [stands])
  const folder = mkdtempSync(join(tmpdir(), 'motcua-pgbench-'))
  try {
    const file = join(folder, 'action.sql')
    writeFileSync(file, scriptOf(statements, options))
    const length =
      stands.length > 0
        ? ['-t', String(Math.floor(stands.length / (options.stands?.ids.length ?? 1) / options.clients))]
        : ['-T', String(options.seconds)]
    const run = spawnSync(
      'pgbench',
      ['-n', '-M', 'prepared', '-c', String(options.clients), '-j', '2', ...length, '-f', file, url],
      { encoding: 'utf8' },
    )
    const tps = /tps = ([\d.]+)/.exec(run.stdout)?.[1]
    const failed = /number of failed transactions: ([1-9]\d*)/.exec(run.stdout)
    if (run.status !== 0 || tps === undefined || failed !== null)
      throw new Error(`pgbench failed: ${run.stderr.slice(-2000)} ${run.stdout.slice(-500)}`)
    return Number(tps)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await pool.query('drop schema bench cascade')
  }
}
