// What every bench is given, and the product as a process of its own.
import { spawn } from 'node:child_process'
import flags from '../scripts/node-flags.json' with { type: 'json' }
import type { House } from './house.ts'
import type { Figure } from './measure.ts'

export interface Bench extends House {
  readonly seconds: number
  readonly report: (figure: Omit<Figure, 'rows' | 'command' | 'measured'>) => void
}

/** Starts the product as a user would; resolves with its address once it listens (a worker has none: once it works). */
export function startProduct(
  { main: file, env }: Pick<House, 'main' | 'env'>,
  more: NodeJS.ProcessEnv,
  command: 'serve' | 'web' | 'work' = 'serve',
): Promise<{ address: string; pid: number; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [...flags, file, command], {
    env: { ...env, PORT: '0', ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', chunk => {
      said += chunk
      const address = command === 'work' ? /Working/.exec(said)?.[0] : /http:\/\/localhost:\d+/.exec(said)?.[0]
      if (address !== undefined)
        resolve({
          address,
          pid: child.pid ?? 0,
          stop: async () => {
            child.kill('SIGTERM')
            await ended
          },
        })
    })
    child.on('exit', code => reject(new Error(`the product ended with ${code}: ${said}`)))
  })
}
