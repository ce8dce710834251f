// Keeps figures in bench/results.json, and writes docs/performance.md and its chart from them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { productRoot } from '../src/platform/root.ts'
import { growthChart } from './chart.ts'
import type { Figure } from './measure.ts'

const RESULTS = join(productRoot, 'bench/results.json')
const DOCS = join(productRoot, 'docs')

export const readFigures = (): readonly Figure[] =>
  existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Figure[]) : []

const COUNTRY = /^the country/
const QUICK = 'npm run bench:quick'
/** What a chart of growth shows: figures that must stay flat while the house fills. */
const GROWING = ['worklist page', 'search without diacritics'] as const

/** Puts new figures in the place of those of the same name and size, a run of the country in that of one as long, and writes the page anew. */
export function mergeReport(figures: readonly Figure[]): void {
  const key = ({ name, rows, command }: Figure) => `${name} ${rows}${COUNTRY.test(name) ? ` ${command}` : ''}`
  const fresh = new Map(figures.map(figure => [key(figure), figure]))
  const kept = readFigures().map(figure => fresh.get(key(figure)) ?? figure)
  const known = new Set(kept.map(key))
  const all = [...kept, ...figures.filter(figure => !known.has(key(figure)))]
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`)
  mkdirSync(DOCS, { recursive: true })
  writeFileSync(join(DOCS, 'performance.md'), pageOf(all))
  const chart = growthChart(GROWING, all)
  if (chart !== null) writeFileSync(join(DOCS, 'performance-growth.svg'), chart)
}

const number = (value: number | null) => (value === null ? '–' : Number(value.toPrecision(3)).toString())
const people = (rows: number) => rows.toLocaleString('en-US')

/** When these were measured, and how fast the machine was then. */
function yardsticks(figures: readonly Figure[]): string {
  const said = new Set(
    figures.map(({ measured }) =>
      measured === undefined
        ? 'before yardsticks were kept'
        : `on ${measured.day}, when one thread made ${number(measured.hashes)} argon2id hashes a second`,
    ),
  )
  return `Measured ${[...said].join(', and ')}.`
}

function tableOf(figures: readonly Figure[]): string {
  const lines = figures.map(
    each =>
      `| ${each.name} | ${number(each.ours)} ${each.unit} | ${number(each.limit)} (${each.limitName}) | ${number(each.ratio)} | ${each.goal} | ${number(each.p50)} / ${number(each.p95)} / ${number(each.p99)} |`,
  )
  return `| figure | ours | limit | ratio | goal | p50 / p95 / p99 ms |
| --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`
}

function pageOf(all: readonly Figure[]): string {
  const measured = all.filter(each => each.command !== QUICK)
  const country = measured.filter(each => COUNTRY.test(each.name))
  const sizes = [...new Set(measured.filter(each => !COUNTRY.test(each.name)).map(each => each.rows))].sort(
    (a, b) => a - b,
  )
  const runs = [...new Set(country.map(each => each.command))].map(command => {
    const figures = country.filter(each => each.command === command)
    return `\`${command}\`, on ${people(figures[0]?.rows ?? 0)} dossiers. ${yardsticks(figures)}

${tableOf(figures)}`
  })
  const parts = sizes.map(rows => {
    const figures = measured.filter(each => each.rows === rows && !COUNTRY.test(each.name))
    return `## ${people(rows)} dossiers

\`${figures[0]?.command ?? ''}\`. ${yardsticks(figures)}

${tableOf(figures)}`
  })
  return `# Performance

Written from bench/results.json by the benches: do not edit. Each figure stands beside its limit, measured in the same run, with fsync on, database and
load on the same ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}). Rates are closed loops of 8 seconds (case steps: as long as the dossiers last; worklist and search: four seconds in turn with their statements, the middle of three rounds). Latencies of
worklist and search are at a hundred pages a second at every size, of other page rows at half that rate, fixed and evenly spaced, without coordinated omission (h2load); those of other rows belong to the closed loop.
\`BENCH_DATA_DIR\` names a folder that \`motcua seed\` has filled. \`${QUICK}\` holds small runs against the ratios kept here, in three minutes.
Not measured: what the product cannot do yet (document exchange, data-call gateway). What profiles said, and why a goal is missed where it is: [where-the-time-goes.md](where-the-time-goes.md).
${
  country.length === 0
    ? ''
    : `
## The country on this machine

People who think between their acts, from filing to the result in hand; who comes and what is looked at follows the rate, however long answers take.

${runs.join('\n')}`
}
${sizes.length > 1 ? '## Growth\n\n![Latency of worklist and search against the number of dossiers](performance-growth.svg)\n\nSizes that were measured on another day or machine: the yardstick at each table says how fast it was.\n\n' : ''}${parts.join('\n')}`
}
