// Public counts say what happened, whatever was folded when and by how many at once, and also when an older version folds.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { foldDeltas, readBoard, readDay } from '../src/modules/dossier/store/board.ts'
import { civilDateOf } from '../src/platform/calendar/civil.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('public counts', () => {
  let test: TestApp
  before(async () => {
    test = await testApp()
  })
  after(() => test.close())

  const ask = (statement: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
    asAdmin(test.databaseUrl, async client => (await client.query(statement, [...values])).rows)

  /** What the board and the home page say of today, beside what the dossiers say: lines in one order. */
  const said = async (): Promise<{ board: string[]; home: string[]; real: string[]; total: string[] }> => {
    const today = civilDateOf(test.app.platform.clock.now())
    const rows = await readBoard(test.app.db, today, today)
    const lines = (counts: ReadonlyMap<string, number>, of: string) =>
      [...counts].filter(([, amount]) => amount !== 0).map(([indicator, amount]) => `${of} ${indicator} ${amount}`)
    const real = await ask(
      `select agency_id || ' ' || indicator || ' ' || count(*) as line from dossier.dossier,
         lateral unnest(array['submitted', 'received', 'open'], array[true, received_at is not null, received_at is not null and finished_at is null])
           as counted (indicator, counts)
       where counts group by agency_id, indicator`,
    )
    const total = new Map<string, number>()
    for (const { counts } of rows)
      for (const [indicator, amount] of counts) total.set(indicator, (total.get(indicator) ?? 0) + amount)
    return {
      board: rows.flatMap(row => lines(row.counts, row.agencyId)).sort(),
      home: lines(await readDay(test.app.db, today), '').sort(),
      real: real.map(row => String(row.line)).sort(),
      total: lines(total, '').sort(),
    }
  }

  const hold = async (): Promise<void> => {
    const now = await said()
    assert.ok(now.real.length >= 3, now.real.join())
    assert.deepEqual(now.board, now.real)
    assert.deepEqual(now.home, now.total)
  }

  const receive = async (clerk: Visitor, times: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: times }, async (_, turn) => {
        const { id } = await fileDossier(test.app)
        if (turn % 3 !== 0) assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
      }),
    )
  }

  it('are right before they are folded, while several fold at once, and after', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    await receive(clerk, 12)
    await hold()
    // In batches of another cut each.
    const folded = await Promise.all([3, 4, 5, 6].map(batch => foldDeltas(test.app.db, batch)))
    assert.ok(folded.reduce((sum, each) => sum + each, 0) > 6, folded.join())
    await hold()
    await receive(clerk, 6)
    await hold()
    while ((await foldDeltas(test.app.db, 5)) > 0);
    await hold()
  })

  it('are folded by two at once that meet in other fields of the same days', async () => {
    const agency = '01a219b1-84b0-7fe3-864b-000000000001'
    const clients = await Promise.all(
      [1, 2, 3].map(async () => {
        const client = new pg.Client(test.databaseUrl)
        await client.connect()
        return client
      }),
    )
    const [holder, one, other] = clients as [pg.Client, pg.Client, pg.Client]
    const add = (client: pg.Client, field: string, days: readonly string[]) =>
      client.query(
        `insert into dossier.tally as t (agency_id, field, day, indicator, amount)
         select $1::uuid, $2, day, 'submitted', 1 from unnest($3::date[]) as day
         on conflict (agency_id, field, day, indicator) do update set amount = t.amount + excluded.amount`,
        [agency, field, days],
      )
    const waits = async (count: number) => {
      while (Number((await holder.query('select count(*) as n from pg_locks where not granted')).rows[0].n) < count);
    }
    try {
      await add(one, 'Xây dựng', ['2026-01-05'])
      await add(other, 'Hộ tịch', ['2026-01-06'])
      // What is new to each is what the other raises: whoever has the first day of the one wants the first day of the other.
      await holder.query('begin')
      await holder.query("select from dossier.day_tally where agency_id = $1 and day = '2026-01-06' for update", [
        agency,
      ])
      const second = add(other, 'Hộ tịch', ['2026-01-05', '2026-01-06'])
      await waits(1)
      const first = add(one, 'Xây dựng', ['2026-01-05', '2026-01-06'])
      await waits(2)
      await holder.query('commit')
      await Promise.all([first, second])
      const sums = () =>
        ask('select day, submitted, received from dossier.day_tally where agency_id = $1 order by day', [agency])
      assert.deepEqual(await sums(), [
        { day: '2026-01-05', submitted: 3, received: 0 },
        { day: '2026-01-06', submitted: 3, received: 0 },
      ])
      await one.query("delete from dossier.tally where agency_id = $1 and field = 'Hộ tịch'", [agency])
      assert.deepEqual(await sums(), [
        { day: '2026-01-05', submitted: 2, received: 0 },
        { day: '2026-01-06', submitted: 1, received: 0 },
      ])
      await one.query('set role motcua_app')
      await assert.rejects(one.query('update dossier.day_tally set submitted = 0'), /permission denied/)
    } finally {
      await Promise.all(clients.map(client => client.end()))
    }
  })

  it('follow what a version folds that knows nothing of sums by day', async () => {
    const today = civilDateOf(test.app.platform.clock.now())
    const before = (await readDay(test.app.db, today)).get('submitted') ?? 0
    const [agency] = await ask("select agency_id from dossier.tally where indicator = 'submitted' limit 1")
    for (const amount of [1, 4])
      await ask(
        `insert into dossier.tally as t (agency_id, field, day, indicator, amount)
         select $1::uuid, field, $2::date, 'submitted', $3::int from unnest(array['Xây dựng', 'Một lĩnh vực khác']) as field
         on conflict (agency_id, field, day, indicator) do update set amount = t.amount + excluded.amount`,
        [agency?.agency_id, today, amount],
      )
    assert.equal((await readDay(test.app.db, today)).get('submitted'), before + 10)
  })
})
