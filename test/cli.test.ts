// The program as operators start it: one clear sentence for what is in the way, a doctor that names each fault, a clean stop.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import flags from '../scripts/node-flags.json' with { type: 'json' }
import { readConfig, requireForWeb } from '../src/app/config.ts'
import { fileDossier } from './support/dossiers.ts'
import { type Ended, motcua } from './support/motcua.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp } from './support/test-app.ts'
import { relay } from './survival/wires.ts'

describe('what is in the way is said in one sentence', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'motcua-cli-'))
    chmodSync(folder, 0o711)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('a port in use, a broken DATABASE_URL, a setting that cannot be', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const address = busy.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const secret = join(folder, 'database-url')
    writeFileSync(secret, 'postgres://nobody:x@127.0.0.1:1/none\n')
    const cases: readonly [string, NodeJS.ProcessEnv, RegExp][] = [
      [
        'port',
        { PORT: port, DATA_DIR: join(folder, 'x') },
        /^Port \d+ is in use by another program\. Stop it, or choose/,
      ],
      [
        'database',
        { PORT: '0', DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/none' },
        /^The database at DATABASE_URL \(127\.0\.0\.1:1\/none\) cannot be used: /,
      ],
      [
        'not postgres',
        { PORT: '0', DATABASE_URL: 'mysql://x/y' },
        /^The setting DATABASE_URL must begin with postgres/,
      ],
      [
        'the configuration instead of its issuer',
        { DEMO: 'off', VNEID_ISSUER: 'https://vneid.example.vn/.well-known/openid-configuration' },
        /^VNEID_ISSUER is the address of the issuer itself/,
      ],
      [
        'no number',
        { PORT: 'ba nghìn' },
        /^The setting PORT cannot be used \(ba nghìn\): a number from 0 to 65535 is needed/,
      ],
      [
        'a secret in a file',
        { PORT: '0', DATABASE_URL_FILE: secret },
        /^The database at DATABASE_URL \(127\.0\.0\.1:1\/none\) cannot be used: /,
      ],
      [
        'the same secret twice',
        { DATABASE_URL: 'x', DATABASE_URL_FILE: secret },
        /^Give DATABASE_URL or DATABASE_URL_FILE/,
      ],
      [
        'a file that is not there',
        { SMTP_URL_FILE: join(folder, 'absent') },
        /^The file of SMTP_URL_FILE cannot be read/,
      ],
    ]
    for (const [what, env, said] of cases) {
      const { code, out } = await motcua(['serve'], env)
      assert.equal(code, 1, what)
      assert.match(out, said, what)
      assert.equal(out.trim().split('\n').length, 1, `${what}: ${out}`)
    }
    busy.close()
  })

  it('each service of systemd finds in its unit what it needs, and only that', () => {
    const secrets = {
      'database-url': 'postgres://motcua:x@127.0.0.1:1/none',
      'vneid-secret': 'bí mật',
      'smtp-url': 'smtp://127.0.0.1',
    }
    const credentials = mkdtempSync(join(folder, 'credentials-'))
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(credentials, name), value)
    const settings = {
      PUBLIC_URL: 'https://motcua.example.vn',
      VNEID_ISSUER: 'https://vneid.example.vn',
      PROVINCE: 'mau',
    }
    const environmentOf = (unit: string) => {
      const lines = readFileSync(join('docs/operations', unit), 'utf8').matchAll(/^Environment=(.+)$/gm)
      const pairs = [...lines].flatMap(([, line]) => (line ?? '').split(' ').map(pair => pair.split('=', 2)))
      const given = pairs.map(([name, value]) => [name, value?.replace('%d', credentials).replace('%i', '3001')])
      return { ...settings, ...Object.fromEntries(given) } as Record<string, string>
    }
    for (const [unit, role] of [
      ['motcua-web@.service', 'web'],
      ['motcua-work.service', 'work'],
    ] as const)
      assert.match(
        readFileSync(join('docs/operations', unit), 'utf8'),
        new RegExp(`^ExecStart=/usr/bin/node ${flags.join(' ')} /opt/motcua/current/dist/server/main.js ${role}$`, 'm'),
      )
    const web = readConfig(environmentOf('motcua-web@.service'))
    requireForWeb(web)
    assert.deepEqual([web.vneid?.clientSecret, web.smtp, web.port], ['bí mật', null, 3001])
    const work = readConfig(environmentOf('motcua-work.service'))
    assert.equal(work.smtp?.url, 'smtp://127.0.0.1')
    assert.throws(() => requireForWeb(work), /VNEID_CLIENT_SECRET must be set/)
    // What running processes must see change is no copy made at their start.
    for (const { keyRingFile } of [web, work]) assert.equal(keyRingFile, '/var/lib/motcua/keys/ring.json')
  })

  it('two first starts on one data folder: one makes it, the other says so', async () => {
    const env = { DATA_DIR: join(folder, 'twice') }
    const both = await Promise.all([motcua(['migrate'], env), motcua(['migrate'], env)])
    const [good, refused] = both.sort((a, b) => (a.code ?? 9) - (b.code ?? 9))
    assert.equal(good?.code, 0, good?.out)
    assert.equal(refused?.code, 1, refused?.out)
    assert.match(refused?.out ?? '', /^The data folder .+ is (being made by another copy|in use by a PostgreSQL)/)
    assert.match((await motcua(['migrate'], env)).out, /up to date/)
  })

  it('with a key ring that is lost or of another house starts nothing, makes none, and says which is wanted', async () => {
    const data = join(folder, 'keys-lost')
    const env = { DATA_DIR: data, PORT: '0' }
    const ring = join(data, 'keys', 'ring.json')
    assert.equal((await motcua(['serve'], env, /Ctrl-C stops everything/)).code, 0)
    const own = readFileSync(ring)
    rmSync(ring)
    for (const command of ['serve', 'verify']) {
      const { code, out } = await motcua([command], env)
      assert.equal(code, 1, out)
      assert.match(out, /^The key ring .+ring\.json is missing\. Put it back from the backup/, command)
      assert.equal(existsSync(ring), false, 'none is made where one was lost')
    }
    writeFileSync(ring, JSON.stringify({ current: 1, keys: { 1: randomBytes(32).toString('base64') } }), {
      mode: 0o600,
    })
    for (const command of ['serve', 'verify', 'doctor']) {
      const { code, out } = await motcua([command], env)
      assert.equal(code, 1, out)
      assert.match(out, /The key ring .+ring\.json does not belong to this database \(generation 1\)/, command)
      assert.doesNotMatch(out, /^ +at /m)
    }
    writeFileSync(ring, own)
    assert.equal((await motcua(['verify'], env)).code, 0)
  })

  it('doctor, verify and dump work beside the running program; a second copy is refused', async () => {
    const env = { DATA_DIR: join(folder, 'beside'), PORT: '0' }
    const file = join(folder, 'beside.sql.gz')
    let beside: Promise<Ended[]> | undefined
    const served = await motcua(['serve'], env, /Ctrl-C stops everything/, async () => {
      beside = Promise.all([
        motcua(['doctor'], env),
        motcua(['verify'], env),
        motcua(['dump', file], env),
        motcua(['serve'], env),
      ])
      await beside
    })
    assert.equal(served.code, 0, served.out)
    const [doctor, verify, dump, second] = (await beside) ?? []
    assert.equal(doctor?.code, 0, doctor?.out)
    assert.match(verify?.out ?? '', /^0 dossiers, 0 entries/)
    assert.match(dump?.out ?? '', /\d+ rows written/)
    assert.equal(second?.code, 1)
    assert.match(second?.out ?? '', /^The data folder .+ is in use by another copy/)
  })

  it('a word that is no command shows the commands', async () => {
    const { code, out } = await motcua(['dance'], {})
    assert.equal(code, 2)
    assert.match(out, /doctor\s+say what is wrong/)
  })
})

