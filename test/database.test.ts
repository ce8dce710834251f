// The database: from empty twice and at once, by an ordinary login, two apps in one process, upgrade from earlier dumps.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { buildApp, migrationSets } from '../src/app/build-app.ts'
import { DumpRefused, dump, restore } from '../src/app/dump.ts'
import { setUp } from '../src/app/set-up.ts'
import type { DossierId } from '../src/modules/dossier/dossier.ts'
import { chainFault } from '../src/modules/dossier/history.ts'
import { sealHistories, verifyHistories, verifySeals } from '../src/modules/dossier/index.ts'
import { readChain } from '../src/modules/dossier/store/history.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { newId } from '../src/platform/id.ts'
import { productRoot } from '../src/platform/root.ts'
import { fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { testApp, Visitor } from './support/test-app.ts'

const admin = process.env.MOTCUA_TEST_SERVER ?? ''
async function withEmpty<T>(work: (url: string) => Promise<T>): Promise<T> {
  const name = `motcua_empty_${process.pid}_${Math.floor(performance.now())}`
  await asAdmin(admin, client => client.query(`create database ${name}`))
  const url = new URL(admin)
  url.pathname = `/${name}`
  try {
    return await work(url.href)
  } finally {
    await asAdmin(admin, client => client.query(`drop database if exists ${name} with (force)`))
  }
}
const all = migrationSets().reduce((sum, set) => sum + set.migrations.length, 0)

/** Migrations of the dossier until one, and all of the others. */
const before = (name: string) =>
  migrationSets().map(set => ({
    ...set,
    migrations: set.migrations.filter(each => set.module !== 'dossier' || each.name < name),
  }))

describe('migrations', () => {
  it('every file of a folder of migrations is one that runs, and the other way round', () => {
    const source = join(productRoot, 'src')
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter(name => /migrations\/\d{4}_\w+\.sql$/.test(name))
      .map(name => name.replace(/^.*?(\w+)\/(?:db\/)?migrations\/(\w+)\.sql$/, '$1/$2'))
    const run = migrationSets().flatMap(set => set.migrations.map(each => `${set.module}/${each.name}`))
    assert.deepEqual(files.sort(), run.sort())
  })
  it('from empty, then again: everything once', () =>
    withEmpty(async url => {
      assert.equal((await migrate(url, migrationSets(), new Date())).length, all)
      assert.deepEqual(await migrate(url, migrationSets(), new Date()), [])
    }))
  it('three at once: one does the work, nobody fails', () =>
    withEmpty(async url => {
      const done = await Promise.all([1, 2, 3].map(() => migrate(url, migrationSets(), new Date())))
      assert.equal(done.flat().length, all)
    }))
  it('a changed migration and a newer database are refused with a sentence', () =>
    withEmpty(async url => {
      await migrate(url, migrationSets(), new Date())
      const changed = migrationSets().map(set => ({
        ...set,
        migrations: set.migrations.map(each => ({ ...each, sql: `${each.sql}\n-- x` })),
      }))
      await assert.rejects(migrate(url, changed, new Date()), /was changed after it ran/)
      // Unless it says what it was before.
      const owned = changed.map((set, index) => ({
        ...set,
        migrations: set.migrations.map((each, at) => ({
          ...each,
          formerly: createHash('sha256')
            .update(migrationSets()[index]?.migrations[at]?.sql ?? '')
            .digest('hex'),
        })),
      }))
      assert.deepEqual(await migrate(url, owned, new Date()), [])
      const older = migrationSets().filter(set => set.module !== 'dossier')
      await assert.rejects(migrate(url, older, new Date()), /newer version/)
    }))
  it('an index is built beside people at work: they write on, and a second program waits its turn', () =>
    withEmpty(async url => {
      await migrate(url, before('0010'), new Date())
      await asAdmin(url, async worker => {
        await worker.query('begin')
        await worker.query("update dossier.dossier set search = '' where false")
        const both = Promise.all([1, 2].map(() => migrate(url, migrationSets(), new Date())))
        await asAdmin(url, async other => {
          const building = 'select from pg_stat_progress_create_index'
          for (let tries = 0; (await other.query(building)).rowCount === 0; tries++) {
            assert.ok(tries < 200, 'the index is not begun')
            await wait(50)
          }
          await other.query("set lock_timeout = '2s'")
          await other.query("update dossier.dossier set search = '' where false")
          assert.equal((await other.query(building)).rowCount, 1, 'it was built while nobody wrote')
        })
        await worker.query('commit')
        assert.deepEqual((await both).flat().slice(0, 2), ['dossier/0010_index_search_keys', 'dossier/0011_drop_pairs'])
      })
    }))
  it('a change that has to wait for a table does not let everybody else wait behind it', () =>
    withEmpty(async url => {
      const sets = [{ module: 'own', migrations: [{ name: '0001_create', sql: 'create table own.t (id int)' }] }]
      await migrate(url, sets, new Date())
      await asAdmin(url, async reader => {
        await reader.query('begin')
        await reader.query('select from own.t')
        const changed = migrate(
          url,
          sets.map(({ module, migrations }) => ({
            module,
            migrations: [...migrations, { name: '0002_add', sql: 'alter table own.t add column name text' }],
          })),
          new Date(),
        )
        await asAdmin(url, async other => {
          const waiting =
            "select from pg_stat_activity where application_name = 'motcua migrate' and wait_event_type = 'Lock'"
          for (let tries = 0; (await other.query(waiting)).rowCount === 0; tries++) {
            assert.ok(tries < 200, 'the change does not wait')
            await wait(20)
          }
          // As long as it gives way at last, whoever comes after it is served.
          await other.query("set lock_timeout = '5s'")
          await other.query('select from own.t')
        })
        await reader.query('commit')
        assert.deepEqual(await changed, ['own/0002_add'])
      })
    }))
  it('a change that gets no table names who has stood longest, and can be run again', () =>
    withEmpty(async url => {
      const sets = [{ module: 'own', migrations: [{ name: '0001_create', sql: 'create table own.t (id int)' }] }]
      await migrate(url, sets, new Date())
      const added = { name: '0002_add', sql: 'alter table own.t add column name text' }
      const changed = sets.map(({ module, migrations }) => ({ module, migrations: [...migrations, added] }))
      await asAdmin(url, async reader => {
        await reader.query('begin')
        await reader.query('select from own.t')
        const { rows } = await reader.query<{ pid: number }>('select pg_backend_pid() as pid')
        await assert.rejects(
          migrate(url, changed, new Date(), 1),
          new RegExp(
            `own/0002_add needs a table .+ connection ${rows[0]?.pid} \\(\\w+, idle in transaction, \\d+ s\\)`,
          ),
        )
        await reader.query('commit')
      })
      assert.deepEqual(await migrate(url, changed, new Date()), ['own/0002_add'])
    }))
  it('no migration waits longer for a table than the runner lets it', () => {
    for (const { migrations } of migrationSets())
      for (const { name, sql } of migrations) assert.doesNotMatch(sql, /lock_timeout/, name)
  })
  it('an index that was built by a program that was killed before it could say so is kept', () =>
    withEmpty(async url => {
      await migrate(url, before('0010'), new Date())
      const made = migrationSets()
        .flatMap(set => set.migrations)
        .find(each => each.name === '0010_index_search_keys')
      await asAdmin(url, async client => {
        const which = async () =>
          (await client.query("select 'dossier.dossier_words'::regclass::oid as it")).rows[0]?.it
        await client.query('set role motcua_owner')
        await client.query(made?.sql ?? '')
        const built = await which()
        await migrate(url, migrationSets(), new Date())
        assert.equal(await which(), built)
      })
    }))
  it('an index that was left half-built is built anew', () =>
    withEmpty(async url => {
      await migrate(url, before('0010'), new Date())
      await asAdmin(url, async client => {
        await client.query('create index dossier_words on dossier.dossier (id)')
        await client.query(
          "update pg_index set indisvalid = false where indexrelid = 'dossier.dossier_words'::regclass",
        )
        await migrate(url, migrationSets(), new Date())
        const { rows } = await client.query(
          "select indisvalid as good, pg_get_indexdef(indexrelid) as made from pg_index where indexrelid = 'dossier.dossier_words'::regclass",
        )
        assert.equal(rows[0]?.good, true)
        assert.match(rows[0]?.made, /USING gin/)
      })
    }))
  it('a code of another system belongs to the system that filed under it', () =>
    withEmpty(async url => {
      await migrate(url, before('0012'), new Date())
      const filed = ['system:house:national-portal', 'system:01a2158e-13f6-7d59-aaa9-155a0d5afb31']
      await asAdmin(url, async client => {
        // Rows alone, without the organisation and the people around them.
        await client.query('set session_replication_role = replica')
        for (const [index, actor] of filed.entries()) {
          const row = {
            ...{
              id: newId(new Date()),
              kind: 'native',
              channel: 'national',
              procedure_code: '1',
              foreign_code: `F-${index}`,
            },
            ...{
              revision_id: newId(new Date()),
              reference: `R${index}`,
              state: 1,
              process: {},
              agency_id: newId(new Date()),
            },
            ...{
              centre_id: newId(new Date()),
              applicant_id: newId(new Date()),
              applicant_name: 'x',
              subject: 'x',
              seq: 1,
            },
            ...{ token_index: `\\x0${index}`, token: '\\x00', hash: '\\x00', search: '' },
            ...{ submitted_at: new Date(), updated_at: new Date() },
          }
          await client.query(
            'insert into dossier.dossier select * from jsonb_populate_record(null::dossier.dossier, $1)',
            [row],
          )
          await client.query("insert into dossier.entry values ($1, 1, $2, '')", [row.id, JSON.stringify({ actor })])
        }
        await migrate(url, migrationSets(), new Date())
        const { rows } = await client.query('select foreign_system from dossier.dossier order by foreign_code')
        assert.deepEqual(
          rows.map(row => `system:${row.foreign_system}`),
          filed,
        )
      })
    }))
  it('an ordinary login with CREATEROLE that owns the database is enough', async t => {
    const version = await asAdmin(admin, async client =>
      Number((await client.query('show server_version_num')).rows[0].server_version_num),
    )
    if (version < 160_000) {
      // Below 16 the roles that another login made cannot be granted on by an ordinary one: the cluster's roles exist already here.
      t.skip('roles of this cluster were made by its superuser')
      return
    }
    await asAdmin(admin, async client => {
      await client.query(
        "do $$ begin create role motcua_ordinary login createrole password 'x'; exception when duplicate_object then null; end $$",
      )
      await client.query(
        'grant motcua_owner, motcua_app, motcua_reader to motcua_ordinary with admin true, inherit false, set false',
      )
      await client.query('drop database if exists motcua_ordinary_db with (force)')
      await client.query('create database motcua_ordinary_db owner motcua_ordinary')
    })
    const url = new URL(admin)
    url.username = 'motcua_ordinary'
    url.password = 'x'
    url.pathname = '/motcua_ordinary_db'
    try {
      assert.equal((await migrate(url.href, migrationSets(), new Date())).length, all)
    } finally {
      await asAdmin(admin, client => client.query('drop database if exists motcua_ordinary_db with (force)'))
    }
  })
})

describe('grants', () => {
  it('the application can neither change nor delete history, nor the audit log', async () => {
    const test = await testApp()
    const { id } = await fileDossier(test.app)
    const { sql } = await import('kysely')
    for (const statement of [
      sql`update dossier.entry set body = '{}' where dossier_id = ${id}`,
      sql`delete from dossier.entry where dossier_id = ${id}`,
      sql`delete from dossier.dossier where id = ${id}`,
      sql`delete from platform.audit`,
      sql`update platform.audit set actor = 'x'`,
      sql`select * from graphile_worker._private_jobs`,
    ]) {
      await assert.rejects(statement.execute(test.app.db), /permission denied/)
    }
    await test.close()
  })
  it('verify sees a changed entry, a changed current row, a foreign payload and a missing row', async () => {
    const test = await testApp()
    const ids: string[] = []
    for (let i = 0; i < 4; i++) ids.push((await fileDossier(test.app)).id)
    await asAdmin(test.databaseUrl, async client => {
      await client.query(`update dossier.entry set body = replace(body, '"seq":1', '"seq":1 ') where dossier_id = $1`, [
        ids[0],
      ])
      await client.query('update dossier.dossier set state = 4 where id = $1', [ids[1]])
      await client.query('delete from dossier.payload where dossier_id = $1', [ids[2]])
      await client.query('delete from dossier.paper where dossier_id = $1', [ids[3]])
      await client.query('delete from dossier.todo where dossier_id = $1', [ids[3]])
      await client.query('delete from dossier.dossier where id = $1', [ids[3]])
    })
    const report = await verifyHistories(test.app.db, test.app.platform.keys)
    const faults = new Map(report.faults.map(each => [each.dossierId, each.fault]))
    assert.match(faults.get(ids[0] ?? '') ?? '', /was changed/)
    assert.match(faults.get(ids[1] ?? '') ?? '', /differs from its history in state/)
    // A destroyed payload is no fault: the chain still holds.
    assert.equal(faults.get(ids[2] ?? ''), undefined)
    assert.equal(report.withoutPayload, 1)
    assert.match(faults.get(ids[3] ?? '') ?? '', /current row is missing/)
    await test.close()
  })
})

describe('installations', () => {
  it('two apps run in one process and do not know each other', async () => {
    const [one, two] = [await testApp(), await testApp()]
    await fileDossier(one.app)
    assert.equal((await new Visitor(one.app).get('/')).status, 200)
    assert.equal((await new Visitor(two.app).get('/')).status, 200)
    const counts = await Promise.all(
      [one, two].map(each =>
        each.app.db
          .selectFrom('dossier.dossier')
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow(),
      ),
    )
    assert.deepEqual(
      counts.map(each => each.n),
      [1, 0],
    )
    const cookie = await new Visitor(one.app).signIn('0912000123')
    const stranger = new Visitor(two.app)
    for (const [name, value] of cookie.cookies) stranger.cookies.set(name, value)
    assert.equal((await stranger.get('/ho-so')).status, 303)
    await one.close()
    await two.close()
  })

  it('a dump loads into an empty database and every history holds', async () => {
    const test = await testApp()
    await fileDossier(test.app)
    const file = join(test.dataDir, 'dump.sql.gz')
    assert.ok((await dump(test.databaseUrl, file)) > 1000)
    assert.equal(statSync(file).mode & 0o077, 0, 'whoever reads it reads everybody')
    await assert.rejects(dump(test.databaseUrl, file), DumpRefused, 'an older one is not written over')
    const cut = join(test.dataDir, 'cut.sql.gz')
    const whole = gunzipSync(readFileSync(file))
    writeFileSync(cut, gzipSync(whole.subarray(0, whole.length - 10)))
    await withEmpty(async url => {
      await migrate(url, migrationSets(), new Date())
      await assert.rejects(restore(url, cut, migrationSets(), new Date()), DumpRefused)
      await assert.rejects(restore(url, join(test.dataDir, 'absent.sql.gz'), migrationSets(), new Date()), DumpRefused)
      await asAdmin(url, async client => {
        assert.equal((await client.query('select from dossier.entry')).rowCount, 0)
      })
    })
    await withEmpty(async url => {
      await restore(url, file, migrationSets(), new Date())
      const copy = await buildApp(test.config, url, { keys: test.app.platform.keys })
      const report = await verifyHistories(copy.db, copy.platform.keys)
      assert.deepEqual([report.dossiers, report.faults.length], [1, 0])
      await copy.close()
      // A second time it would replace what is there.
      await assert.rejects(restore(url, file, migrationSets(), new Date()), DumpRefused)
    })
    await test.close()
  })

  it('each earlier version upgrades from its dump', async () => {
    const folder = join(productRoot, 'test/upgrade')
    const dumps = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.sql.gz')) : []
    assert.ok(dumps.length > 0)
    for (const name of dumps) {
      await withEmpty(async url => {
        // The structure of that version, its rows, then every later migration over them.
        await restore(url, join(folder, name), migrationSets(), new Date())
        await asAdmin(url, async client => {
          const { rows } = await client.query('select count(*)::int as n from dossier.entry')
          assert.ok(rows[0].n > 100, name)
          const { rows: work } = await client.query(
            'select count(*)::int as n, count(procedure_code)::int as filled from dossier.todo',
          )
          assert.ok(work[0].n > 0 && work[0].filled === work[0].n, 'open work knows its procedure')
          const { rows: sums } = await client.query(
            `select (select sum(amount) from dossier.tally)::int as by_field, (select sum(submitted + received + refused + on_time + late + withdrawn + open) from dossier.day_tally)::int as by_day,
               (select count(*) from dossier.tally)::int as n`,
          )
          assert.ok(sums[0].n > 0 && sums[0].by_field === sums[0].by_day, `${name}: counts by day are filled`)
        })
        assert.deepEqual(await migrate(url, migrationSets(), new Date()), [])
        // And the program starts on it: partitions are made for months whose rows came with the dump.
        const test = await testApp()
        const copy = await buildApp({ ...test.config, demo: false }, url, { keys: test.app.platform.keys })
        await setUp(copy, { ...test.config, demo: false })
        // Histories hold word for word, and what is sealed next holds too; the keys of their payloads are not ours.
        const histories = await copy.db.selectFrom('dossier.dossier').select('id').execute()
        assert.ok(histories.length > 10, name)
        for (const { id } of histories)
          assert.equal(chainFault(id, await readChain(copy.db, id as DossierId)), null, `${name}: ${id}`)
        await sealHistories(copy.house)
        assert.deepEqual((await verifySeals(copy.db)).faults, [], name)
        await copy.close()
        await test.close()
        // An old dump does not fit a database that was already brought further.
        await assert.rejects(restore(url, join(folder, name), migrationSets(), new Date()), DumpRefused)
      })
    }
  })
})
