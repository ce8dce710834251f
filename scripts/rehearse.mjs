// `npm run rehearse -- backup`: builds, then plays through a page of docs/operations with Debian's PostgreSQL on this machine.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
const { build } = await import('./build.mjs')
await build({ tests: true })
const args = ['--enable-source-maps', join(root, 'dist-test/test/operations/rehearse.js'), ...process.argv.slice(2)]
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1)
