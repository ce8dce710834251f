// Officers find dossiers of their own agency by words: neighbours first, then the beginning of a word, then words that stand apart.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { searchWords } from '../src/modules/dossier/store/current.ts'
import { searchDossiers } from '../src/modules/dossier/store/search.ts'
import { fold, foldedWords } from '../src/platform/text.ts'
import { CITIZEN, fileDossier, searchDesk } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('searching by words', () => {
  let test: TestApp
  let reference: string
  before(async () => {
    test = await testApp()
    reference = (await fileDossier(test.app)).reference
  })
  after(() => test.close())

  for (const [query, finds] of [
    ['Nguyễn Thị Mẫu', true],
    ['nguyen thi mau', true],
    ['thi mau', true],
    ['nguyen thi m', true],
    ['thi ma', true],
    ['nguyen mau', true],
    ['mau nguyen', true],
    ['thi nguyen mau', true],
    ['nguyen thi mai', false],
    ['nguyen van mau', false],
    ["mau' | 'thi", true],
    ['mau:* & !thi', true],
    ['mau', false],
  ] as const)
    it(`${query}: ${finds ? 'found' : 'not found'} at the own agency, never at another`, async () => {
      const at = (login: string) => new Visitor(test.app).signIn(login).then(who => searchDesk(who, query))
      const own = await at('motcua1')
      assert.equal(own.status, 200)
      assert.equal(own.body.includes(reference), finds)
      assert.ok(!(await at('motcua2')).body.includes(reference))
    })

  it('what is looked for stands in no address that others can read or use', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const { location } = await clerk.post('/ban-lam-viec/tim', { q: CITIZEN.idNumber })
    assert.match(location, /^\/ban-lam-viec\/tim\?tim=[\w-]{60,}$/)
    const sealed = Buffer.from(location.split('=')[1] ?? '', 'base64url').toString('latin1')
    assert.ok(!sealed.includes(CITIZEN.idNumber) && !sealed.includes('text'))
    const found = await clerk.get(location)
    assert.ok(found.body.includes(reference))
    assert.match(found.body, new RegExp(`name="q"[^>]* value="${CITIZEN.idNumber}"`), 'the box keeps it')
    // Somebody else of the same agency, a changed address, and one that was typed by hand: nothing is asked for.
    const other = await new Visitor(test.app).signIn('chuyenvien1')
    const forged = `${location.slice(0, -4)}AAAA`
    for (const [who, address] of [
      [other, location],
      [clerk, forged],
      [clerk, '/ban-lam-viec/tim'],
      [clerk, `/ban-lam-viec/tim?q=${CITIZEN.idNumber}`],
    ] as const) {
      const page = await who.get(address)
      assert.equal(page.status, 200, address)
      assert.ok(!page.body.includes(reference), address)
    }
  })

  it('finds on a seeded province just what reading every dossier finds, newest first, page by page', async () => {
    await test.app.seed({ dossiers: 4000, seed: 11, onProgress: () => undefined })
    const { rows } = await sql<{ agency: string }>`
      select centre_id as agency from dossier.dossier group by 1 order by count(*) desc limit 2`.execute(test.app.db)
    const { rows: all } = await sql<{ id: string; agency_id: string; centre_id: string; words: string }>`
      select id, agency_id, centre_id, applicant_name || ' ' || subject as words from dossier.dossier
      order by submitted_at desc, id`.execute(test.app.db)
    const surnames = ['Nguyễn', 'Trần', 'Đặng', 'Lý', 'Hồ']
    const middles = ['Văn', 'Thị', 'Kim', 'Hữu']
    const givens = ['An', 'Bình', 'Yến', 'Thắng', 'Hoa']
    const LIMIT = 5
    const PAGES = 4
    /** Read by eye, as it were: every dossier of the agency, newest first. */
    const expected = (agency: string, words: readonly string[], newest: number): string[] => {
      const mine = all.filter(row => row.agency_id === agency || row.centre_id === agency)
      const last = words.at(-1) ?? ''
      const has = (row: (typeof all)[number], beginning: boolean) => {
        const own = fold(row.words).split(/[^a-z0-9]+/)
        return (
          words.slice(0, -1).every(word => own.includes(word)) &&
          own.some(word => word === last || (beginning && last.length >= 3 && word.startsWith(last)))
        )
      }
      const ids = (rows: typeof all) => rows.map(row => row.id)
      // Words that are common among the newest are meant wherever they stand; rarer ones as neighbours, if there are any.
      if (mine.slice(0, newest).filter(row => has(row, false)).length >= LIMIT)
        return ids(mine.filter(row => has(row, false)))
      const neighbours = mine.filter(row => ` ${fold(row.words)}`.includes(` ${words.join(' ')}`))
      return ids(neighbours.length > 0 ? neighbours : mine.filter(row => has(row, true)))
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...rows.map(row => row.agency)),
        fc.constantFrom(...surnames),
        fc.constantFrom(...middles),
        fc.constantFrom(...givens),
        fc.constantFrom('whole', 'apart', 'turned'),
        fc.constantFrom(0, 100, 500),
        async (agency, surname, middle, given, kind, newest) => {
          const [first, second, third] = [surname, middle, given].map(fold) as [string, string, string]
          const words = { whole: [first, second, third], apart: [first, third], turned: [third, first] }[kind] ?? []
          const found: string[] = []
          for (let page = 0; page < PAGES; page++) {
            const asked = { kind: 'words', words } as const
            const at = { limit: LIMIT, offset: page * LIMIT }
            found.push(...(await searchDossiers(test.app.db, agency, asked, at, newest)).map(each => each.id as string))
          }
          assert.deepEqual(found, expected(agency, words, newest).slice(0, PAGES * LIMIT))
        },
      ),
      { numRuns: 80 },
    )
  })

  it('finds what a foreign system dates before 1970 or after 2306, once, and everything else beside it', async () => {
    const { db } = test.app
    const { rows } = await sql<{ id: string; agency: string }>`
      select id, agency_id as agency from dossier.dossier
      where agency_id = (select agency_id from dossier.dossier group by 1 order by count(*) desc limit 1)
      order by submitted_at limit 3`.execute(db)
    const [agency, ids] = [rows[0]?.agency ?? '', rows.map(row => row.id)]
    for (const [index, date] of ['0001-01-01', '1969-12-31', '9999-12-31'].entries())
      await asAdmin(test.databaseUrl, client =>
        client.query("update dossier.dossier set submitted_at = $1, search = 'zu:1 zvv:2' where id = $2", [
          date,
          ids[index],
        ]),
      )
    const asked = { kind: 'words', words: ['zu', 'zvv'] } as const
    const found = await searchDossiers(db, agency, asked, { limit: 5, offset: 0 }, 0)
    assert.deepEqual(
      found.map(each => each.id as string),
      [ids[2], ids[1], ids[0]],
    )
  })

  it('cuts words alike where they are kept and where they are asked for, whatever the database thinks of them', async () => {
    const text = `Lô 100 m² CO₂ 3x4 1.5e3 -7 a-b_c ${'x'.repeat(3000)}`
    const { rows } = await sql<{ words: string[] }>`select tsvector_to_array(${searchWords({
      applicantName: text,
      subject: '',
    })}::tsvector) as words`.execute(test.app.db)
    const asked = foldedWords(text, 100)
    assert.deepEqual([...(rows[0]?.words ?? [])].sort(), [...new Set(asked)].sort())
    assert.ok(asked.includes('100') && asked.every(word => word.length <= 40))
  })
})
