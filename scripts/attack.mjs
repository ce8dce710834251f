// `npm run attack [-- requests [seed]]`: a hundred thousand bad requests to every route, and 400 pairs of questions whose time
// might tell who exists, as test/attack describes them.
// `npm run attack -- openapi [requests]`: ten thousand requests made from our OpenAPI document and wounded, each answer judged by it;
// and a public tool breaks its rules one by one.
// `npm run attack -- sqlmap [part of an address]`: Debian's sqlmap on every request that pages let anybody make.
// `npm run attack -- slow`: Debian's slowhttptest holds connections open while somebody else opens pages.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

/** Reads an OpenAPI document and breaks its rules one by one; in a folder of its own, since the product does not need it. */
const PORTMAN = ['@apideck/portman@1.33.0', 'tslib@2.8.1']

const [first = '100000', second] = process.argv.slice(2)
const TOOLS = {
  sqlmap: () => withDebian('sqlmap', { SQLMAP_ONLY: second ?? '' }),
  slow: () => withDebian('slowhttptest', {}, 'slow'),
  openapi: contradict,
}
process.exit(await (Object.hasOwn(TOOLS, first) ? TOOLS[first]() : fuzz(first, second)))

function fuzz(requests, seed) {
  const env = {
    ...process.env,
    FUZZ_REQUESTS: requests,
    TEST_MINUTES: String(10 + Math.ceil(Number(requests) / 1000)),
    TIMING_PAIRS: process.env.TIMING_PAIRS ?? '400',
    ...(seed === undefined ? {} : { FUZZ_SEED: seed }),
  }
  const args = [join(root, 'scripts/test.mjs'), 'attack/fuzz', 'attack/timing']
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1
}

/** An attack with a tool of Debian's, which is installed where it is not. */
async function withDebian(tool, settings, name = tool) {
  if (!existsSync(`/usr/bin/${tool}`)) {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
      console.error(`${tool} is needed, which is not installed. Install it (Debian: apt-get install ${tool}).`)
      return 1
    }
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', tool], quiet)
  }
  return attackWith(name, settings)
}

async function contradict() {
  const folder = join(tmpdir(), 'motcua-portman')
  mkdirSync(folder, { recursive: true })
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', ...PORTMAN]
  if (spawnSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) return 1
  const env = { ...process.env, CONTRACT_RUNS: second ?? '10000', TEST_MINUTES: '60' }
  const args = [join(root, 'scripts/test.mjs'), 'attack/contract']
  const drawn = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1
  return (await attackWith('openapi', { PORTMAN_FOLDER: folder })) || drawn
}

/** Runs one file of test/attack by itself, on a database as tests have. */
async function attackWith(name, settings) {
  ensureInstalled({ dev: true })
  const { build } = await import('./build.mjs')
  await build({ tests: true })
  const built = join(root, 'dist-test/test')
  const env = { ...process.env, ...settings, TEST_MINUTES: '60', TZ: 'America/New_York', NODE_ENV: 'test' }
  const args = ['--enable-source-maps', join(built, 'support/run.js'), join(built, `attack/${name}.js`)]
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1
}
