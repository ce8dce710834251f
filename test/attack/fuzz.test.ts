// Two thousand bad requests, other ones each day; a hundred thousand: npm run attack.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { testApp } from '../support/test-app.ts'
import { fuzz } from './fuzz.ts'

const count = Number(process.env.FUZZ_REQUESTS ?? 2000)
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Date.now() / 86_400_000))
/** What caches of pages and statements may take, once warm. */
const MOST_GROWTH_MB = 60

it('bad requests to every route: no fault of ours, nothing of anybody else', {
  timeout: count * 60 + 300_000,
}, async t => {
  const test = await testApp()
  try {
    const { sent, statuses, faults, slowest, growthMb } = await fuzz(test, count, seed)
    const all = [...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`)
    t.diagnostic(`${sent} sent with seed ${seed}: ${all.join(', ')}`)
    t.diagnostic(`slowest ${slowest.milliseconds.toFixed(0)} ms: ${slowest.request.slice(0, 200)}`)
    t.diagnostic(`heap ${growthMb.toFixed(1)} MB more than after the first thousand`)
    assert.deepEqual(faults, [])
    assert.ok(growthMb < MOST_GROWTH_MB, `the heap grew by ${growthMb.toFixed(0)} MB`)
  } finally {
    await test.close()
  }
})
