// More requests than the process can do: most are answered, the rest is asked to come again at once, and health still answers.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { inTransaction } from '../src/platform/db/database.ts'
import { fileDossier } from './support/dossiers.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('too much at once', () => {
  let test: TestApp
  before(async () => {
    test = await testApp()
  })
  after(() => test.close())

  it('is turned away in words, changes nothing, and the rest is done', async () => {
    const { id } = await fileDossier(test.app)
    const clerk = await new Visitor(test.app).signIn('motcua1')
    let free: () => void = () => undefined
    let held: () => void = () => undefined
    const holding = new Promise<void>(resolve => {
      held = resolve
    })
    // Somebody holds the dossier: who wants to change it waits.
    const holder = inTransaction(test.app.db, async tx => {
      await sql`select from dossier.dossier where id = ${id} for update`.execute(tx)
      held()
      await new Promise<void>(resolve => {
        free = resolve
      })
    })
    await holding
    const page = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    const key = /name="khoa" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const all = Array.from({ length: 400 }, () =>
      clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, { khoa: key, seq: '1' }),
    )
    const turnedAway = (await Promise.race([
      Promise.all(all.map(each => each.then(reply => reply.status))).then(() => []),
      // Those who are turned away are told so while the others still wait.
      (async () => {
        const told: number[] = []
        for (const each of all) void each.then(reply => told.push(reply.status))
        while (told.length < 100) await new Promise(resolve => setTimeout(resolve, 20))
        return told
      })(),
    ])) as number[]
    assert.ok(turnedAway.length >= 100)
    assert.ok(turnedAway.every(status => status === 503))
    assert.equal((await new Visitor(test.app).get('/suc-khoe/song')).status, 200)
    free()
    await holder
    const replies = await Promise.all(all)
    const statuses = new Map<number, number>()
    for (const { status } of replies) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    assert.deepEqual([...statuses.keys()].sort(), [303, 503], JSON.stringify([...statuses]))
    const away = replies.find(reply => reply.status === 503)
    assert.match(away?.body ?? '', /Hệ thống đang bận hoặc tạm dừng/)
    assert.equal(away?.headers['retry-after'], '5')
    const { rows } = await sql<{
      n: number
    }>`select count(*)::int as n from dossier.entry where dossier_id = ${id}`.execute(test.app.db)
    assert.equal(rows[0]?.n, 2, 'received once')
  })
})
