// A command of the program with what it took: seconds, and the most memory that it ever held.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import flags from '../../scripts/node-flags.json' with { type: 'json' }
import { highestOf } from './pids.ts'

export interface Measured {
  /** What it printed. */
  readonly said: string
  readonly seconds: number
  /** Highest resident memory, in MB; looked at five times a second. */
  readonly megabytes: number
}

/** Runs a command of `main` to its end. Throws with what it said where it fails. */
export async function measured(main: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const began = performance.now()
  const child = spawn(process.execPath, [...flags, main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, wrong] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    wrong += text
  })
  let megabytes = 0
  const looking = setInterval(() => {
    megabytes = Math.max(megabytes, highestOf(child.pid ?? 0))
  }, 200)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`motcua ${args[0]} ended with ${code}: ${said.slice(-1000)}${wrong.slice(-1000)}`)
    return { said, seconds: (performance.now() - began) / 1000, megabytes }
  } finally {
    clearInterval(looking)
  }
}
