// The export of everything that there is (`motcua dump`): what a process holds while the rows go through it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import flags from '../scripts/node-flags.json' with { type: 'json' }
import type { Bench } from './product.ts'
import { highestOf } from './web.ts'

/** A larger house would be exported for hours, to no other end. */
const MOST_DOSSIERS = 1_000_000

export async function exportFigures(bench: Bench, url: string): Promise<void> {
  if (bench.rows > MOST_DOSSIERS) return console.log('No export of a house this large: a smaller one says the same.')
  const folder = mkdtempSync(join(tmpdir(), 'motcua-export-'))
  const began = performance.now()
  const child = spawn(process.execPath, [...flags, bench.main, 'dump', join(folder, 'all.sql.gz')], {
    env: { ...bench.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', chunk => {
    said += chunk
  })
  let held = 0
  const looking = setInterval(() => {
    // It may end between being asked for and being looked at.
    if (child.exitCode === null && existsSync(`/proc/${child.pid}/status`))
      held = Math.max(held, highestOf(child.pid ?? 0))
  }, 200)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    const rows = /^(\d+) rows written/.exec(said)?.[1]
    if (code !== 0 || rows === undefined) throw new Error(`motcua dump ended with ${code}: ${said}`)
    bench.report({
      name: 'memory of an export of all rows',
      unit: 'MB RSS',
      ours: held,
      limit: 300,
      limitName: `the goal itself; ${Number(rows).toLocaleString('en-US')} rows in ${((performance.now() - began) / 1000).toFixed(0)} s`,
      ratio: 300 / held,
      goal: '≤ 300 MB',
      p50: null,
      p95: null,
      p99: null,
    })
  } finally {
    clearInterval(looking)
    rmSync(folder, { recursive: true, force: true })
  }
}
