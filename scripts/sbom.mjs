// `node scripts/sbom.mjs [--check]`: the list of what the product is made of (CycloneDX), and that each part may be used here.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

const FILE = join(root, 'docs/security/sbom.cdx.json')
/** Licences that the house allows (CONTRIBUTING.md); BlueOak and 0BSD ask for no more than MIT. */
const ALLOWED =
  /^(MIT|MIT-0|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|ISC|OFL-1\.1|EUPL-1\.2|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|Python-2\.0|PostgreSQL)$/

ensureInstalled({ dev: true })
const run = spawnSync('npm', ['sbom', '--omit=dev', '--sbom-format=cyclonedx'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1e8,
  shell: process.platform === 'win32',
})
if (run.status !== 0) {
  console.error(run.stderr)
  process.exit(1)
}
const { bomFormat, specVersion, components } = JSON.parse(run.stdout)
const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** Packages that say their licence only in a file of theirs, which was read. */
const READ = { 'png-js': 'MIT' }
const expression = each =>
  each.licenses?.map(({ license: one, expression: text }) => text ?? one?.id ?? one?.name).join(' AND ') ??
  READ[each.name] ??
  'unknown'
/** `(MIT OR GPL-2.0)` may be used as MIT; `A AND B` only when both may. */
const mayBeUsed = text =>
  text
    .replace(/[()]/g, '')
    .split(' AND ')
    .every(part => part.split(' OR ').some(choice => ALLOWED.test(choice.trim())))
const parts = components
  // The binaries of other platforms are not installed here; their licence is that of the package that names them.
  .filter(each => each.scope !== 'optional' || expression(each) !== 'unknown')
  .map(each => ({
    type: each.type,
    name: each.name,
    version: each.version,
    purl: each.purl,
    licenses: [{ expression: expression(each) }],
    ...(each.hashes === undefined ? {} : { hashes: each.hashes }),
  }))
  .sort((a, b) => (a.purl < b.purl ? -1 : 1))
const refused = parts.filter(each => !mayBeUsed(each.licenses[0].expression))
for (const each of refused)
  console.error(`${each.name}@${each.version}: ${each.licenses[0].expression} is not a licence we take.`)
const text = `${JSON.stringify(
  {
    bomFormat,
    specVersion,
    version: 1,
    metadata: { component: { type: 'application', name, version, licenses: [{ license: { id: license } }] } },
    components: parts,
  },
  null,
  1,
)}\n`
if (process.argv.includes('--check')) {
  const same = existsSync(FILE) && readFileSync(FILE, 'utf8') === text
  if (!same) console.error('docs/security/sbom.cdx.json is not what is installed: node scripts/sbom.mjs')
  process.exit(same && refused.length === 0 ? 0 : 1)
}
writeFileSync(FILE, text)
console.log(`${parts.length} parts.`)
process.exit(refused.length === 0 ? 0 : 1)
