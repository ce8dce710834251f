// The plans of every page's statements on a seeded province: no big table is read from end to end, and no page reads much.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ensurePartitions } from '../src/app/partitions.ts'
import { readToken } from '../src/modules/dossier/store/current.ts'
import type { SeenStatement } from '../src/platform/db/database.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

/** Tables that grow with the dossiers; partitions begin with the name of their table. `delta` is folded every minute. */
const BIG =
  /^(dossier|entry(_\w+)?|payload(_\w+)?|todo|paper|document|note|unsealed|seal_leaf|person|file|audit(_\w+)?|message|intent|issued|request|number)$/

/** Pages of 8 kB that the statements of one page may touch, however many dossiers there are. */
const BLOCKS = 1000

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Node[]
}

const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)]

describe('plans on 34,000 dossiers', () => {
  let test: TestApp
  let visitors: Record<'stranger' | 'citizen' | 'clerk' | 'specialist' | 'leader' | 'admin', Visitor>
  const paths: Record<string, string> = {}

  before(async () => {
    test = await testApp()
    // Of the two years that the seed fills.
    await ensurePartitions(test.app.db, new Date(Date.now() - 25 * 31 * 86_400_000), 40)
    // Twice: the second adds other people and goes on with codes and counts; some of the numbers are taken by then.
    await test.app.seed({ dossiers: 10_000, seed: 7, onProgress: () => undefined })
    await assert.rejects(test.app.seed({ dossiers: 100, seed: 7, onProgress: () => undefined }), /used here before/)
    await test.app.seed({ dossiers: 24_000, seed: 7, onProgress: () => undefined })
    await asAdmin(test.databaseUrl, async client => void (await client.query('vacuum analyze')))
    const enter = (login: string) => new Visitor(test.app).signIn(login)
    visitors = {
      stranger: new Visitor(test.app),
      citizen: await enter('0912000123'),
      clerk: await enter('motcua1'),
      specialist: await enter('chuyenvien1'),
      leader: await enter('chutich1'),
      admin: await enter('quantri'),
    }
    const clerks = await fileDossier(test.app)
    const specialists = await fileDossier(test.app)
    assert.equal((await act(visitors.clerk, specialists.id, 'tiep-nhan')).status, 303)
    paths.motcua1 = `/ban-lam-viec/ho-so/${clerks.id}`
    paths.chuyenvien1 = `/ban-lam-viec/ho-so/${specialists.id}`
    const any = await test.app.db.selectFrom('dossier.dossier').select('id').limit(1).executeTakeFirstOrThrow()
    paths.track = `/tra-cuu/${await readToken(test.app.db, test.app.platform.keys, any.id as never)}`
  })
  after(() => test.close())

  /** Statements of a page: for strangers the first time, before its bytes are kept; for others with what is kept. */
  async function statementsOf(who: Visitor, path: string): Promise<SeenStatement[]> {
    if (who.cookies.size > 0) await who.get(path)
    const seen: SeenStatement[] = []
    test.counter.seen = seen
    const reply = await who.get(path)
    test.counter.seen = null
    assert.equal(reply.status, 200, path)
    return seen
  }

  /** What is wrong with the plans of some statements; each runs in a transaction that is rolled back. */
  async function faultsOf(path: string, statements: readonly SeenStatement[]): Promise<string[]> {
    const faults: string[] = []
    let blocks = 0
    await asAdmin(test.databaseUrl, async client => {
      for (const { text, values } of statements) {
        if (!/^\s*(\/\*.*?\*\/\s*)?(select|with)\b/i.test(text)) continue
        await client.query('begin')
        // Tables that are empty here would be read whole where an index waits.
        await client.query('set local enable_seqscan = off')
        await client.query('set local role motcua_app')
        const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, [...values])
        await client.query('rollback')
        const plan = (rows[0]['QUERY PLAN'] as { Plan: Node }[])[0]?.Plan
        if (plan === undefined) continue
        blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
        for (const node of nodes(plan))
          if (node['Node Type'] === 'Seq Scan' && BIG.test(node['Relation Name'] ?? ''))
            faults.push(`${path}: reads ${node['Relation Name']} from end to end: ${text.slice(0, 200)}`)
      }
    })
    if (blocks > BLOCKS) faults.push(`${path}: touches ${blocks} blocks`)
    return faults
  }

  const pages: readonly (readonly [keyof typeof visitors, string])[] = [
    ['stranger', '/'],
    ['stranger', '/thu-tuc'],
    ['stranger', '/thu-tuc?q=giay+phep'],
    ['stranger', '/tien-do'],
    ['stranger', '/niem-phong'],
    ['stranger', '/xac-minh'],
    ['stranger', 'track'],
    ['citizen', '/ho-so'],
    ['clerk', '/ban-lam-viec'],
    ['clerk', '/ban-lam-viec?hang=receive'],
    ['clerk', '/ban-lam-viec?hang=return&trang=3'],
    ['clerk', '/ban-lam-viec/tim?q=nguyen%20van'],
    ['clerk', '/ban-lam-viec/tim?q=nguyen%20thi%20hoa&trang=4'],
    ['clerk', '/ban-lam-viec/tim?q=044044000123'],
    ['clerk', '/ban-lam-viec/tim?q=H99.A01-260105-0001'],
    ['clerk', 'motcua1'],
    ['specialist', '/ban-lam-viec'],
    ['specialist', 'chuyenvien1'],
    ['leader', '/ban-lam-viec'],
    ['admin', '/van-hanh'],
  ]
  for (const [who, name] of pages)
    it(`${who}: ${name}`, async () => {
      const path = paths[name] ?? name
      const statements = await statementsOf(visitors[who], path)
      assert.deepEqual(await faultsOf(name, statements), [])
    })
})
