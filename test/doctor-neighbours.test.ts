// What the doctor says of those around the program: each well, away, silent, lying or odd; and of a disk that is full or slow.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readConfig } from '../src/app/config.ts'
import { backups } from '../src/app/doctor/backups.ts'
import type { Findings, Patient } from '../src/app/doctor/finding.ts'
import { disk, speedOf } from '../src/app/doctor/machine.ts'
import { eid, fileDrop, mail, pages, stampAuthority } from '../src/app/doctor/neighbours.ts'
import { type EidAuthority, eidAuthority } from './support/eid-authority.ts'
import { motcua } from './support/motcua.ts'
import { listen, testApp } from './support/test-app.ts'
import { type StampServer, stampServer } from './survival/authorities.ts'
import { type MailServer, mailServer } from './survival/wires.ts'

/** What a check says, each finding as its level and its text. */
async function said(findings: Findings): Promise<string> {
  const all: string[] = []
  for await (const { level, text } of findings) all.push(`${level}: ${text}`)
  return all.join('\n')
}
const settings = (env: Record<string, string>) => readConfig({ DATA_DIR: tmpdir(), ...env })
const patient = (env: Record<string, string>, alone = false): Patient => ({
  config: settings(env),
  client: null as never,
  at: new Date(),
  alone,
})

