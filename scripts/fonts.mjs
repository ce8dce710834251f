// Cuts the typefaces of pages to the letters that their face in fonts.css names: a phone fetches no glyph that it does not show.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { root } from './install.mjs'

/** What browsers apply unasked: composed accents, kerning, ligatures. Small capitals and fractions would come along otherwise. */
const FEATURES = ['ccmp', 'locl', 'mark', 'mkmk', 'kern', 'liga']

const FACE = /url\("([^"]+\.ttf)"\) format\("woff2"\);\s*unicode-range:([^;]+);/g

/** The letters of a `unicode-range`, as one string. Throws on what is none. */
function lettersOf(range) {
  return range
    .split(',')
    .map(each => {
      const [, first, last = first] = /^U\+([0-9A-F]+)(?:-([0-9A-F]+))?$/.exec(each.trim()) ?? []
      if (first === undefined) throw new Error(`fonts.css: ${each.trim()} is no range of letters`)
      const from = Number.parseInt(first, 16)
      return String.fromCodePoint(...Array.from({ length: Number.parseInt(last, 16) - from + 1 }, (_, i) => from + i))
    })
    .join('')
}

/** An esbuild plugin: each `url("package/file.ttf") format("woff2")` of fonts.css becomes a WOFF2 with just the letters of its unicode-range. */
export const cutFonts = {
  name: 'cut-fonts',
  setup(build) {
    build.onLoad({ filter: /\/fonts\.css$/ }, async ({ path }) => {
      const { default: subset } = await import('subset-font')
      const { resolve } = createRequire(path)
      const out = join(root, 'dist/fonts')
      rmSync(out, { recursive: true, force: true })
      mkdirSync(out, { recursive: true })
      let contents = readFileSync(path, 'utf8')
      for (const [whole, source, range] of [...contents.matchAll(FACE)]) {
        const font = await subset(readFileSync(resolve(source)), lettersOf(range), {
          targetFormat: 'woff2',
          keepFeatures: FEATURES,
        })
        const name = `${basename(source, '.ttf')}-${createHash('sha256').update(range).digest('hex').slice(0, 8)}.woff2`
        writeFileSync(join(out, name), font)
        contents = contents.replace(whole, whole.replace(source, join(out, name)))
      }
      return { contents, loader: 'css', resolveDir: dirname(path) }
    })
  },
}