describe('an installation', () => {
  let test: TestApp
  let env: NodeJS.ProcessEnv
  before(async () => {
    test = await testApp()
    await fileDossier(test.app)
    env = {
      DATABASE_URL: test.databaseUrl,
      DATA_DIR: test.dataDir,
      KEY_RING_FILE: process.env.MOTCUA_TEST_KEYS,
      PORT: '0',
      TZ: 'America/New_York',
    }
  })
  after(() => test.close())

  it('serves pages and jobs together or apart, and stops when told', async () => {
    const served = await motcua(['serve'], env, /Ctrl-C stops everything/)
    assert.equal(served.code, 0, served.out)
    assert.match(served.out, /http:\/\/localhost:\d+ {2}\(ready in [\d.]+ s\)/)
    assert.match(served.out, /Stopping/)
    const web = await motcua(['web'], env, /Ctrl-C stops everything/)
    assert.equal(web.code, 0, web.out)
    const work = await motcua(['work'], env, /Working/)
    assert.equal(work.code, 0, work.out)
  })

  it('a worker that is told to stop while the database is away ends all the same', async () => {
    const url = new URL(test.databaseUrl)
    const wire = await relay([Number(url.port)])
    url.host = `127.0.0.1:${wire.port}`
    // By the wire that is cut, not by the server's socket.
    url.searchParams.delete('host')
    try {
      const began = performance.now()
      const { code, out } = await motcua(['work'], { ...env, DATABASE_URL: url.href }, /Working/, async () => {
        wire.targets = []
        wire.cut()
      })
      assert.match(out, /Working/)
      assert.ok(code === 0 || code === 1, `it had to be killed: ${out}`)
      assert.ok(performance.now() - began < 50_000)
    } finally {
      wire.close()
    }
  })

  it('is healthy for the doctor, who still warns of the demo', async () => {
    const { code, out } = await motcua(['doctor'], env)
    assert.equal(code, 0, out)
    assert.match(out, /! DEMO is on/)
    assert.match(out, /✔ \d+ stored files are in their place/)
    assert.match(out, /✔ \d+ migrations applied/)
    assert.doesNotMatch(out, /✘/)
  })

  it('tries procedures without publishing them, and says when there is no such folder', async () => {
    const tried = await motcua(['import-procedure', '--dry-run'], env)
    assert.equal(tried.code, 0, tried.out)
    assert.match(tried.out, /17 without error, nothing published \(dry run\)\./)
    const absent = await motcua(['import-procedure', 'khong-co'], env)
    assert.equal(absent.code, 1)
    assert.match(absent.out, /^There is no folder procedures\/khong-co\./)
  })

  it('takes no seed that its memory would not hold to the end', async () => {
    const { code, out } = await motcua(['seed', '--dossiers', '20000000'], {
      ...env,
      NODE_OPTIONS: '--max-old-space-size=300',
    })
    assert.equal(code, 1, out)
    assert.match(out, /That needs 1600 MB of memory, .* start it as node --max-old-space-size=1526 …/)
    const few = await motcua(['seed', '--dossiers', '10'], env)
    assert.match(few.out, /Seeded 10 dossiers/)
  })

  it('with the accounts of a demo is not served to the public, until they are closed', async () => {
    const real = await motcua(['doctor'], { ...env, DEMO: 'off' })
    assert.match(real.out, /✘ \d+ accounts open with the public password of the demo/)
    assert.match(real.out, /✘ PUBLIC_URL is not https/)
    const refused = await motcua(['web'], { ...env, DEMO: 'off' })
    assert.equal(refused.code, 1)
    assert.match(refused.out, /^DEMO is off, but \d+ accounts still open with the demo's password/)
    const said = await motcua(['web'], { ...env, PUBLIC_URL: 'https://motcua.example.vn' })
    assert.match(said.out, /^Others can reach this installation \(HOST or PUBLIC_URL\): say DEMO=off/)
    assert.match((await motcua(['account', 'disable', 'quantri'], env)).out, /is closed\./)
    assert.match((await motcua(['account', 'disable-demo'], env)).out, /^1\d\d accounts are closed\./)
    assert.match((await motcua(['account', 'disable-demo'], env)).out, /^0 accounts are closed\./)
    const served = await motcua(['web'], { ...env, DEMO: 'off' }, /Ctrl-C stops everything/)
    assert.equal(served.code, 0, served.out)
    for (const [words, said] of [
      [
        ['account', 'invite', 'motcua1', '--dry-run'],
        /^motcua account does not take “invite motcua1 --dry-run”\. Nothing was done/,
      ],
      [['verify', '--bogus'], /^motcua verify does not take “--bogus”/],
      [['foo'], /^There is no command foo\./],
      [['dump', '/khong/co/ban.gz'], /^The dump cannot be written: ENOENT.*Name a file in a folder that is there\.\n$/],
      [['erase-person', '044185000123', '--ground', 'QĐ'], /^Say whose data and on what decision/],
    ] as const) {
      const { code, out } = await motcua([...words], env)
      assert.notEqual(code, 0, out)
      assert.match(out, said)
    }
    assert.match((await motcua(['security-level', '--help'], env)).out, /^motcua \d/)
    const invited = await motcua(['account', 'invite', 'motcua1'], env)
    assert.match(
      invited.out,
      /^Code for motcua1, valid until \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC, shown only now:\n[\w-]{22}\n/,
    )
    assert.match((await motcua(['account', 'invite', 'ai-do'], env)).out, /^Nobody is known as ai-do/)
    const given = await motcua(['token', 'Kiosk', 'dossier.read'], env)
    assert.match(given.out, /Token of Kiosk/)
    const id =
      /^([0-9a-f-]{36}) {2}Kiosk {2}dossier\.read {2}whole province {2}until /m.exec(
        (await motcua(['token', 'list'], env)).out,
      )?.[1] ?? ''
    assert.match((await motcua(['token', 'revoke', id], env)).out, /^Revoked/)
    assert.match((await motcua(['token', 'revoke', id], env)).out, /^There is no token/)
    const secret = await motcua(['web'], { ...env, DATABASE_URL: 'postgres://u:rat-bi-mat@[/x' })
    assert.doesNotMatch(secret.out, /rat-bi-mat/)
  })

  it('has each fault named with its cure', async () => {
    const files = join(test.dataDir, 'files')
    for (const sub of readdirSync(files)) rmSync(join(files, sub), { recursive: true })
    await asAdmin(test.databaseUrl, async client => {
      await client.query("select graphile_worker.add_job('nothing', '{}', run_at => '2020-01-01'::timestamptz)")
      await client.query(
        "select graphile_worker.add_job('gone', '{}', run_at => '2020-01-01'::timestamptz, max_attempts => 1)",
      )
      await client.query(
        "update graphile_worker._private_jobs set attempts = 1 where task_id = (select id from graphile_worker._private_tasks where identifier = 'gone')",
      )
      await client.query('delete from dossier.todo')
      await client.query("delete from platform.calendar_day where date > '2020-01-01'")
      await client.query(
        `update signing.key set valid = tstzrange('2025-01-01', case when id = (select max(id::text)::uuid from signing.key) then '2026-01-01'::timestamptz else now() + interval '10 days' end)
         where id::text in (select id::text from signing.key order by id::text desc limit 2)`,
      )
      await client.query("delete from platform.migration where module = 'dossier' and name like '0003%'")
      await client.query(
        `insert into dossier.seal (number, body, root) values (1, '{"at":"2026-01-01T00:00:00.000Z","leaves":0,"number":1}', '\\x00')`,
      )
      await client.query(
        `insert into notifications.message (id, key, channel, address, address_index, content, state, created_at, error)
         values (gen_random_uuid(), 'x', 'email', '', '', '', 'waiting', now() - interval '1 hour', 'Error: 550 no such user')`,
      )
      const next = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 7).replace('-', '_')
      await client.query(`drop table dossier.payload_${next}`)
      await client.query("update pg_index set indisvalid = false where indexrelid = 'dossier.note_dossier'::regclass")
    })
    // Nothing listens there; and the clock of this process runs ahead, where the machine lets us.
    const faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
    const apart = existsSync(faketime)
    const { code, out } = await motcua(['doctor'], {
      ...env,
      SMTP_URL: 'smtp://127.0.0.1:1',
      ...(apart ? { LD_PRELOAD: faketime, FAKETIME: '+90s', FAKETIME_DONT_FAKE_MONOTONIC: '1' } : {}),
    })
    assert.equal(code, 1)
    if (apart) assert.match(out, /✘ The clocks of this machine and of the database are (89|90|91) s apart/)
    for (const said of [
      /✘ \d+ of \d+ stored files are missing .+ restore them from the backup/,
      /✘ A background job has waited for \d+ minutes: no worker runs\. Start motcua work\./,
      /✘ 1 background jobs used up their tries/,
      /✘ 1 open dossiers lie with nobody/,
      /✘ Migrations are missing \(dossier\/0003_order_lists_by_index\): run motcua migrate/,
      /! The holidays of \d{4} are not known \(.*chung.*\): load the notice/,
      /✘ The mail server 127\.0\.0\.1 cannot be used \(.*ECONNREFUSED.*\)/,
      /✘ Histories have not been sealed since 2026-01-01/,
      /✘ 1 seals, the oldest of 2026-01-01, have no time stamp/,
      /✘ 1 messages have waited for more than a quarter of an hour \(Error: 550 no such user\)/,
      /✘ The partitions of \d{4}-\d{2} are not made \(dossier\.payload\)/,
      /✘ Indexes are half-built \(dossier\.note_dossier\)/,
      /✔ The disk of .+ takes \d+ ms for a small write/,
      /✘ The signing key of .+ ended on 2026-01-01: ask its authority/,
      /! The signing key of .+ ends on \d{4}-\d{2}-\d{2}: ask its authority/,
    ])
      assert.match(out, said)
    const without = await motcua(['doctor'], { ...env, KEY_RING_FILE: join(test.dataDir, 'lost.json') })
    assert.match(without.out, /✘ The key ring .+ is missing: without it nothing can be decrypted/)
  })
})