describe('doctor of the neighbours', () => {
  let mails: MailServer
  let authority: EidAuthority
  let stamps: StampServer
  before(async () => {
    mails = await mailServer()
    authority = await eidAuthority('motcua', { sub: 'x' })
    stamps = await stampServer()
  })
  after(() => {
    mails.close()
    authority.close()
    stamps.close()
  })

  it('a mail server that answers, refuses connections, hangs up, is silent, or is none', async () => {
    const ask = (port = mails.port) => said(mail(settings({ SMTP_URL: `smtp://127.0.0.1:${port}` })))
    assert.match(await ask(), /^ok: The mail server 127\.0\.0\.1 answers/)
    assert.match(await ask(1), /^fault: .*ECONNREFUSED/)
    mails.mood = 'down'
    assert.match(await ask(), /^fault: .*cannot be used \((it hangs up|.*ECONNRESET)/)
    mails.mood = 'silent'
    assert.match(await ask(), /^fault: .*\(it says nothing\)/)
    mails.mood = 'well'
    const other = createServer(socket => socket.on('error', () => undefined).write('SSH-2.0-OpenSSH_9.2p1\r\n'))
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = other.address() as { port: number }
      assert.match(await ask(port), /^fault: .*\(it says SSH-2\.0-OpenSSH_9\.2p1\)/)
    } finally {
      other.close()
    }
  })

  it('an eID that answers, is down, silent, another page, or somebody else', async () => {
    const ask = () => said(eid(settings({ VNEID_ISSUER: authority.issuer, VNEID_CLIENT_SECRET: 'x'.repeat(32) })))
    assert.match(await ask(), /^ok: The eID at http:.* answers/)
    for (const mood of ['down', 'silent', 'page'] as const) {
      authority.mood = mood
      assert.match(await ask(), /^fault: The eID at http:.* cannot be used \(.+\): nobody signs in by it/, mood)
    }
    authority.mood = 'well'
    authority.lie = { issuer: 'https://example.com' }
    assert.match(await ask(), /^fault: The eID at .* cannot be used/)
    authority.lie = {}
  })

  it('a time-stamping authority that stamps, and one that fails in each way', async () => {
    const ask = () => said(stampAuthority(settings({ TSA_URL: stamps.url })))
    assert.match(await ask(), /^ok: The time-stamping authority at http:.* stamps/)
    for (const mood of ['down', 'silent', 'refuses', 'garbage', 'other-data', 'other-nonce', 'other-key'] as const) {
      stamps.mood = mood
      assert.match(
        await ask(),
        /^fault: The time-stamping authority at http:.* cannot be used \(.+\): seals wait/,
        mood,
      )
    }
    stamps.mood = 'none'
  })

  it('a drop that is read, is not read, or is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'motcua-drop-'))
    try {
      const ask = () => said(fileDrop(patient({ NATIONAL_DROP_DIR: folder })))
      assert.match(await ask(), /^fault: The drop NATIONAL_DROP_DIR cannot be used \(ENOENT/)
      for (const sub of ['incoming', 'outgoing']) mkdirSync(join(folder, sub))
      writeFileSync(join(folder, 'incoming/new.json'), '[]')
      assert.match(await ask(), /^ok: The drop .* is read/)
      utimesSync(join(folder, 'incoming/new.json'), new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000))
      assert.match(await ask(), /^fault: 1 files of the national portal have lain in .*incoming/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('backups that are there, are old, failed, are not reported, or were never asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'motcua-report-'))
    try {
      const ask = () => said(backups(patient({ BACKUP_REPORT_DIR: folder })))
      const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000
      const copied = (hours: number) =>
        writeFileSync(join(folder, 'files'), `${new Date(hoursAgo(hours)).toISOString().slice(0, 19)}Z\n`)
      const backedUp = (...list: readonly { hours: number; type: string; error?: boolean }[]) =>
        writeFileSync(
          join(folder, 'database.json'),
          JSON.stringify([
            {
              name: 'motcua',
              status: list.length > 0 ? { code: 0, message: 'ok' } : { code: 2, message: 'no valid backups' },
              backup: list.map(({ hours, type, error = false }, index) => ({
                label: `backup-${index}`,
                type,
                error,
                timestamp: { start: 0, stop: Math.round(hoursAgo(hours) / 1000) },
              })),
            },
          ]),
        )
      assert.match(await ask(), /^fault: No backup of the database.*is not there\).*\nfault: No copy of the files/)
      backedUp()
      copied(0)
      assert.match(await ask(), /^fault: pgBackRest has no good backup of the database \(no valid backups\)/)
      backedUp({ hours: 30, type: 'full' }, { hours: 3, type: 'incr' })
      assert.match(await ask(), /^ok: .*\(incr, backup-1\) is 3 hours old.\nok: .*copy of the files is 0 minutes old/)
      backedUp({ hours: 30, type: 'full' }, { hours: 3, type: 'incr', error: true })
      copied(7)
      assert.match(await ask(), /^fault: .*\(backup-0\) is 30 hours old.*\nfault: .*copy of the files is 7 hours old/)
      for (const nothing of ['', '{', '[]', '[{"status":{"code":0}}]']) {
        writeFileSync(join(folder, 'database.json'), nothing)
        writeFileSync(join(folder, 'files'), nothing)
        assert.match(
          await ask(),
          /^fault: No backup.*database\.json is none\).*\nfault: No copy.*files is none\)/,
          nothing,
        )
      }
      assert.equal(await said(backups(patient({}))), '')
      assert.match(await said(backups(patient({ DEMO: 'off' }))), /^warning: BACKUP_REPORT_DIR is not set/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('pages that are served, are answered by somebody else, or by nobody', async () => {
    const test = await testApp()
    try {
      const base = await listen(test)
      assert.match(await said(pages(patient({ PUBLIC_URL: base }))), /^ok: Pages are served at http/)
      assert.match(await said(pages(patient({ PUBLIC_URL: stamps.url }))), /^fault: What answers at .* says 405/)
      assert.match(await said(pages(patient({ PORT: '1' }))), /^warning: Nothing answers at http:\/\/127\.0\.0\.1:1 \(/)
      assert.equal(await said(pages(patient({ PORT: '1' }, true))), '')
    } finally {
      await test.close()
    }
  })

  it('a disk that is slow, nearly full, or full', async t => {
    assert.match(speedOf('/srv', 240).text, /takes 240 ms for a small write: everybody waits/)
    assert.equal(speedOf('/srv', 240).level, 'warning')
    assert.equal(speedOf('/srv', 3).level, 'ok')
    const folder = mkdtempSync(join(tmpdir(), 'motcua-disk-'))
    chmodSync(folder, 0o711)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'motcua-disk', folder], { stdio: 'ignore' })
    } catch {
      rmSync(folder, { recursive: true, force: true })
      return t.diagnostic('no disk of its own can be mounted here: a full one was not tried')
    }
    try {
      const ask = () => said(disk(settings({ DATA_DIR: folder })))
      assert.match(await ask(), /^ok: /)
      writeFileSync(join(folder, 'much'), Buffer.alloc(3_900_000))
      assert.match(await ask(), /^warning: \d % of the disk of .* is free: make room/)
      try {
        writeFileSync(join(folder, 'rest'), Buffer.alloc(1_000_000))
      } catch {
        // It is full now.
      }
      assert.match(
        await ask(),
        /^fault: 0 % of the disk of .* is free[\s\S]*fault: The disk of .* cannot be written: ENOSPC/,
      )
    } finally {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('doctor without a database', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'motcua-doctor-'))
    chmodSync(folder, 0o711)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('says of the machine what it sees, and why the database cannot be looked at', async () => {
    const { code, out } = await motcua(['doctor'], {
      DATA_DIR: folder,
      DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c',
      SMTP_URL: 'smtp://127.0.0.1:1',
      BACKUP_REPORT_DIR: folder,
    })
    assert.equal(code, 1)
    assert.match(out, /✔ The disk of .* takes/)
    assert.match(out, /✘ No backup of the database is reported/)
    assert.match(out, /✘ The mail server 127\.0\.0\.1 cannot be used/)
    assert.match(out, /✘ The database at DATABASE_URL \(127\.0\.0\.1:1\/c\) cannot be used: .*ECONNREFUSED/)
    assert.doesNotMatch(out, /^ +at /m)
  })

  it('makes no installation where there is none', async () => {
    const { code, out } = await motcua(['doctor'], { DATA_DIR: folder })
    assert.equal(code, 1)
    assert.match(out, /✘ There is no installation in .* yet\. Start motcua there first/)
    assert.equal(existsSync(join(folder, 'pg')), false)
  })

  it('a disk so full that PostgreSQL cannot start is named beside what PostgreSQL says', async t => {
    const disk = join(folder, 'full')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'motcua-disk', disk], { stdio: 'ignore' })
    } catch {
      return t.diagnostic('no disk of its own can be mounted here: a full one was not tried')
    }
    try {
      const env = { DATA_DIR: join(disk, 'data'), PORT: '0' }
      const fill = (name: string) => {
        const file = openSync(join(disk, name), 'w')
        try {
          for (;;) writeSync(file, Buffer.alloc(4096))
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
        } finally {
          closeSync(file)
        }
      }
      fill('before')
      const never = await motcua(['serve'], env)
      assert.equal(never.code, 1)
      assert.match(never.out, /No space left|ENOSPC/)
      assert.doesNotMatch(never.out, /^ +at /m)
      rmSync(join(disk, 'before'))
      assert.equal((await motcua(['serve'], env, /Ctrl-C stops everything/)).code, 0)
      fill('after')
      const { code, out } = await motcua(['doctor'], env)
      assert.equal(code, 1)
      assert.match(out, /✘ 0 % of the disk of .* is free: make room/)
      assert.match(out, /✘ The disk of .* cannot be written: ENOSPC/)
      assert.match(out, /✘ .*(PostgreSQL|database|written).*No space left/)
      assert.doesNotMatch(out, /^ +at /m)
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})
