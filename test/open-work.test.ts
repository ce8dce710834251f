// Counts of open work say what is there, whatever was done at once, and whenever they are folded.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { countLate, countTodo, foldTodoCounts, LATE_BOUND } from '../src/modules/dossier/store/todo.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('open work', () => {
  let test: TestApp
  before(async () => {
    test = await testApp()
  })
  after(() => test.close())

  /** What every position is told, beside what lies there: both as texts in one order. */
  const told = async (): Promise<{ told: string[]; real: string[] }> => {
    const real = await asAdmin(test.databaseUrl, async client =>
      (
        await client.query<{ line: string }>(
          "select concat_ws(' ', position_id, queue, procedure_code, count(*)) as line from dossier.todo group by position_id, queue, procedure_code",
        )
      ).rows.map(row => row.line),
    )
    const positions = await asAdmin(test.databaseUrl, async client =>
      (await client.query<{ id: string }>('select id from organisation.position')).rows.map(row => row.id),
    )
    const counts = await Promise.all(
      positions.map(async id =>
        (await countTodo(test.app.db, id)).map(row => `${id} ${row.queue} ${row.procedureCode} ${row.count}`),
      ),
    )
    return { told: counts.flat().sort(), real: real.sort() }
  }

  it('is counted right while people act at once and a job folds', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const specialist = await new Visitor(test.app).signIn('chuyenvien1')
    let over = false
    const folding = (async () => {
      while (!over) {
        await foldTodoCounts(test.app.db, 7)
        await wait(5)
      }
    })()
    await Promise.all(
      Array.from({ length: 12 }, async (_, turn) => {
        const { id } = await fileDossier(test.app)
        if (turn % 3 === 0) return
        assert.equal((await act(clerk, id, 'tiep-nhan')).status, 303)
        if (turn % 3 === 1) return
        await act(specialist, id, 'yeu-cau-bo-sung', {
          'ly-do': 'Thiếu mặt cắt',
          'can-cu': 'Điều 55 NĐ 175/2024/NĐ-CP',
          'giay-to': ['ban-ve'],
        })
      }),
    )
    over = true
    await folding
    const during = await told()
    assert.ok(during.real.length >= 2, during.real.join())
    assert.deepEqual(during.told, during.real)
    while ((await foldTodoCounts(test.app.db, 5)) === 5);
    const folded = await told()
    assert.deepEqual(folded.told, folded.real)
    assert.equal(await foldTodoCounts(test.app.db, 5), 0)
  })

  it('of a dossier that is deleted is counted no more', async () => {
    const { id } = await fileDossier(test.app)
    await asAdmin(test.databaseUrl, client => client.query('delete from dossier.todo where dossier_id = $1', [id]))
    const { told: counts, real } = await told()
    assert.deepEqual(counts, real)
  })

  it('that is overdue is counted to a bound, and the page says that it is more', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const position = await asAdmin(test.databaseUrl, async client => {
      const { rows } = await client.query<{ position_id: string }>(
        "select position_id from dossier.todo where queue = 'receive' order by since, position_id limit 1",
      )
      // So many steps of one dossier as no dossier has: the list does not look at what they are.
      await client.query(
        `insert into dossier.todo (dossier_id, step, position_id, queue, due_at, since, procedure_code)
         select dossier_id, 'x' || n, position_id, queue, '2020-01-01', since, procedure_code
         from (select * from dossier.todo where queue = 'receive' and position_id = $1 limit 1) t, generate_series(1, $2) n`,
        [rows[0]?.position_id, LATE_BOUND + 7],
      )
      return rows[0]?.position_id ?? ''
    })
    const late = await countLate(test.app.db, position, new Date())
    assert.equal(
      [...late.values()].reduce((sum, count) => sum + count, 0),
      LATE_BOUND,
    )
    const { body } = await clerk.get('/ban-lam-viec')
    assert.match(body, /Quá hạn <span class="number">1\.000\+<\/span>/)
  })
})
