// `npm run attack -- slow`: slowhttptest (Debian) holds a web process by two thousand connections that send or read hardly anything,
// in each of its four ways; meanwhile somebody else opens a page every tenth of a second.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { highestOf } from '../support/pids.ts'
import { startProcess } from '../support/processes.ts'
import { testApp } from '../support/test-app.ts'

const CONNECTIONS = 2000
const SECONDS = 45
/** What the tool can do, and by which of its options. */
const WAYS = {
  'headers that never end': ['-H', '-i', '10', '-x', '24'],
  'a body that never ends': ['-B', '-i', '10', '-s', '100000', '-x', '10'],
  'answers read byte by byte': ['-X', '-w', '1', '-y', '10', '-n', '5', '-z', '1', '-k', '3'],
  'a thousand ranges of one page': ['-R', '-a', '10', '-b', '3000'],
} as const
/** Pages have no ranges: each of these requests is answered and gone before the tool looks. */
const HELD: ReadonlySet<string> = new Set(Object.keys(WAYS).slice(0, 3))
/** The longest that a page may take meanwhile, in milliseconds. */
const PATIENCE_MS = 1000

it('who sends or reads slowly keeps nobody else from a page', { timeout: 900_000 }, async t => {
  const test = await testApp()
  const folder = mkdtempSync(join(tmpdir(), 'motcua-slow-'))
  const log: string[] = []
  const web = startProcess(
    'web',
    {
      DATABASE_URL: test.databaseUrl,
      DATA_DIR: test.dataDir,
      KEY_RING_FILE: test.config.keyRingFile,
      PUBLIC_URL: 'http://127.0.0.1',
      // As they stand where nobody sets them.
      FLOOD_PER_SECOND: undefined,
      FLOOD_BURST: undefined,
    },
    line => log.push(line),
  )
  try {
    await web.ready
    const port = web.port ?? 0
    for (const [way, options] of Object.entries(WAYS)) {
      const tool = spawn(
        'slowhttptest',
        [
          ...options,
          ...['-c', String(CONNECTIONS), '-r', '500', '-l', String(SECONDS), '-p', '5'],
          ...['-u', `http://127.0.0.1:${port}/thu-tuc`],
        ],
        { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TERM: 'dumb' } },
      )
      let said = ''
      for (const stream of [tool.stdout, tool.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          // Without the colours of a terminal.
          said += stripVTControlCharacters(text)
        })
      const ended = once(tool, 'close')
      const times: number[] = []
      const wrong: string[] = []
      while (tool.exitCode === null && times.length < 10 * SECONDS * 2) {
        const began = performance.now()
        const status = await open(port)
        times.push(performance.now() - began)
        if (status !== 200) wrong.push(String(status))
        await Promise.race([wait(100), ended])
      }
      await ended
      const open_ = Math.max(0, ...[...said.matchAll(/connected:\s+(\d+)/g)].map(([, count]) => Number(count)))
      times.sort((a, b) => a - b)
      t.diagnostic(
        `${way}: up to ${open_} connections open, ${times.length} pages meanwhile, p50 ${times[times.length >> 1]?.toFixed(0)} ms, longest ${times.at(-1)?.toFixed(0)} ms, the process held ${highestOf(web.child.pid ?? 0).toFixed(0)} MB`,
      )
      assert.ok(said.includes('Test ended') || said.includes('Exit status'), said.slice(-1000))
      if (HELD.has(way)) assert.ok(open_ > 50, `the tool hardly came in: ${said.slice(-1000)}`)
      assert.deepEqual(wrong, [], `${way} kept somebody else out`)
      assert.ok((times.at(-1) ?? 0) < PATIENCE_MS, `${way}: a page took ${times.at(-1)} ms`)
    }
    assert.ok(highestOf(web.child.pid ?? 0) < 300, 'memory of the web process')
    assert.deepEqual(
      log.filter(line => /request failed|ended by itself/.test(line)),
      [],
    )
  } finally {
    web.child.kill('SIGKILL')
    await test.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Opens a page as somebody of another address; gives the status, 0 where there was no answer. */
const open = (port: number): Promise<number> =>
  new Promise(resolve => {
    const request = http.get(
      { host: '127.0.0.1', port, path: '/thu-tuc', localAddress: '127.0.0.2', agent: false, timeout: 10_000 },
      response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', () => resolve(0))
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(0))
  })
