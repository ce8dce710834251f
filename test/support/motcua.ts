// The program as an operator starts it, for tests: a command with its settings, what it said and how it ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { productRoot } from '../../src/platform/root.ts'

const MAIN = join(productRoot, 'dist-test/src/main.js')

export interface Ended {
  readonly code: number | null
  readonly out: string
}

/** Starts the program; `until` stops it by SIGTERM once that is printed and `meanwhile` is over. */
export async function motcua(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  until?: RegExp,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    // The server that the tests run on is no part of what an operator set.
    env: { ...process.env, DATABASE_URL: undefined, LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let told = false
  const limit = setTimeout(() => child.kill('SIGKILL'), 60_000)
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text
      // Once: a second signal does not wait for what is running.
      if (told || !until?.test(out)) return
      told = true
      void meanwhile().finally(() => child.kill('SIGTERM'))
    })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(limit)
  return { code, out }
}
