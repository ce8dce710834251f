// Statements of one transaction: asked for together, sent along with others, made once; what a fault among them does.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CompiledQuery, sql } from 'kysely'
import { databaseAway } from '../src/platform/db/away.ts'
import { inTransaction, together } from '../src/platform/db/database.ts'
import { send, statement } from '../src/platform/db/statement.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp } from './support/test-app.ts'

describe('statements that are asked for together', () => {
  const written = (name: string) =>
    sql`insert into platform.attempt (bucket, started_at, count) values (${name}, '2026-01-01', (select count(*) from platform.attempt))`

  it('are done in their order on one connection, and all or none', async () => {
    const { app, close } = await testApp()
    const count = async () =>
      Number(
        (await sql<{ n: number }>`select count(*) as n from platform.attempt where bucket like 'x%'`.execute(app.db))
          .rows[0]?.n,
      )
    try {
      await inTransaction(app.db, tx => Promise.all(['x1', 'x2', 'x3', 'x4'].map(name => written(name).execute(tx))))
      const { rows } = await sql<{
        name: string
      }>`select bucket as name from platform.attempt where bucket like 'x%' order by count`.execute(app.db)
      assert.deepEqual(
        rows.map(row => row.name),
        ['x1', 'x2', 'x3', 'x4'],
        'each saw the ones before it',
      )
      // The second breaks: the first fault is the one told, what came before and behind is undone.
      await assert.rejects(
        inTransaction(app.db, tx => Promise.all(['x5', 'x1', 'x6'].map(name => written(name).execute(tx)))),
        { code: '23505' },
      )
      assert.equal(await count(), 4)
      // The connections go on serving, also many at once.
      await Promise.all(
        Array.from({ length: 50 }, () =>
          inTransaction(app.db, tx => Promise.all([sql`select 2`.execute(tx), sql`select 1`.execute(tx)])),
        ),
      )
      await inTransaction(app.db, tx => Promise.all([written('x7').execute(tx), written('x8').execute(tx)]))
      assert.equal(await count(), 6)
    } finally {
      await close()
    }
  })

  it('end with the process of the server that did them, and are then refused or done, never half', async () => {
    const { app, databaseUrl, close } = await testApp()
    try {
      const broken = inTransaction(app.db, async tx => {
        await Promise.all([written('y1').execute(tx), written('y2').execute(tx)])
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
        await asAdmin(databaseUrl, client => client.query('select pg_terminate_backend($1)', [rows[0]?.pid]))
        await Promise.all([written('y3').execute(tx), written('y4').execute(tx)])
      })
      await assert.rejects(broken, error => databaseAway(error as Error))
      const { rows } = await sql`select bucket as name from platform.attempt where bucket like 'y%'`.execute(app.db)
      assert.deepEqual(rows, [])
    } finally {
      await close()
    }
  })
})

describe('statements after a fault', () => {
  it('are prepared anew where they were asked for behind it', async () => {
    const { app, close } = await testApp()
    try {
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          Array.from({ length: 30 }, () =>
            assert.rejects(
              inTransaction(app.db, tx =>
                Promise.all([
                  sql`select 1 / (count(*) - count(*)) from platform.version`.execute(tx),
                  sql`select 'behind a fault', ${1}::int`.execute(tx),
                  sql`select 'behind a fault', ${2}::int`.execute(tx),
                ]),
              ),
              { code: '22012' },
            ),
          ),
        )
        await Promise.all(
          Array.from({ length: 30 }, () =>
            inTransaction(app.db, tx => sql`select 'behind a fault', ${3}::int`.execute(tx)),
          ),
        )
      }
    } finally {
      await close()
    }
  })

  it('do not stand behind what a page that failed had asked for', async () => {
    const { app, close } = await testApp()
    try {
      let slow = false
      await assert.rejects(
        together(app.db, db =>
          Promise.all([
            sql`select 1 / (count(*) - count(*)) from platform.version`.execute(db),
            sql`select pg_sleep(0.5)`.execute(db).then(() => {
              slow = true
            }),
          ]),
        ),
        { code: '22012' },
      )
      assert.equal(slow, false, 'the page waits for nothing that it does not need')
      const { rows } = await sql<{ jit: string }>`select current_setting('jit') as jit`.execute(app.db)
      assert.equal(rows[0]?.jit, 'off')
    } finally {
      await close()
    }
  })
})

