// `npm start`: installs what is missing, builds when sources are newer than the build, and runs `motcua serve`.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

const started = Date.now()
ensureInstalled({ dev: false })

const built = join(root, 'dist/server/main.js')
const newest = ['src', 'scripts'].flatMap(dir =>
  readdirSync(join(root, dir), { recursive: true }).map(name => statSync(join(root, dir, name)).mtimeMs),
)
if (!existsSync(built) || Math.max(...newest) > statSync(built).mtimeMs) {
  const { build } = await import('./build.mjs')
  await build()
}

const [command = 'serve', ...rest] = process.argv.slice(2)
// Without a limit V8 lets garbage grow to four times what lives; within a gigabyte of a container it makes its young heap tiny.
// The units of docs/operations say the same (test/cli.test.ts). Commands that end by themselves take what they need.
const flags = ['serve', 'web', 'work'].includes(command)
  ? JSON.parse(readFileSync(join(root, 'scripts/node-flags.json'), 'utf8'))
  : ['--enable-source-maps']
const child = spawn(process.execPath, [...flags, built, command, ...rest], {
  cwd: process.cwd(),
  stdio: 'inherit',
  env: { ...process.env, MOTCUA_STARTED_AT: String(started) },
})
// Ctrl-C reaches the whole foreground group; a plain kill of npm's child must be handed on.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
// npm that is killed tells nobody: whoever lost the parent stops, too.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) child.kill('SIGTERM')
}, 1000).unref()
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
