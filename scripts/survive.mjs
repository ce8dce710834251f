// `npm run survive [-- minutes [people]]`: an hour of test/survival, at the end of which everything acknowledged must be there.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
const { build } = await import('./build.mjs')
await build({ tests: true })
const args = ['--enable-source-maps', join(root, 'dist-test/test/survival/long.js'), ...process.argv.slice(2)]
const env = { ...process.env, TZ: 'America/New_York', NODE_ENV: 'test' }
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1)
