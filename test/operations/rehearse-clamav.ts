// `npm run rehearse -- clamav`: Debian's clamd with a signature of our own, asked as the program asks it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { clamd, clamdVersion } from '../../src/integrations/clamav/integration.ts'
import { MAX_UPLOAD_BYTES } from '../../src/platform/files/file-rows.ts'
import { MALWARE } from '../support/clamd.ts'
import { smallPdf } from '../support/test-app.ts'

const CLAMD = '/usr/sbin/clamd'

export async function rehearseClamav(say: (line: string) => void): Promise<void> {
  if (!existsSync(CLAMD)) {
    const quiet = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'clamav-daemon'], quiet)
  }
  const folder = mkdtempSync(join(tmpdir(), 'motcua-clamav-'))
  const socket = join(folder, 'clamd.ctl')
  const signature = `MotCua.Test:0:*:${Buffer.from(MALWARE).toString('hex')}`
  writeFileSync(join(folder, 'motcua.ndb'), `${signature}\n`)
  const conf = (lines: readonly string[]) =>
    writeFileSync(
      join(folder, 'clamd.conf'),
      [`LocalSocket ${socket}`, `DatabaseDirectory ${folder}`, 'Foreground yes', 'User root', ...lines, ''].join('\n'),
    )
  const withDaemon = async (work: () => Promise<void>) => {
    const daemon = spawn(CLAMD, ['-c', join(folder, 'clamd.conf')], { stdio: 'ignore' })
    const ended = once(daemon, 'exit')
    try {
      for (let tries = 0; !existsSync(socket); tries++) {
        if (tries > 300) throw new Error('clamd does not come')
        await wait(100)
      }
      await work()
    } finally {
      daemon.kill('SIGTERM')
      await ended
    }
  }
  const address = `unix:${socket}`
  const ask = async (content: Buffer) => {
    const scan = clamd(address).begin()
    const began = performance.now()
    for (let at = 0; at < content.length; at += 65_536) await scan.show(content.subarray(at, at + 65_536))
    const found = await scan.end()
    return { found, ms: (performance.now() - began).toFixed(0) }
  }
  const expect = async (what: string, content: Buffer, found: string | null) => {
    const { found: said, ms } = await ask(content)
    if (said !== found) throw new Error(`${what}: ${said}`)
    say(`${what}: ${said ?? 'nothing'} in ${ms} ms`)
  }
  const large = Buffer.concat([smallPdf, Buffer.alloc(MAX_UPLOAD_BYTES - smallPdf.length - 100, '%')])
  try {
    conf(['StreamMaxLength 60M', 'MaxFileSize 60M', 'MaxScanSize 200M'])
    await withDaemon(async () => {
      say((await clamdVersion(address, 5000)).version)
      await expect('a clean PDF', smallPdf, null)
      await expect('a PDF of 50 MB', large, null)
      await expect(
        'malware at its beginning',
        Buffer.concat([smallPdf, Buffer.from(MALWARE)]),
        'MotCua.Test.UNOFFICIAL',
      )
      await expect(
        'malware at the end of 50 MB',
        Buffer.concat([large, Buffer.from(MALWARE)]),
        'MotCua.Test.UNOFFICIAL',
      )
      const many = await Promise.all(Array.from({ length: 40 }, () => ask(smallPdf)))
      say(`forty at once: the longest ${Math.max(...many.map(({ ms }) => Number(ms)))} ms`)
    })
    conf(['StreamMaxLength 1M'])
    await withDaemon(async () => {
      const told = await ask(large).then(
        () => 'taken',
        (error: Error) => error.message,
      )
      if (!/StreamMaxLength 60M/.test(told)) throw new Error(`with a limit that is too low: ${told}`)
      say(`with a limit that is too low: ${told}`)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
