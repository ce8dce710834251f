// Builds the server (dist/server), the browser files (dist/public) and, for tests, dist-test, with esbuild.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { cutFonts } from './fonts.mjs'
import { ensureInstalled, root } from './install.mjs'

const shared = {
  absWorkingDir: root,
  bundle: true,
  // Lines for stack traces; the texts would lie in the memory of every process (--enable-source-maps keeps the maps it has read).
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.sql': 'text', '.html': 'text', '.woff2': 'file', '.svg': 'text' },
}
/**
 * Libraries that are many small files, put into ours: reading each by itself takes half of a start. Those that stay what
 * npm installed keep state of their own (fastify, pg, graphile-worker), look for files beside them or bring machine code.
 */
const TAKEN_IN = new RegExp(
  `^(${[
    ...['kysely', 'zod', 'csv-parse', 'yaml'],
    ...['qrcode', 'pngjs', 'dijkstrajs'],
    ...['prom-client', 'tdigest', 'bintrees', '@opentelemetry/api'],
    ...['@peculiar/[a-z0-9-]+', 'asn1js', 'pkijs', 'pvutils', 'pvtsutils', 'bytestreamjs', '@noble/hashes'],
    ...['tsyringe', 'tslib'],
  ].join('|')})(/|$)`,
)
const outside = {
  name: 'outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || TAKEN_IN.test(path) ? null : { path, external: true },
    )
  },
}
/** Some of what is taken in was written for CommonJS and asks for Node's own modules by `require`. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"
const server = {
  ...shared,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  plugins: [outside],
  splitting: true,
  banner: { js: REQUIRE },
}

/** Every file below `dir` whose path matches. */
function filesBelow(dir, pattern) {
  if (!existsSync(join(root, dir))) return []
  return readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(path => pattern.test(path))
    .sort()
}

/** Browser islands and styles, named by content, and manifest.json from plain to hashed names. */
async function buildPublic(esbuild) {
  const out = join(root, 'dist/public')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const result = await esbuild.build({
    ...shared,
    plugins: [cutFonts],
    entryPoints: [...filesBelow('src', /\/browser\/[a-z-]+\.ts$/), 'src/platform/view/styles/main.css'],
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    minify: true,
    sourcemap: false,
    format: 'esm',
    target: 'es2022',
    outdir: out,
    metafile: true,
  })
  const manifest = {}
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (!output.entryPoint) continue
    manifest[basename(output.entryPoint).replace(/\.ts$/, '.js')] = basename(path)
  }
  writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest))
}

/** Builds everything; `tests` adds the test files. */
export async function build({ tests = false } = {}) {
  const esbuild = await import('esbuild')
  rmSync(join(root, 'dist/server'), { recursive: true, force: true })
  const entries = ['src/main.ts', ...filesBelow('src', /-(thread|process)\.ts$/)]
  await esbuild.build({ ...server, entryPoints: entries, outdir: 'dist/server', outbase: 'src' })
  await buildPublic(esbuild)
  if (tests) {
    rmSync(join(root, 'dist-test'), { recursive: true, force: true })
    const files = [
      ...filesBelow('src', /(\.test\.tsx?|-thread\.ts|-process\.ts)$/),
      ...filesBelow('test', /\.tsx?$/),
      ...filesBelow('bench', /\.tsx?$/),
    ]
    await esbuild.build({ ...server, entryPoints: [...files, 'src/main.ts'], outdir: 'dist-test', outbase: '.' })
  }
}

if (process.argv[1] === import.meta.filename) {
  ensureInstalled({ dev: false })
  await build()
}
