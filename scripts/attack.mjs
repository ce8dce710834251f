// `npm run attack [-- requests [seed]]`: a hundred thousand bad requests to every route, and 400 pairs of questions whose time
// might tell who exists, as test/attack describes them.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './install.mjs'

const [requests = '100000', seed] = process.argv.slice(2)
const env = {
  ...process.env,
  FUZZ_REQUESTS: requests,
  TEST_MINUTES: String(10 + Math.ceil(Number(requests) / 1000)),
  TIMING_PAIRS: process.env.TIMING_PAIRS ?? '400',
  ...(seed === undefined ? {} : { FUZZ_SEED: seed }),
}
const result = spawnSync(process.execPath, [join(root, 'scripts/test.mjs'), 'attack/fuzz', 'attack/timing'], {
  cwd: root,
  stdio: 'inherit',
  env,
})
process.exit(result.status ?? 1)
