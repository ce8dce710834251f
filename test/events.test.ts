// An event makes a job for each subscriber whom it concerns, together with what it tells of.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inTransaction } from '../src/platform/db/database.ts'
import { createEvents, type Event } from '../src/platform/events/events.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('an event', () => {
  let test: TestApp
  before(async () => {
    test = await testApp()
  })
  after(() => test.close())

  const waiting = (): Promise<string[]> =>
    asAdmin(test.databaseUrl, async client =>
      (
        await client.query<{ task: string }>('select task_identifier as task from graphile_worker.jobs order by id')
      ).rows.map(row => row.task),
    )
  const clear = () => asAdmin(test.databaseUrl, client => client.query('delete from graphile_worker._private_jobs'))

  it('reaches whom it concerns, with its transaction or not at all', async () => {
    const events = createEvents()
    const subscriber = (name: string, concerns: (event: Event) => boolean) => ({
      name,
      event: 'thing.done',
      concerns,
      handle: async () => undefined,
    })
    events.subscribe([
      subscriber('a.all', () => true),
      subscriber('b.big', ({ facts }) => Number(facts.size) > 10),
      { ...subscriber('c.other', () => true), event: 'thing.undone' },
    ])
    const publish = (size: number) =>
      inTransaction(test.app.db, tx => events.publish(tx, { name: 'thing.done', id: `x${size}`, facts: { size } }))
    await publish(1)
    assert.deepEqual(await waiting(), ['on.a.all'])
    await publish(11)
    assert.deepEqual(await waiting(), ['on.a.all', 'on.a.all', 'on.b.big'])
    await assert.rejects(
      inTransaction(test.app.db, async tx => {
        await events.publish(tx, { name: 'thing.done', id: 'x12', facts: { size: 12 } })
        throw new Error('undone')
      }),
    )
    assert.equal((await waiting()).length, 3)
    await clear()
  })

  it('of a dossier makes no job where nobody is told', async () => {
    const { id } = await fileDossier(test.app)
    assert.deepEqual(await waiting(), ['on.dossier.tell-applicant'])
    await test.app.runJobs()
    await act(await new Visitor(test.app).signIn('motcua1'), id, 'tiep-nhan')
    assert.deepEqual(await waiting(), ['on.dossier.tell-applicant'])
    await test.app.runJobs()
    const decided = await act(await new Visitor(test.app).signIn('chuyenvien1'), id, 'quyet-dinh', {
      'ket-qua': 'cap-phep',
      'thu.cap-phep.cot-nen': '+0,45 m',
      'thu.cap-phep.chi-gioi': 'trùng ranh giới',
    })
    assert.equal(decided.status, 303)
    assert.deepEqual(await waiting(), [], 'a decision on the way is told to nobody')
  })

  it('that an older version left in the queue is still handed on', async () => {
    const { id } = await fileDossier(test.app)
    await clear()
    const facts = { dossierId: id, seq: 1, type: 'submitted', state: 1 }
    await asAdmin(test.databaseUrl, client =>
      client.query("select graphile_worker.add_job('events.fan-out', $1)", [
        JSON.stringify({ name: 'dossier.changed', id: `${id}:1`, facts }),
      ]),
    )
    await test.app.runJobs()
    const told = await asAdmin(test.databaseUrl, async client =>
      Number(
        (await client.query("select count(*) from notifications.message where key like $1 || '%'", [`${id}:1`])).rows[0]
          .count,
      ),
    )
    assert.ok(told > 0)
  })
})
