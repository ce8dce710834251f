// `npm test [pattern …]`: installs what is missing, builds, and runs every test file (or those whose path contains a pattern).
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
ensureTools()
const { build } = await import('./build.mjs')
await build({ tests: true })

const patterns = process.argv.slice(2)
const files = readdirSync(join(root, 'dist-test'), { recursive: true })
  .filter(name => name.endsWith('.test.js'))
  .filter(name => patterns.length === 0 || patterns.some(pattern => name.includes(pattern)))
  .map(name => relative(root, join(root, 'dist-test', name)))
  .sort()
if (files.length === 0) {
  console.error(`No test has ${patterns.join(' or ')} in its path.`)
  process.exit(1)
}
const setup = join(root, 'dist-test/test/support/run.js')
const result = spawnSync(process.execPath, ['--enable-source-maps', setup, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TZ: 'America/New_York', NODE_ENV: 'test' },
})
process.exit(result.status ?? 1)

/** Journeys need Chromium, and poppler's tools to read PDFs as others do: installed by apt where we may, otherwise one sentence. */
function ensureTools() {
  const has = names => (process.env.PATH ?? '').split(':').some(dir => names.some(name => existsSync(join(dir, name))))
  const chromium = process.env.CHROMIUM_PATH !== undefined || has(['chromium', 'chromium-browser', 'google-chrome'])
  const missing = [...(chromium ? [] : ['chromium']), ...(has(['pdfsig']) ? [] : ['poppler-utils'])]
  // Without it the clocks of processes cannot be set apart: one trouble less in test/survival, which says so.
  const clocks = existsSync('/usr/lib/x86_64-linux-gnu/faketime') ? [] : ['libfaketime']
  if (missing.length + clocks.length === 0) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log(`Installing Debian's ${[...missing, ...clocks].join(' and ')} for the tests (once) …`)
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
    spawnSync('apt-get', ['update', '-qq'], quiet)
    const install = ['install', '-y', '-qq', '--no-install-recommends', ...missing, ...clocks]
    if (spawnSync('apt-get', install, quiet).status === 0) return
  }
  if (missing.length === 0) return
  console.error(
    `The tests need ${missing.join(' and ')}, which is not installed. Install it (Debian: apt-get install ${missing.join(' ')}; CHROMIUM_PATH names another Chromium), then run npm test again.`,
  )
  process.exit(1)
}
