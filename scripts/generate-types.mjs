// Writes src/platform/db/schema.generated.ts from a freshly migrated database; `--check` fails when it would differ.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled({ dev: true })
const { build } = await import('./build.mjs')
await build({ tests: true })
const { withScratchDatabase } = await import('../dist-test/test/support/scratch.js')

const target = join(root, 'src/platform/db/schema.generated.ts')
const folder = mkdtempSync(join(root, 'node_modules/.motcua-types-'))
let code = 0
try {
  await withScratchDatabase(async url => {
    const out = join(folder, 'schema.ts')
    const args = [
      '--url',
      url,
      '--dialect',
      'postgres',
      '--out-file',
      out,
      '--date-parser',
      'string',
      '--numeric-parser',
      'number',
      '--no-domains',
      '--exclude-pattern',
      '{graphile_worker.*,public.*,*.*_other,*.*_20[0-9][0-9]_[0-9][0-9]}',
      '--include-pattern',
      '{platform,notifications,organisation,identity,records,signing,catalogue,dossier}.*',
    ]
    const result = spawnSync(join(root, 'node_modules/.bin/kysely-codegen'), args, { cwd: root, encoding: 'utf8' })
    if (result.status !== 0) throw new Error(result.stdout + result.stderr)
    const text = readFileSync(out, 'utf8').replace(
      /Int8 = ColumnType<[^>]*>/,
      'Int8 = ColumnType<number, number, number>',
    )
    if (!process.argv.includes('--check')) writeFileSync(target, text)
    else if (readFileSync(target, 'utf8') !== text) {
      console.error(
        'src/platform/db/schema.generated.ts is not what the migrations make: run node scripts/generate-types.mjs',
      )
      code = 1
    }
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)
