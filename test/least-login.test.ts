// Processes that face the world need no login that owns the database: what it may not do, nobody who takes one over may.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { MAIN, type Process, startProcess } from './support/processes.ts'
import { asAdmin } from './support/scratch.ts'
import { giveToken, type TestApp, testApp } from './support/test-app.ts'
import { lives, newWorld } from './survival/people.ts'
import { httpWire, relay } from './survival/wires.ts'

const LOGIN = 'motcua_least'

describe('a login that is a member of motcua_app alone', () => {
  let test: TestApp
  let url: string
  let env: NodeJS.ProcessEnv
  const log: string[] = []
  const running: Process[] = []
  const start = async (role: Process['role'], databaseUrl: string) => {
    const own = startProcess(role, { ...env, DATABASE_URL: databaseUrl }, line => log.push(line))
    running.push(own)
    await own.ready
    return own
  }
  const run = (...command: string[]) =>
    spawnSync(process.execPath, [MAIN, ...command], { env: { ...env, DATABASE_URL: url }, encoding: 'utf8' })

  before(async () => {
    test = await testApp()
    await asAdmin(test.databaseUrl, client =>
      client.query(`drop role if exists ${LOGIN}; create role ${LOGIN} login password 'x' in role motcua_app`),
    )
    const least = new URL(test.databaseUrl)
    least.username = LOGIN
    least.password = 'x'
    url = least.href
    env = { ...process.env, DATA_DIR: test.dataDir, KEY_RING_FILE: test.config.keyRingFile, DEMO: 'on', PORT: '0' }
  })
  after(async () => {
    await test.close()
    await asAdmin(process.env.MOTCUA_TEST_SERVER ?? '', client => client.query(`drop role if exists ${LOGIN}`))
  })

  it('serves everything that people do, beside a worker that owns the queue', async () => {
    const door = await relay()
    env = { ...env, PUBLIC_URL: `http://127.0.0.1:${door.port}` }
    const stop = new AbortController()
    try {
      const web = await start('web', url)
      await start('work', test.databaseUrl)
      door.targets = [web.port ?? 0]
      const wire = httpWire(door.port)
      const pause = { act: () => wait(20), look: () => wait(200) }
      const world = await newWorld({ wire, token: await giveToken(test.app), signal: stop.signal, pause })
      const { ledger } = world
      const people = [1, 2, 3].map(() => lives(world))
      for (const until = performance.now() + 60_000; ledger.ended < 6 && performance.now() < until; ) await wait(100)
      stop.abort()
      await Promise.all(people)
      assert.ok(ledger.ended >= 6, `${ledger.ended} dossiers ended`)
      assert.deepEqual(ledger.complaints, [])
      assert.deepEqual(log, [])
    } finally {
      stop.abort()
      for (const { child } of running) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      door.close()
    }
  })

  it('changes neither history nor the audit log, and becomes nobody who does', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      for (const statement of [
        'set role motcua_owner',
        'delete from platform.audit',
        "update dossier.entry set body = '{}'",
        'delete from dossier.dossier',
        'alter table platform.audit disable trigger all',
        'select * from graphile_worker._private_jobs',
        'create table dossier.own (a int)',
        "update platform.migration set digest = '\\x00'",
      ])
        await assert.rejects(client.query(statement), /permission denied|must be owner/, statement)
    } finally {
      await client.end()
    }
  })

  it('is told plainly where the owner is needed', () => {
    for (const command of [['work'], ['seed', '--dossiers', '10'], ['rotate-keys']]) {
      const { status, stderr } = run(...command)
      assert.equal(status, 1, command.join(' '))
      assert.match(stderr, /^The login of DATABASE_URL may only do what web processes do\./)
    }
  })

  it('finds a database of another version and says who has to change it', async () => {
    const remove = "delete from platform.migration where module = 'platform' and name = '0008_show_migrations'"
    const { rows } = await asAdmin(test.databaseUrl, client => client.query(`${remove} returning *`))
    const behind = run('web')
    assert.equal(behind.status, 1)
    assert.match(
      behind.stderr,
      /^The database lacks platform\/0008_show_migrations, and this login may not change it\. Run/,
    )
    const { module, name, digest, applied_at } = rows[0]
    await asAdmin(test.databaseUrl, async client => {
      await client.query('insert into platform.migration values ($1, $2, $3, $4)', [module, name, digest, applied_at])
      await client.query('insert into platform.migration values ($1, $2, $3, $4)', [module, '9999', digest, applied_at])
    })
    const newer = run('web')
    assert.equal(newer.status, 1)
    assert.match(newer.stderr, /^The database was migrated by a newer version \(platform\/9999\)/)
  })
})
