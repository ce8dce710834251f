// What an operator starts for a whole house: the most memory that each command holds, and how long it takes.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measured } from '../test/support/measured.ts'
import { asAdmin } from '../test/support/scratch.ts'
import type { Bench } from './product.ts'

/** A larger house would be written and read for hours, to no other end. */
const MOST_DOSSIERS = 1_000_000

export async function commandFigures(bench: Bench, url: string): Promise<void> {
  if (bench.rows > MOST_DOSSIERS)
    return console.log('No export of a house this large: a smaller one says the same of memory.')
  const folder = mkdtempSync(join(tmpdir(), 'motcua-commands-'))
  // PostgreSQL runs as another user when the bench runs as root.
  chmodSync(folder, 0o711)
  const copy = new URL(url)
  copy.pathname = '/bench_copy'
  const run = async (what: string, args: readonly string[], env: NodeJS.ProcessEnv, said: RegExp): Promise<void> => {
    const done = await measured(bench.main, args, { ...bench.env, ...env })
    const amount = said.exec(done.said)?.[0]
    if (amount === undefined) throw new Error(`motcua ${args[0]} says ${done.said}`)
    bench.report({
      name: `memory of ${what}`,
      unit: 'MB RSS',
      ours: done.megabytes,
      limit: 300,
      limitName: `the goal itself; ${amount} in ${done.seconds.toFixed(0)} s`,
      ratio: 300 / done.megabytes,
      goal: '≤ 300 MB',
      p50: null,
      p95: null,
      p99: null,
    })
  }
  const dump = join(folder, 'all.sql.gz')
  try {
    await run('an export of all rows', ['dump', dump], { DATABASE_URL: url }, /\d+ rows/)
    await asAdmin(url, client => client.query('create database bench_copy'))
    await run('a restore of all rows', ['restore', dump], { DATABASE_URL: copy.href }, /loaded/)
    await run('verifying every history', ['verify'], { DATABASE_URL: copy.href }, /\d+ entries/)
    const data = join(folder, 'data')
    mkdirSync(data)
    await run('seeding', ['seed', '--dossiers', String(bench.rows)], { DATA_DIR: data }, /\d+ dossiers/)
  } finally {
    await asAdmin(url, client => client.query('drop database if exists bench_copy with (force)'))
    rmSync(folder, { recursive: true, force: true })
  }
}
