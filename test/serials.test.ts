// Codes of dossiers are a series without doubles or gaps, however many clerks receive at once and in whichever process.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type App, buildApp } from '../src/app/build-app.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('serials of dossier codes', () => {
  let test: TestApp
  let other: App
  before(async () => {
    test = await testApp()
    other = await buildApp(test.config, test.databaseUrl, { keys: test.app.platform.keys })
  })
  after(async () => {
    await other.close()
    await test.close()
  })

  const sql = (text: string) => asAdmin(test.databaseUrl, client => client.query(text))
  const serials = async (ids: readonly string[]): Promise<number[]> =>
    asAdmin(test.databaseUrl, async client => {
      const { rows } = await client.query<{ code: string }>('select code from dossier.dossier where id = any($1)', [
        ids,
      ])
      return rows.map(({ code }) => Number(code.split('-').at(-1))).sort((a, b) => a - b)
    })

  /** Files so many dossiers and receives all at once, in turn in one process and the other; what each was answered. */
  const receiveAtOnce = async (count: number): Promise<{ ids: string[]; statuses: number[] }> => {
    const clerks = [await new Visitor(test.app).signIn('motcua1'), await new Visitor(other).signIn('motcua1')]
    const ids: string[] = []
    for (let i = 0; i < count; i++) ids.push((await fileDossier(test.app)).id)
    const statuses = await Promise.all(
      ids.map(async (id, turn) => (await act(clerks[turn % clerks.length] as Visitor, id, 'tiep-nhan')).status),
    )
    return { ids, statuses }
  }

  it('are handed out once each to two processes that receive at once', async () => {
    const { ids, statuses } = await receiveAtOnce(24)
    assert.deepEqual([...new Set(statuses)], [303])
    assert.deepEqual(
      await serials(ids),
      ids.map((_, turn) => turn + 1),
    )
  })

  it('go on where they were after the database refused some', async () => {
    const [before] = (await serials((await receiveAtOnce(1)).ids)) as [number]
    await sql('revoke update on dossier.serial from motcua_app')
    const refused = await receiveAtOnce(6)
    assert.deepEqual([...new Set(refused.statuses)], [500])
    await sql('grant update on dossier.serial to motcua_app')
    const { ids, statuses } = await receiveAtOnce(6)
    assert.deepEqual([...new Set(statuses)], [303])
    assert.deepEqual(
      await serials(ids),
      ids.map((_, turn) => before + turn + 1),
    )
  })
})