describe('statements that nobody waits for', () => {
  const insert = statement((db, given: { readonly name: string; readonly count: number }) =>
    db.insertInto('platform.attempt').values({ bucket: given.name, started_at: '2026-01-01', count: given.count }),
  )
  const all = statement((db, given: { readonly like: string }) =>
    db.selectFrom('platform.attempt').select(['bucket', 'count']).where('bucket', 'like', given.like).orderBy('bucket'),
  )
  const run = async (work: (test: TestApp) => Promise<void>) => {
    const test = await testApp()
    try {
      await work(test)
    } finally {
      await test.close()
    }
  }

  it('are done with the commit, in their order, and seen by what is read after them', () =>
    run(async ({ app }) => {
      const seen = await inTransaction(app.db, async tx => {
        await insert.send(tx, { name: 'a1', count: 1 })
        await insert.send(tx, { name: 'a2', count: 2 })
        const rows = await all.all(tx, { like: 'a%' })
        await insert.send(tx, { name: 'a3', count: 3 })
        return rows.length
      })
      assert.equal(seen, 2)
      assert.deepEqual(await all.all(app.db, { like: 'a%' }), [
        { bucket: 'a1', count: 1 },
        { bucket: 'a2', count: 2 },
        { bucket: 'a3', count: 3 },
      ])
    }))

  it('fail their transaction with their own fault, wherever they stand in it', () =>
    run(async ({ app }) => {
      await insert.send(app.db, { name: 'b0', count: 0 })
      const taken = { name: 'b0', count: 9 }
      const last = inTransaction(app.db, async tx => {
        await insert.send(tx, { name: 'b1', count: 1 })
        await insert.send(tx, taken)
        return 'done'
      })
      await assert.rejects(last, { code: '23505' })
      const readAfter = inTransaction(app.db, async tx => {
        await insert.send(tx, taken)
        return all.all(tx, { like: 'b%' })
      })
      await assert.rejects(readAfter, { code: '23505' }, 'not the refusal of the read behind it')
      const ownFault = inTransaction(app.db, async tx => {
        await insert.send(tx, { name: 'b2', count: 2 })
        throw new Error('of the work itself')
      })
      await assert.rejects(ownFault, /of the work itself/)
      assert.deepEqual(await all.all(app.db, { like: 'b%' }), [{ bucket: 'b0', count: 0 }])
    }))

  it('are refused outside of a transaction at once', () =>
    run(async ({ app }) => {
      await insert.send(app.db, { name: 'c0', count: 0 })
      await assert.rejects(insert.send(app.db, { name: 'c0', count: 1 }), { code: '23505' })
      await assert.rejects(send(app.db, CompiledQuery.raw('select from nowhere')), { code: '42P01' })
    }))

  it('a transaction whose fault was swallowed is not told as done', () =>
    run(async ({ app }) => {
      const swallowed = inTransaction(app.db, async tx => {
        await insert.send(tx, { name: 'd1', count: 1 })
        await sql`select from nowhere`.execute(tx).catch(() => undefined)
        return 'done'
      })
      await assert.rejects(swallowed, /rolled back/)
      assert.deepEqual(await all.all(app.db, { like: 'd%' }), [])
    }))

  it('a broken deadlock among them begins the work again', () =>
    run(async ({ app }) => {
      for (const name of ['e1', 'e2']) await insert.send(app.db, { name, count: 0 })
      const add = statement((db, given: { readonly name: string }) =>
        db.updateTable('platform.attempt').set({ count: sql`count + 1` }).where('bucket', '=', given.name),
      )
      let began = 0
      const both = (first: string, second: string) =>
        inTransaction(app.db, async tx => {
          began++
          await add.send(tx, { name: first })
          await sql`select pg_sleep(0.2)`.execute(tx)
          await add.send(tx, { name: second })
        })
      await Promise.all([both('e1', 'e2'), both('e2', 'e1')])
      assert.ok(began > 2, 'they met')
      assert.deepEqual(
        (await all.all(app.db, { like: 'e%' })).map(row => row.count),
        [2, 2],
      )
    }))

  it('a value drawn at random that is taken is drawn anew', () =>
    run(async ({ app }) => {
      await insert.send(app.db, { name: 'g1', count: 0 })
      const drawn = ['g1', 'g1', 'g2', 'g3']
      await inTransaction(app.db, tx => insert.send(tx, { name: drawn.shift() ?? '', count: 1 }))
      assert.deepEqual(await all.all(app.db, { like: 'g%' }), [
        { bucket: 'g1', count: 0 },
        { bucket: 'g2', count: 1 },
      ])
      const always = inTransaction(app.db, tx => insert.send(tx, { name: 'g1', count: 1 }))
      await assert.rejects(always, { code: '23505' }, 'not without end')
    }))

  it('lost with their server process they are told as lost', () =>
    run(async ({ app, databaseUrl }) => {
      const lost = inTransaction(app.db, async tx => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
        await insert.send(tx, { name: 'f1', count: 1 })
        await asAdmin(databaseUrl, client => client.query('select pg_terminate_backend($1)', [rows[0]?.pid]))
        await insert.send(tx, { name: 'f2', count: 2 })
      })
      await assert.rejects(lost, error => databaseAway(error as Error))
      assert.deepEqual(await all.all(app.db, { like: 'f%' }), [])
    }))
})

describe('how long a statement may take', () => {
  it('is bounded for pages, and not for a command that looks at everything', async () => {
    const [page, command] = await Promise.all([testApp(), testApp({ unhurried: true })])
    try {
      const bound = async ({ app }: TestApp) =>
        (await sql<{ statement_timeout: string }>`show statement_timeout`.execute(app.db)).rows[0]?.statement_timeout
      assert.deepEqual(await Promise.all([bound(page), bound(command)]), ['1min', '0'])
    } finally {
      await Promise.all([page.close(), command.close()])
    }
  })
})
