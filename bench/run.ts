// `npm run bench [-- rows [part …]]`: every figure, or those of some parts, beside its limit in one run, on a durable PostgreSQL of its own with seeded dossiers.
// BENCH_DATA_DIR names a data folder that is seeded already (`motcua seed`, hours for ten million): it is used and kept.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { buildApp } from '../src/app/build-app.ts'
import { readConfig } from '../src/app/config.ts'
import type { StatementCounter } from '../src/platform/db/database.ts'
import { startEmbeddedPostgres } from '../src/platform/db/embedded-postgres.ts'
import { productRoot } from '../src/platform/root.ts'
import { dossierFigures } from './dossier.ts'
import { formFigures } from './forms.tsx'
import { identityFigures } from './identity.ts'
import type { Figure } from './measure.ts'
import { startFigures } from './process.ts'
import type { Bench } from './product.ts'
import { writeReport } from './report.ts'
import { signingFigures } from './signing.ts'
import { webFigures } from './web.ts'
import { workerFigures } from './worker.ts'

const PARTS = ['web', 'dossier', 'signing', 'identity', 'worker', 'forms', 'start'] as const
const rows = Number(process.argv[2] ?? 100_000)
const parts: readonly string[] = process.argv.length > 3 ? process.argv.slice(3) : PARTS
const unknown = parts.find(part => !(PARTS as readonly string[]).includes(part))
if (!(rows > 0) || unknown !== undefined) throw new Error(`npm run bench [-- rows [${PARTS.join(' | ')} …]]`)
const kept = process.env.BENCH_DATA_DIR
const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'motcua-bench-'))
// PostgreSQL runs as another user when the bench runs as root.
chmodSync(dataDir, 0o711)
const main = join(productRoot, 'dist/server/main.js')
const command = rows === 100_000 ? 'npm run bench' : `npm run bench -- ${rows}`
const figures: Figure[] = []
const bench: Bench = {
  rows,
  seconds: 8,
  dataDir,
  main,
  env: { ...process.env, DATA_DIR: dataDir, LOG_LEVEL: 'error', FLOOD_PER_SECOND: '1000000', FLOOD_BURST: '1000000' },
  report(figure) {
    figures.push({ ...figure, rows, command })
    const say = (value: number | null) => (value === null ? '–' : value.toPrecision(3))
    console.log(
      `${figure.name}: ${say(figure.ours)} ${figure.unit}, limit ${say(figure.limit)} (${figure.limitName}), ratio ${say(figure.ratio)}, goal ${figure.goal}, p50 ${say(figure.p50)} p95 ${say(figure.p95)} p99 ${say(figure.p99)} ms`,
    )
  },
}

try {
  const making = kept === undefined ? ['seed', '--dossiers', String(rows)] : ['migrate']
  const made = spawnSync(process.execPath, [main, ...making], { env: bench.env, stdio: 'inherit' })
  if (made.status !== 0) throw new Error(`${making[0]} failed`)
  const server = await startEmbeddedPostgres({ dataDir })
  try {
    const url = server.url('motcua')
    const admin = new pg.Pool({ connectionString: url, max: 16 })
    admin.on('error', () => undefined)
    await admin.query('vacuum analyze')
    const counter: StatementCounter = { count: 0, seen: null }
    const config = {
      ...readConfig({}),
      dataDir,
      keyRingFile: join(dataDir, 'keys/ring.json'),
      logLevel: 'fatal',
      flood: { perSecond: 1e6, burst: 1e6 },
    }
    const app = await buildApp(config, url, { counter })
    try {
      // Pages first: the commands below leave thousands of dossiers at one post.
      if (parts.includes('web')) await webFigures(bench, app, counter, admin, url)
      if (parts.includes('dossier')) await dossierFigures(bench, app, counter, admin, url)
      if (parts.includes('signing')) await signingFigures(bench, app)
      if (parts.includes('identity')) await identityFigures(bench, app)
      if (parts.includes('worker')) await workerFigures(bench, app, admin, url)
      if (parts.includes('forms')) formFigures(bench)
    } finally {
      await app.close()
      await admin.end()
    }
  } finally {
    await server.stop()
  }
  if (parts.includes('start')) await startFigures(bench)
  if (parts.length === PARTS.length) writeReport(figures)
} finally {
  if (kept === undefined) rmSync(dataDir, { recursive: true, force: true })
}
