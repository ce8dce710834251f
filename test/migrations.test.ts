// Migrations: from empty, twice and at once, beside people at work, by an ordinary login, after a program that was killed.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { migrationSets } from '../src/app/build-app.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { newId } from '../src/platform/id.ts'
import { productRoot } from '../src/platform/root.ts'
import { asAdmin, withEmpty } from './support/scratch.ts'

const admin = process.env.MOTCUA_TEST_SERVER ?? ''
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
