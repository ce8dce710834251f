// What the doctor says of a PostgreSQL with replicas and an archive, in order and out of order: two servers of our own.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { readConfig } from '../src/app/config.ts'
import { hygiene } from '../src/app/doctor/server.ts'
import { databaseAway } from '../src/platform/db/away.ts'
import { rolePool } from '../src/platform/db/database.ts'
import { type PgServer, startEmbeddedPostgres } from '../src/platform/db/embedded-postgres.ts'
import { motcua } from './support/motcua.ts'
import { asAdmin } from './support/scratch.ts'

const QUICK = { fsync: 'off', full_page_writes: 'off' }

/** Asks until it is so, for half a minute. */
async function until(client: pg.Client, question: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if ((await client.query<{ yes: boolean }>(`select ${question} as yes`)).rows[0]?.yes === true) return
    await wait(200)
  }
  throw new Error(`never came true: ${question}`)
}

describe('doctor of a cluster', () => {
  let home: string
  let primary: PgServer
  let standby: PgServer
  const doctor = (server: PgServer) =>
    motcua(['doctor'], { DATA_DIR: join(home, 'program'), DATABASE_URL: server.url('motcua') })

  /** A command on the command line of the server would stand above it. */
  const archive = (command: string) =>
    asAdmin(primary.url('postgres'), async client => {
      await client.query(`alter system set archive_command = '${command}'`)
      await client.query('select pg_reload_conf()')
    })

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'motcua-doctor-'))
    chmodSync(home, 0o711)
    const first = await startEmbeddedPostgres({ dataDir: join(home, 'one'), settings: QUICK })
    await asAdmin(first.url('postgres'), client => client.query('create database motcua'))
    await first.stop()
    cpSync(join(home, 'one'), join(home, 'two'), { recursive: true, preserveTimestamps: true })
    writeFileSync(join(home, 'two/pg/standby.signal'), '')
    // What was copied belongs to whoever PostgreSQL runs as.
    const { uid, gid, mode } = statSync(join(home, 'one/pg'))
    execFileSync('chown', ['-R', `${uid}:${gid}`, join(home, 'two/pg')])
    chmodSync(join(home, 'two/pg'), mode & 0o777)
    primary = await startEmbeddedPostgres({
      dataDir: join(home, 'one'),
      settings: { ...QUICK, archive_mode: 'on', shared_buffers: '1GB', huge_pages: 'off' },
    })
    await archive('true')
    const password = readFileSync(join(home, 'one/pg.password'), 'utf8').trim()
    const { username } = new URL(primary.url('postgres'))
    standby = await startEmbeddedPostgres({
      dataDir: join(home, 'two'),
      settings: {
        ...QUICK,
        primary_conninfo: `host=127.0.0.1 port=${primary.port} user=${username} password=${password} application_name=hue`,
      },
    })
  })
  after(async () => {
    await standby?.stop()
    await primary?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  it('says how many replicas follow, and nothing is wrong with the archive', async () => {
    await asAdmin(primary.url('postgres'), client => until(client, 'exists (select from pg_stat_replication)'))
    const { out } = await doctor(primary)
    assert.match(out, /✔ 1 replica follows\./)
    assert.match(
      out,
      /! The database keeps 1\.0 GiB in memory by small pages.* set huge_pages = try, sysctl vm\.nr_hugepages=5\d\d /,
    )
    assert.doesNotMatch(out, /archive|behind|synchronous/)
  })

  it('led to a replica, it says that nothing can be written there', async () => {
    const { code, out } = await doctor(standby)
    assert.equal(code, 1)
    assert.match(out, /✘ DATABASE_URL leads to a replica: nothing can be written\. Point it at the primary/)
  })

  it('nor does the program read there: what a replica shows may never have been confirmed', async () => {
    const { username } = new URL(primary.url('postgres'))
    for (const [server, answer] of [
      [primary, /^1$/],
      [standby, /^25006 the server is a replica/],
    ] as const) {
      const pool = rolePool(server.url('postgres'), username, 1)
      const said = await pool.query<{ one: number }>('select 1 as one').then(
        ({ rows }) => String(rows[0]?.one),
        error => {
          assert.ok(databaseAway(error), 'people are told to try again')
          return `${error.code} ${error.message}`
        },
      )
      assert.match(said, answer)
      await pool.end()
    }
  })

  it('a replica that does not keep up, none that is waited for, an archive that fails', async () => {
    await asAdmin(standby.url('postgres'), client => client.query('select pg_wal_replay_pause()'))
    await asAdmin(primary.url('postgres'), async client => {
      await client.query("create table filler as select repeat('x', 1000) as it from generate_series(1, 80000)")
      await client.query('drop table filler')
    })
    const slow = await doctor(primary)
    assert.match(slow.out, /! The replica hue is \d+ MB behind: look at its disk and network\./)
    await archive('false')
    await asAdmin(primary.url('postgres'), async client => {
      await client.query("alter system set synchronous_standby_names = 'vinh'")
      await client.query('select pg_reload_conf()')
      await client.query('select pg_switch_wal()')
      await until(client, "current_setting('synchronous_standby_names') = 'vinh'")
      await until(client, '(select failed_count > 0 from pg_stat_archiver)')
    })
    const { code, out } = await doctor(primary)
    assert.equal(code, 1)
    assert.match(
      out,
      /✘ No synchronous replica is connected \(synchronous_standby_names is vinh\): every commit waits\./,
    )
    assert.match(out, /✘ The archive of the write-ahead log fails \([0-9A-F]{24}, \d+ times\)/)
  })

  it('a transaction that somebody left open is named with its connection', async () => {
    const url = primary.url('motcua')
    const [idle, client] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
    await idle.connect()
    await client.connect()
    try {
      await idle.query('begin')
      const pid = (await idle.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
      const findings = async (minutes?: number) => {
        const found: string[] = []
        const patient = { config: readConfig({}), client, at: new Date(), alone: false }
        for await (const { level, text } of hygiene(patient, minutes)) found.push(`${level}: ${text}`)
        return found.join('\n')
      }
      assert.match(
        await findings(0),
        new RegExp(
          `warning: Connection ${pid} has stood in a transaction for 0 minutes: .+pg_terminate_backend\\(${pid}\\)`,
        ),
      )
      assert.doesNotMatch(await findings(), /has stood/)
    } finally {
      await idle.end()
      await client.end()
    }
  })
})
