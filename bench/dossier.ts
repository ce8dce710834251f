// Submitting and one case step: the commands of the product beside their own statements, run bare.
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { App } from '../src/app/build-app.ts'
import type { SeenStatement, StatementCounter } from '../src/platform/db/database.ts'
import { newId } from '../src/platform/id.ts'
import { CITIZEN, fileDossier, PERMIT, uploadPaper } from '../test/support/dossiers.ts'
import { smallPdf, Visitor } from '../test/support/test-app.ts'
import { type Made, rate, replay } from './measure.ts'
import { havePgbench, pgbenchRate } from './pgbench.ts'
import type { Bench } from './product.ts'

const LANES = 8
/** A scanned page of a hundred kilobytes: the first bytes say what it is, the last that it is whole. */
const UPLOAD = Buffer.concat([smallPdf, randomBytes(100_000 - 2 * smallPdf.length), smallPdf])

/** The least an upload costs: its bytes on disk under their name, safe from a power failure, and a row. */
function plainUpload(dataDir: string, pool: pg.Pool): () => Promise<void> {
  const sync = async (path: string) => {
    const folder = await open(path, 'r')
    await folder.sync()
    await folder.close()
  }
  return async () => {
    const key = randomBytes(16).toString('hex')
    const folder = join(dataDir, 'files', key.slice(0, 2))
    await mkdir(folder, { recursive: true })
    const path = join(folder, key)
    const file = await open(`${path}.part`, 'wx', 0o600)
    await file.write(UPLOAD)
    await file.sync()
    await file.close()
    await rename(`${path}.part`, path)
    await sync(folder)
    await pool.query({
      name: 'plain-upload',
      text: `insert into platform.file (id, owner, store_key, name, media_type, size, sha256, created_at)
        values ($1, 'bench', $2, 'ban-ve.pdf', 'application/pdf', $3, $4, now())`,
      values: [newId(new Date()), key, UPLOAD.length, randomBytes(32)],
    })
  }
}

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
  const { stands } = made
  const stock = stands === undefined ? undefined : Math.floor(stands.all.length / stands.ids.length)
  const { perSecond } = await rate(bench.seconds, LANES, replay(pool, statements, made), stock)
  return { limit: perSecond, limitName: `${what} through the same driver (pgbench is not installed)` }
}

export async function dossierFigures(
  bench: Bench,
  app: App,
  counter: StatementCounter,
  pool: pg.Pool,
  url: string,
): Promise<void> {
  const uploads: string[] = []
  const upload = async () => void uploads.push(await uploadPaper(app, UPLOAD))
  for (let i = 0; i < 60; i++) await upload()
  const uploading = await rate(bench.seconds, LANES, upload)
  const plain = await rate(bench.seconds, LANES, plainUpload(bench.dataDir, pool))
  bench.report({
    name: 'upload of 100 kB (checked, sealed, durable, with its row)',
    unit: 'files/s',
    ours: uploading.perSecond,
    limit: plain.perSecond,
    limitName: 'the same bytes written, synced and renamed, and one bare insert',
    ratio: uploading.perSecond / plain.perSecond,
    goal: 'none set',
    ...times(uploading),
  })

  const filed: string[] = []
  const file = async () => void filed.push((await fileDossier(app, PERMIT, 'vi', uploads.splice(-2))).id)
  for (let i = 0; i < 20; i++) await file()
  const since = Date.now()
  counter.seen = []
  const two = uploads.splice(-2)
  const one = await fileDossier(app, PERMIT, 'vi', two)
  const submitStatements = counter.seen
  counter.seen = null
  const kept = uploads.splice(0, Math.floor(uploads.length / 2))
  const ours = await rate(bench.seconds, LANES, file, Math.floor(uploads.length / 2))
  const bare = await limitOf(bench, pool, url, submitStatements, {
    since,
    made: [one.reference],
    stands: { ids: two, all: kept },
  })
  bench.report({
    name: 'submit a dossier (the command, with two files uploaded before)',
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
  // The serial is taken aside, on another connection: left out of the limit, which it would hold up as one of its own.
  const stepStatements = counter.seen.filter(each => !each.text.includes('"serial"'))
  counter.seen = null
  const { code } = (await pool.query<{ code: string }>('select code from dossier.dossier where id = $1', [recorded]))
    .rows[0] ?? { code: '' }
  const half = filed.splice(0, Math.floor(filed.length / 2))
  const step = await rate(bench.seconds, LANES, () => receive(filed.pop()), filed.length)
  const bareStep = await limitOf(bench, pool, url, stepStatements, {
    since: began,
    made: [code],
    stands: { ids: [recorded], all: half },
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
