// Signing in, beside argon2 alone with the same cost.
import type { App } from '../src/app/build-app.ts'
import { DEMO_PASSWORD } from '../src/app/demo-people.ts'
import { hashPassword } from '../src/modules/identity/index.ts'
import { Visitor } from '../test/support/test-app.ts'
import { rate } from './measure.ts'
import type { Bench } from './product.ts'

export async function identityFigures(bench: Bench, app: App): Promise<void> {
  const lanes = 4
  const ours = await rate(bench.seconds, lanes, () => new Visitor(app).signIn('0912000123'))
  const limit = await rate(bench.seconds, lanes, () => hashPassword(DEMO_PASSWORD))
  bench.report({
    name: 'sign-in (in process)',
    unit: 'sign-ins/s',
    ours: ours.perSecond,
    limit: limit.perSecond,
    limitName: 'argon2id alone, same cost',
    ratio: ours.perSecond / limit.perSecond,
    goal: '≥ 0.9',
    p50: ours.p50,
    p95: ours.p95,
    p99: ours.p99,
  })
}
