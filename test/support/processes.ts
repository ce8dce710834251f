// The program as processes of their own: several web and worker processes on one database, behind one address.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import flags from '../../scripts/node-flags.json' with { type: 'json' }
import { productRoot } from '../../src/platform/root.ts'
import { relay } from '../survival/wires.ts'
import type { TestApp } from './test-app.ts'

export const MAIN = join(productRoot, 'dist-test/src/main.js')

export type Role = 'web' | 'work'

export interface Process {
  readonly role: Role
  readonly child: ChildProcess
  /** Of a web process that serves. */
  port: number | null
}

/** Starts one, of this version unless another is given; `ready` resolves once it serves or works, and rejects with what it said when it ends before. */
export function startProcess(
  role: Role,
  env: NodeJS.ProcessEnv,
  onLog: (text: string) => void,
  main = MAIN,
): Process & { readonly ready: Promise<void> } {
  const child = spawn(process.execPath, [...flags, main, role], {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'error', FLOOD_PER_SECOND: '100000', FLOOD_BURST: '100000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let last = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    last = text
    onLog(text)
  })
  const ready = new Promise<void>((resolve, reject) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const line of text.split('\n')) if (line.startsWith('{')) onLog(line)
      if (own.port !== null) return
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]
      if (role === 'web' ? port === undefined : !said.includes('Working')) return
      own.port = Number(port ?? 0)
      resolve()
    })
    child.on('exit', (code, signal) => {
      // Nobody told it to: a program that gives up by itself.
      if (signal === null && code !== 0 && own.port !== null) onLog(`${role} ended by itself with ${code}`)
      reject(new Error(`${role} ended with ${code}: ${said}${last.slice(0, 1000)}`))
    })
  })
  ready.catch(() => undefined)
  const own = { role, child, port: null as number | null, ready }
  return own
}

/** Two web and two worker processes on the database of a test, behind a balancer that takes them in turn. */
export async function twoOfEach(test: TestApp): Promise<{ base: string; close: () => Promise<void> }> {
  const balancer = await relay()
  const base = `http://127.0.0.1:${balancer.port}`
  const log: string[] = []
  const env = {
    DATABASE_URL: test.databaseUrl,
    DATA_DIR: test.dataDir,
    KEY_RING_FILE: test.config.keyRingFile,
    PUBLIC_URL: base,
    PORTAL: test.config.portalOpen ? 'on' : 'off',
  }
  const all = (['web', 'web', 'work', 'work'] as const).map(role => startProcess(role, env, line => log.push(line)))
  await Promise.all(all.map(each => each.ready))
  balancer.targets = all.filter(each => each.role === 'web').map(each => each.port ?? 0)
  test.app.setOrigin(base)
  return {
    base,
    async close() {
      balancer.close()
      for (const { child } of all) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      if (log.some(line => /request failed|job failed/.test(line))) throw new Error(log.join('\n').slice(0, 2000))
    },
  }
}
