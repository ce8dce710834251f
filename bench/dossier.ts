// Submitting and one case step: the commands of the product beside their own statements, run bare.
import type pg from 'pg'
import type { App } from '../src/app/build-app.ts'
import type { SeenStatement, StatementCounter } from '../src/platform/db/database.ts'
import { newId } from '../src/platform/id.ts'
import { CITIZEN, fileDossier } from '../test/support/dossiers.ts'
import { Visitor } from '../test/support/test-app.ts'
import { type Made, rate, replay } from './measure.ts'
import { havePgbench, pgbenchRate } from './pgbench.ts'
import type { Bench } from './product.ts'

const LANES = 8

/** The limit of a command: pgbench where it is installed, else the same statements through the same driver. */
async function limitOf(
  bench: Bench,
  pool: pg.Pool,
  url: string,
  statements: readonly SeenStatement[],
  made: Made,
): Promise<{ limit: number; limitName: string }> {
  const what = `its own ${statements.length} statements`
  if (havePgbench()) {
    const limit = await pgbenchRate(pool, url, statements, { ...made, clients: LANES, seconds: bench.seconds })
    // What it filed cannot be opened: its jobs would only fail.
    await pool.query('delete from graphile_worker._private_jobs')
    return { limit, limitName: `pgbench, ${what}` }
  }
  const seconds = made.stands === undefined ? bench.seconds : Math.min(bench.seconds, made.stands.all.length / 800)
  const { perSecond } = await rate(seconds, LANES, replay(pool, statements, made))
  return { limit: perSecond, limitName: `${what} through the same driver (pgbench is not installed)` }
}

export async function dossierFigures(
  bench: Bench,
  app: App,
  counter: StatementCounter,
  pool: pg.Pool,
  url: string,
): Promise<void> {
  const filed: string[] = []
  const file = async () => void filed.push((await fileDossier(app)).id)
  for (let i = 0; i < 20; i++) await file()
  const since = Date.now()
  counter.seen = []
  const one = await fileDossier(app)
  const submitStatements = counter.seen
  counter.seen = null
  const keys = (
    await pool.query<{ store_key: string }>('select store_key from platform.file order by id desc limit 20')
  ).rows.map(row => row.store_key)
  const ours = await rate(bench.seconds, LANES, file)
  const bare = await limitOf(bench, pool, url, submitStatements, { since, made: [one.reference, ...keys] })
  bench.report({
    name: 'submit a dossier (the command, with one file)',
    unit: 'dossiers/s',
    ours: ours.perSecond,
    ...bare,
    ratio: ours.perSecond / bare.limit,
    goal: '≥ 0.5',
    ...times(ours),
  })

  const clerk = await new Visitor(app).signIn('motcua1')
  const receive = async (id: string | undefined): Promise<void> => {
    if (id === undefined) throw new Error(`the dossiers of ${CITIZEN.phone} ran out`)
    const reply = await clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, { khoa: newId(new Date()), seq: '1' })
    if (reply.status !== 303) throw new Error(`receiving answered ${reply.status}: ${reply.body.slice(0, 400)}`)
  }
  for (let i = 0; i < 10; i++) await receive(filed.pop())
  const recorded = filed.pop() ?? ''
  const began = Date.now()
  counter.seen = []
  await receive(recorded)
  const stepStatements = counter.seen
  counter.seen = null
  const { code } = (await pool.query<{ code: string }>('select code from dossier.dossier where id = $1', [recorded]))
    .rows[0] ?? { code: '' }
  const half = filed.splice(0, Math.floor(filed.length / 2))
  const step = await rate(Math.min(bench.seconds, half.length / 400), LANES, () => receive(filed.pop()))
  const bareStep = await limitOf(bench, pool, url, stepStatements, {
    since: began,
    made: [code],
    stands: { id: recorded, all: half },
  })
  bench.report({
    name: 'one case step (receive: route, session, command; in process)',
    unit: 'steps/s',
    ours: step.perSecond,
    ...bareStep,
    ratio: step.perSecond / bareStep.limit,
    goal: '≥ 0.5',
    ...times(step),
  })
}

const times = ({ p50, p95, p99 }: { p50: number; p95: number; p99: number }) => ({ p50, p95, p99 })
