// `node scripts/sbom.mjs [--check]`: the list of what the product is made of (CycloneDX), and that each part may be used here.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'

const FILE = join(root, 'docs/security/sbom.cdx.json')
/** Licences that the house allows (CONTRIBUTING.md); BlueOak, 0BSD and Zlib ask for no more than MIT. */
const ALLOWED =
  /^(MIT|MIT-0|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|ISC|OFL-1\.1|EUPL-1\.2|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|Python-2\.0|PostgreSQL|Zlib)$/

const read = file => JSON.parse(readFileSync(join(root, file), 'utf8'))
const { name, version, license, dependencies } = read('package.json')
/** Packages that say their licence only in a file of theirs, which was read. */
const READ = { 'png-js': 'MIT' }
/** What the lockfile installs for production: also the machine code of other platforms, of which each takes its own. */
const installed = Object.entries(read('package-lock.json').packages)
  .filter(([path, each]) => path !== '' && each.dev !== true && each.devOptional !== true)
  .map(([path, each]) => ({ ...each, name: path.replace(/^.*node_modules\//, '') }))
const expression = each => each.license ?? READ[each.name] ?? 'unknown'
const hashOf = integrity => {
  const [, alg, content] = /^sha(\d+)-(.+)$/.exec(integrity) ?? []
  return alg === undefined ? [] : [{ alg: `SHA-${alg}`, content: Buffer.from(content, 'base64').toString('hex') }]
}
/** `(MIT OR GPL-2.0)` may be used as MIT; `A AND B` only when both may. */
const mayBeUsed = text =>
  text
    .replace(/[()]/g, '')
    .split(' AND ')
    .every(part => part.split(' OR ').some(choice => ALLOWED.test(choice.trim())))
const parts = installed
  .map(each => ({
    type: 'library',
    name: each.name,
    version: each.version,
    purl: `pkg:npm/${each.name.replace(/^@/, '%40')}@${each.version}`,
    licenses: [{ expression: expression(each) }],
    hashes: hashOf(each.integrity ?? ''),
  }))
  // One version installed in two places is one part.
  .filter((each, at, all) => all.findIndex(other => other.purl === each.purl) === at)
  .sort((a, b) => (a.purl < b.purl ? -1 : 1))
const left = Object.keys(dependencies).filter(each => !parts.some(part => part.name === each))
if (left.length > 0) throw new Error(`the lockfile does not know ${left.join(', ')}`)
const refused = parts.filter(each => !mayBeUsed(each.licenses[0].expression))
for (const each of refused)
  console.error(`${each.name}@${each.version}: ${each.licenses[0].expression} is not a licence we take.`)
const text = `${JSON.stringify(
  {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name, version, licenses: [{ license: { id: license } }] } },
    components: parts,
  },
  null,
  1,
)}\n`
if (process.argv.includes('--check')) {
  const same = existsSync(FILE) && readFileSync(FILE, 'utf8') === text
  if (!same) console.error('docs/security/sbom.cdx.json is not what the lockfile installs: node scripts/sbom.mjs')
  process.exit(same && refused.length === 0 ? 0 : 1)
}
writeFileSync(FILE, text)
console.log(`${parts.length} parts.`)
process.exit(refused.length === 0 ? 0 : 1)
