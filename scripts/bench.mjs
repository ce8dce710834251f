// `npm run bench [-- rows]`: builds the product and the benches, then runs them one after another.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
const { build } = await import('./build.mjs')
await build({ tests: true })
const args = ['--enable-source-maps', join(root, 'dist-test/bench/run.js'), ...process.argv.slice(2)]
const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
process.exit(result.status ?? 1)
