// Cold start with existing data: the first page beside the same PostgreSQL until it answers.
import { startEmbeddedPostgres } from '../src/platform/db/embedded-postgres.ts'
import { type Bench, startProduct } from './product.ts'

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

export async function startFigures(bench: Bench): Promise<void> {
  const ours: number[] = []
  const limit: number[] = []
  for (let i = 0; i < 5; i++) {
    const began = performance.now()
    const server = await startEmbeddedPostgres({ dataDir: bench.dataDir })
    limit.push((performance.now() - began) / 1000)
    await server.stop()
    const started = performance.now()
    const product = await startProduct(bench, {})
    const page = await fetch(product.address)
    await page.text()
    ours.push((performance.now() - started) / 1000)
    await product.stop()
  }
  bench.report({
    name: 'cold start to first page',
    unit: 's',
    ours: median(ours),
    limit: median(limit),
    limitName: 'the same PostgreSQL until it answers',
    ratio: median(limit) / median(ours),
    goal: 'PostgreSQL + ≤ 1.5 s',
    p50: null,
    p95: null,
    p99: null,
  })
}
