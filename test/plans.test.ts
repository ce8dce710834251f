// The plans of every page's statements on a seeded province: no big table is read from end to end, and no page reads much.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ensurePartitions } from '../src/app/partitions.ts'
import { type Walker, walkers } from './support/crawl.ts'
import { walk } from './support/plans.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp } from './support/test-app.ts'

/** Pages of 8 kB that the statements of one page may touch, however many dossiers there are. */
const BLOCKS = 1000
/** Statements of one page. */
const STATEMENTS = 12
/** Pages that a walk does not come to: a first second factor is set up by who has none, and the eID is another house. */
const NOT_WALKED_TO = ['/dang-nhap/dang-ky-ma', '/dang-nhap/vneid/ve']

describe('plans on 34,000 dossiers', () => {
  let test: TestApp
  let everybody: Walker[]
  before(async () => {
    test = await testApp()
    // Of the two years that the seed fills.
    await ensurePartitions(test.app.db, new Date(Date.now() - 25 * 31 * 86_400_000), 40)
    // Twice: the second adds other people and goes on with codes and counts; some of the numbers are taken by then.
    await test.app.seed({ dossiers: 10_000, seed: 7, onProgress: () => undefined })
    await assert.rejects(test.app.seed({ dossiers: 100, seed: 7, onProgress: () => undefined }), /used here before/)
    await test.app.seed({ dossiers: 24_000, seed: 7, onProgress: () => undefined })
    everybody = await walkers(test.app)
    await asAdmin(test.databaseUrl, async client => void (await client.query('vacuum analyze')))
  })
  after(() => test.close())

  it('every page that anybody can come to reads by index, little, and asks seldom', async t => {
    const faults: string[] = []
    const reached = new Set<string>()
    let pages = 0
    await asAdmin(test.databaseUrl, async client => {
      for await (const { who, seen, plans } of walk(test.app, test.counter, client, everybody, true)) {
        pages++
        if (seen.reply.status < 400) reached.add(seen.route)
        const where = `${who}: ${seen.url}`
        if (plans.statements > STATEMENTS) faults.push(`${where} asks ${plans.statements} times`)
        if (plans.blocks > BLOCKS) faults.push(`${where} touches ${plans.blocks} blocks`)
        for (const { table, text } of plans.whole) faults.push(`${where} reads ${table} from end to end: ${text}`)
      }
    })
    t.diagnostic(`${pages} pages of ${reached.size} routes`)
    assert.deepEqual(faults, [])
    const routes = test.app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path)
    assert.deepEqual(
      routes.filter(path => !reached.has(path)),
      NOT_WALKED_TO,
    )
  })
})
