// `npm run bench [-- rows [part …]]`: every figure, or those of some parts, beside its limit in one run.
// `npm run bench:quick [-- keep]`: the parts that need no large house, in three minutes, against the ratios that were kept.
import pg from 'pg'
import { buildApp } from '../src/app/build-app.ts'
import { readConfig } from '../src/app/config.ts'
import type { StatementCounter } from '../src/platform/db/database.ts'
import { boardFigures } from './board.ts'
import { commandFigures } from './commands.ts'
import { dossierFigures } from './dossier.ts'
import { formFigures } from './forms.tsx'
import { openHouse } from './house.ts'
import { identityFigures } from './identity.ts'
import { type Figure, yardstick } from './measure.ts'
import { planFigures } from './plans.ts'
import { startFigures } from './process.ts'
import type { Bench } from './product.ts'
import { compare } from './quick.ts'
import { mergeReport } from './report.ts'
import { signingFigures } from './signing.ts'
import { uploadFigures } from './uploads.ts'
import { webFigures } from './web.ts'
import { workerFigures } from './worker.ts'

const PARTS = [
  'web',
  'uploads',
  'commands',
  'board',
  'plans',
  'dossier',
  'signing',
  'identity',
  'worker',
  'forms',
  'start',
] as const
const QUICK = { rows: 5000, seconds: 3, parts: ['web', 'dossier', 'signing', 'identity', 'forms', 'start'] } as const
const [first, ...others] = process.argv.slice(2)
const quick = first === 'quick'
const rows = quick ? QUICK.rows : Number(first ?? 100_000)
const parts: readonly string[] = quick ? QUICK.parts : others.length > 0 ? others : PARTS
const unknown = parts.find(part => !(PARTS as readonly string[]).includes(part))
if (!(rows > 0) || unknown !== undefined) throw new Error(`npm run bench [-- rows [${PARTS.join(' | ')} …]]`)
const figures: Figure[] = []
const house = await openHouse({ rows })
const command = quick
  ? 'npm run bench:quick'
  : house.rows === 100_000
    ? 'npm run bench'
    : `npm run bench -- ${house.rows}`
const measured = await yardstick()
const bench: Bench = {
  ...house,
  seconds: quick ? QUICK.seconds : 8,
  report(figure) {
    figures.push({ ...figure, rows: house.rows, command, measured })
    const say = (value: number | null) => (value === null ? '–' : value.toPrecision(3))
    console.log(
      `${figure.name}: ${say(figure.ours)} ${figure.unit}, limit ${say(figure.limit)} (${figure.limitName}), ratio ${say(figure.ratio)}, goal ${figure.goal}, p50 ${say(figure.p50)} p95 ${say(figure.p95)} p99 ${say(figure.p99)} ms`,
    )
  },
}

try {
  const { url } = house
  const admin = new pg.Pool({ connectionString: url, max: 16 })
  admin.on('error', () => undefined)
  const counter: StatementCounter = { count: 0, seen: null }
  const config = {
    ...readConfig({}),
    dataDir: house.dataDir,
    keyRingFile: house.keyRingFile,
    logLevel: 'fatal',
    flood: { perSecond: 1e6, burst: 1e6 },
  }
  const app = await buildApp(config, url, { counter })
  try {
    // Pages first: the commands below leave thousands of dossiers at one post.
    if (parts.includes('web')) await webFigures(bench, app, counter, admin, url)
    if (parts.includes('uploads')) await uploadFigures(bench, url)
    if (parts.includes('commands')) await commandFigures(bench, url)
    if (parts.includes('board')) await boardFigures(bench, app, url)
    if (parts.includes('plans')) await planFigures(bench, app, counter, admin)
    if (parts.includes('dossier')) await dossierFigures(bench, app, counter, admin, url)
    if (parts.includes('signing')) await signingFigures(bench, app)
    if (parts.includes('identity')) await identityFigures(bench, app)
    if (parts.includes('worker')) await workerFigures(bench, app, admin, url)
    if (parts.includes('forms')) formFigures(bench)
  } finally {
    await app.close()
    await admin.end()
  }
  await house.stop()
  if (parts.includes('start')) await startFigures(bench)
  if (quick && others[0] !== 'keep') compare(figures)
  else mergeReport(figures)
} finally {
  await house.close()
}
