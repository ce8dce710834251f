// `npm test [pattern …]`: installs what is missing, builds, and runs every test file (or those whose path contains a pattern).
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
ensureChromium()
const { build } = await import('./build.mjs')
await build({ tests: true })

const patterns = process.argv.slice(2)
const files = readdirSync(join(root, 'dist-test'), { recursive: true })
  .filter(name => name.endsWith('.test.js'))
  .filter(name => patterns.length === 0 || patterns.some(pattern => name.includes(pattern)))
  .map(name => relative(root, join(root, 'dist-test', name)))
  .sort()
const setup = join(root, 'dist-test/test/support/run.js')
const result = spawnSync(process.execPath, ['--enable-source-maps', setup, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TZ: 'America/New_York', NODE_ENV: 'test' },
})
process.exit(result.status ?? 1)

/** The browser journeys need Debian's chromium: installed by apt where we may, otherwise one sentence. */
function ensureChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const found = (process.env.PATH ?? '').split(':').some(dir => names.some(name => existsSync(join(dir, name))))
  if (found || process.env.CHROMIUM_PATH) return
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (mayInstall) {
    console.log("Installing Debian's chromium for the browser journeys (once) …")
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
    spawnSync('apt-get', ['update', '-qq'], quiet)
    const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'poppler-utils']
    if (spawnSync('apt-get', install, quiet).status === 0) return
  }
  console.error(
    'The browser journeys need Chromium, which is not installed. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH, then run npm test again.',
  )
  process.exit(1)
}
