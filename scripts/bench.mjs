// `npm run bench [-- rows [part …]]`, `bench:quick`, `bench:country [-- minutes [rows]]`: builds the product and the benches, then runs them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
const { build } = await import('./build.mjs')
await build({ tests: true })
installPeers()
const [program, ...rest] = process.argv[2] === 'country' ? process.argv.slice(2) : ['run', ...process.argv.slice(2)]
const args = ['--enable-source-maps', join(root, `dist-test/bench/${program}.js`), ...rest]
const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
process.exit(result.status ?? 1)

/** h2load makes the load; openssl, nginx and pgbench are what some figures are held against, the last two done without where they are not. Installed by apt where we may. */
function installPeers() {
  const missing = [
    ['nghttp2-client', '/usr/bin/h2load'],
    ['openssl', '/usr/bin/openssl'],
    ['nginx-light', '/usr/sbin/nginx'],
    ['postgresql-15', '/usr/bin/pgbench'],
  ].filter(([, file]) => !existsSync(file))
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const packages = missing.map(([name]) => name)
  console.log(`Installing Debian's ${packages.join(' and ')} to measure with (once) …`)
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)
}
