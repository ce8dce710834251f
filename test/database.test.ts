// The database: who may change what, two apps in one process, dumps and upgrades from earlier ones, connections that break.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { buildApp, migrationSets } from '../src/app/build-app.ts'
import { DumpRefused, dump, restore } from '../src/app/dump.ts'
import { setUp } from '../src/app/set-up.ts'
import type { DossierId } from '../src/modules/dossier/dossier.ts'
import { chainFault } from '../src/modules/dossier/history.ts'
import { sealHistories, verifyHistories, verifySeals } from '../src/modules/dossier/index.ts'
import { readChain } from '../src/modules/dossier/store/history.ts'
import { loadKeyRing } from '../src/platform/crypto/keys.ts'
import { openClient } from '../src/platform/db/database.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { productRoot } from '../src/platform/root.ts'
import { fileDossier } from './support/dossiers.ts'
import { asAdmin, ringOf, withEmpty } from './support/scratch.ts'
import { testApp, Visitor } from './support/test-app.ts'

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
        const ring = ringOf(join(folder, name))
        const keys = existsSync(ring) ? loadKeyRing(ring, false) : test.app.platform.keys
        const copy = await buildApp({ ...test.config, demo: false }, url, { keys })
        await setUp(copy, { ...test.config, demo: false })
        // Histories hold word for word, and what is sealed next holds too. From 0.3 on the keys came along: all that was sealed opens.
        const histories = await copy.db.selectFrom('dossier.dossier').select('id').execute()
        assert.ok(histories.length > 10, name)
        for (const { id } of histories)
          assert.equal(chainFault(id, await readChain(copy.db, id as DossierId)), null, `${name}: ${id}`)
        if (existsSync(ring)) {
          const report = await verifyHistories(copy.db, keys)
          assert.deepEqual([report.dossiers, report.withoutPayload, report.faults], [histories.length, 0, []], name)
        }
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

describe('a connection beside the pools', () => {
  it('that breaks while nothing is asked of it is told by the next statement, not by the end of the program', () =>
    withEmpty(async url => {
      const client = await openClient(url)
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      const broken = new Promise(resolve => client.once('end', resolve))
      await asAdmin(url, each => each.query('select pg_terminate_backend($1)', [rows[0]?.pid]))
      await broken
      await assert.rejects(client.query('select 1'))
      await client.end()
    }))
})
