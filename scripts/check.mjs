// `npm run check`: types, lint and format, unused code, texts, parts and licences, generated database types. Zero warnings or it fails.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
const bin = name => join(root, 'node_modules/.bin', name)
const steps = [
  ['types', bin('tsc'), ['--noEmit']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '--max-diagnostics=60', '.']],
  ['unused code', bin('knip'), ['--no-progress']],
  ['texts', process.execPath, ['scripts/check-texts.mjs']],
  ['parts and licences', process.execPath, ['scripts/sbom.mjs', '--check']],
  ['generated types', process.execPath, ['scripts/generate-types.mjs', '--check']],
]
let failed = 0
for (const [name, command, args] of steps) {
  const started = Date.now()
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  const ok = result.status === 0
  if (!ok) failed++
  console.log(`${ok ? '✔' : '✘'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}
process.exit(failed > 0 ? 1 : 0)
