// Writes bench/results.json and, from it, docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { productRoot } from '../src/platform/root.ts'
import type { Figure } from './measure.ts'

export function writeReport(figures: readonly Figure[]): void {
  writeFileSync(join(productRoot, 'bench/results.json'), `${JSON.stringify(figures, null, 2)}\n`)
  const number = (value: number | null) => (value === null ? '–' : Number(value.toPrecision(3)).toString())
  const rows = figures.map(
    each =>
      `| ${each.name} | ${number(each.ours)} ${each.unit} | ${number(each.limit)} (${each.limitName}) | ${number(each.ratio)} | ${each.goal} | ${number(each.p50)} / ${number(each.p95)} / ${number(each.p99)} |`,
  )
  const first = figures[0]
  mkdirSync(join(productRoot, 'docs'), { recursive: true })
  writeFileSync(
    join(productRoot, 'docs/performance.md'),
    `# Performance

Written by \`${first?.command ?? 'npm run bench'}\` from bench/results.json: do not edit. Each figure stands beside its limit, measured in the
same run, on ${first?.rows ?? 0} seeded dossiers, with fsync on, database and load on the same ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).
Rates are closed loops of 8 seconds (case steps: as long as the dossiers last). Latencies of page rows are at half that rate, fixed, corrected for coordinated
omission (their p95 is autocannon's p97.5); those of other rows belong to the closed loop.

| figure | ours | limit | ratio | goal | p50 / p95 / p99 ms |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`,
  )
}
