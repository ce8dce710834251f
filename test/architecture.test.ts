// The rules of the house as tests: who may import whom, who names which tables, how long a file may be.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, it } from 'node:test'
import { migrationSets } from '../src/app/build-app.ts'
import { productRoot } from '../src/platform/root.ts'

const src = join(productRoot, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  name => /\.tsx?$/.test(name) && !name.endsWith('.generated.ts') && !name.endsWith('.d.ts'),
)
const source = new Map(files.map(name => [name, readFileSync(join(src, name), 'utf8')]))
const product = files.filter(name => !/\.test\.tsx?$/.test(name))
const importsOf = (name: string): string[] =>
  [...(source.get(name) ?? '').matchAll(/(?:from|import) '(\.[^']+)'/g)].map(match =>
    relative(src, normalize(join(src, dirname(name), match[1] ?? ''))),
  )
/** Order of the modules, as app/modules.ts lists them. */
const order = migrationSets()
  .map(set => set.module)
  .filter(name => name !== 'platform')
// Modules without tables stand where their users need them.
order.splice(order.indexOf('catalogue'), 0, 'forms')
const moduleOf = (name: string) => /^modules\/([^/]+)\//.exec(name)?.[1] ?? null

describe('the house', () => {
  it('platform imports no module, integration, site or app', () => {
    const wrong = product
      .filter(name => name.startsWith('platform/'))
      .flatMap(name =>
        importsOf(name)
          .filter(to => !to.startsWith('platform/'))
          .map(to => `${name} → ${to}`),
      )
    assert.deepEqual(wrong, [])
  })
  it('a module imports platform, itself, and the front doors of modules before it', () => {
    const wrong = product.flatMap(name => {
      const own = moduleOf(name)
      if (own === null) return []
      return importsOf(name)
        .filter(to => {
          if (to.startsWith('platform/')) return false
          const other = moduleOf(to)
          if (other === own) return false
          return other === null || order.indexOf(other) >= order.indexOf(own) || to !== `modules/${other}/index.ts`
        })
        .map(to => `${name} → ${to}`)
    })
    assert.deepEqual(wrong, [])
  })
  it('integrations and site use front doors only', () => {
    const wrong = product
      .filter(name => name.startsWith('integrations/') || name.startsWith('site/'))
      .flatMap(name =>
        importsOf(name)
          .filter(to => moduleOf(to) !== null && !to.endsWith('/index.ts'))
          .map(to => `${name} → ${to}`),
      )
    assert.deepEqual(wrong, [])
  })
  it('no file is imported in a circle', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (name: string, path: readonly string[]) => {
      if (path.includes(name)) {
        circles.push([...path.slice(path.indexOf(name)), name].join(' → '))
        return
      }
      if (done.has(name)) return
      for (const to of importsOf(name)) if (source.has(to)) visit(to, [...path, name])
      done.add(name)
    }
    for (const name of product) visit(name, [])
    assert.deepEqual(circles, [])
  })
  it('only a module names its own tables; others join its read views', () => {
    const wrong = product.flatMap(name => {
      const own = moduleOf(name)
      return [
        ...(source.get(name) ?? '').matchAll(
          /['" ](organisation|identity|records|signing|catalogue|dossier|notifications)\.([a-z_]+)\b/g,
        ),
      ]
        .filter(match =>
          /(From|Into|Table|Join|join|from|into|update)\(?\s*['"`]?\s*$/.test(
            (source.get(name) ?? '').slice(Math.max(0, (match.index ?? 0) - 14), (match.index ?? 0) + 1),
          ),
        )
        .filter(match => own !== match[1] && !match[2]?.startsWith('read_') && !name.startsWith('app/'))
        .map(match => `${name}: ${match[1]}.${match[2]}`)
    })
    assert.deepEqual(wrong, [])
  })
  it('only app/ reads the environment, only the clock tells the time, SQL never calls now()', () => {
    const wrong = product.filter(name => {
      const text = source.get(name) ?? ''
      if (!name.startsWith('app/') && /process\.env/.test(text)) return true
      if (
        name !== 'platform/clock.ts' &&
        /\bnew Date\(\)|Date\.now\(\)/.test(text) &&
        !name.includes('embedded-postgres')
      )
        return true
      return /\bnow\(\)/.test(
        text.replace(
          /clock\.now\(\)|performance\.now\(\)|systemClock\.now\(\)|\bnow\(\): Date|never calls now\(\)/g,
          '',
        ),
      )
    })
    assert.deepEqual(wrong, [])
  })
  it('no module keeps mutable state of its own', () => {
    const wrong = product.filter(
      name => /^(let|var) /m.test(source.get(name) ?? '') && !name.includes('/browser/') && name !== 'main.ts',
    )
    assert.deepEqual(wrong, [])
  })
  it('no file is longer than 400 lines', () => {
    const long = product.filter(name => (source.get(name) ?? '').split('\n').length > 401)
    assert.deepEqual(long, [])
  })
  it('every file opens with what it is for, every module has its page', () => {
    assert.deepEqual(
      files.filter(name => !(source.get(name) ?? '').startsWith('// ')),
      [],
    )
    const modules = readdirSync(join(src, 'modules'))
    assert.deepEqual(
      modules.filter(name => !existsSync(join(src, 'modules', name, 'README.md'))),
      [],
    )
  })
})
