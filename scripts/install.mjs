// Installs what the caller needs from the lockfile, once per lockfile: `ensureInstalled({ dev })`.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

/** Runs npm install (exactly the lockfile's versions; npm ci would also refuse a registry that lacks other platforms' binaries) when node_modules does not match the lockfile. `dev` also needs the development tools. */
export function ensureInstalled({ dev }) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Một Cửa needs Node 20.19 or newer; this is ${process.version}.`)
    process.exit(1)
  }
  const marker = join(root, 'node_modules', '.motcua-installed')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const have = existsSync(marker) ? readFileSync(marker, 'utf8') : ''
  if (have === `${lock} dev` || (!dev && have === `${lock} run`)) return
  console.log('Installing packages from the lockfile (once; a minute or two) …')
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    dev ? '--include=dev' : '--omit=dev',
  ]
  const result = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.status !== 0) {
    console.error('npm install failed; see the lines above. Check the network or the npm registry, then try again.')
    process.exit(1)
  }
  writeFileSync(marker, `${lock} ${dev ? 'dev' : 'run'}`)
}
