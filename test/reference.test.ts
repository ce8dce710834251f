// Reference data that commands keep: cheap while it stands, let go as soon as anybody changes it, never kept from a change undone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { findAgency, listAgencies, readCalendar } from '../src/modules/organisation/index.ts'
import { inTransaction, type Tx } from '../src/platform/db/database.ts'
import { asAdmin } from './support/scratch.ts'
import { testApp } from './support/test-app.ts'

const ON = '2026-11-20'

describe('reference data inside commands', () => {
  it('is read once a version, whoever changes it', async () => {
    const test = await testApp()
    const { db } = test.app
    const [first] = await listAgencies(db, ON)
    assert.ok(first !== undefined)
    const nameIn = async (tx: Tx) => (await findAgency(tx, first.id, ON))?.name
    const statements = async (work: (tx: Tx) => Promise<unknown>) => {
      const before = test.counter.count
      await inTransaction(db, work)
      return test.counter.count - before - 2 // begin, commit
    }
    const both = async (tx: Tx) => [await nameIn(tx), await readCalendar(tx, 'chung', ON)]
    // version; agency, version again; week and days, version again
    assert.equal(await statements(both), 6)
    assert.equal(await statements(both), 1, 'version')
    // Another process: only the database knows of it.
    await asAdmin(test.databaseUrl, client =>
      client.query("update organisation.agency_version set name = 'Tên mới' where agency_id = $1", [first.id]),
    )
    assert.equal(await inTransaction(db, nameIn), 'Tên mới')
    await asAdmin(test.databaseUrl, client =>
      client.query("update platform.calendar set week = week - '6' where code = 'chung'"),
    )
    assert.equal(await statements(both), 6)
    // A change undone leaves nothing, also when the next one gets its turn.
    await assert.rejects(
      asAdmin(test.databaseUrl, async client => {
        await client.query('begin')
        await client.query("update organisation.agency_version set name = 'Không bao giờ'")
        throw new Error('undone')
      }),
      /undone/,
    )
    assert.equal(await inTransaction(db, nameIn), 'Tên mới')
    await test.close()
  })

  it('a transaction that changes it, reads it and is rolled back leaves nothing behind', async () => {
    const test = await testApp()
    const { db } = test.app
    const [first] = await listAgencies(db, ON)
    assert.ok(first !== undefined)
    const named = async (tx: Tx) => (await findAgency(tx, first.id, ON))?.name
    await assert.rejects(
      inTransaction(db, async tx => {
        await readCalendar(tx, 'chung', ON)
        await tx.updateTable('organisation.agency_version').set({ name: 'Không bao giờ' }).execute()
        assert.equal(await named(tx), 'Không bao giờ')
        throw new Error('undone')
      }),
      /undone/,
    )
    assert.equal(await inTransaction(db, named), first.name)
    assert.equal(await inTransaction(db, named), first.name)
    // The number given and taken back is not given again.
    const version = async () =>
      Number(
        (await sql<{ value: number }>`select value from platform.version where name = 'reference'`.execute(db)).rows[0]
          ?.value,
      )
    const before = await version()
    await asAdmin(test.databaseUrl, async client => {
      await client.query('begin')
      await client.query("update organisation.agency_version set name = 'A'")
      await client.query('rollback')
      await client.query("update organisation.agency_version set name = 'B'")
    })
    assert.ok((await version()) >= before + 2)
    assert.equal(await inTransaction(db, named), 'B')
    await test.close()
  })
})
