// Officers find dossiers of their own agency by words: neighbours first, then the beginning of a word, then words that stand apart.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { searchDossiers } from '../src/modules/dossier/store/search.ts'
import { fold } from '../src/platform/text.ts'
import { fileDossier } from './support/dossiers.ts'
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
      const at = (login: string) =>
        new Visitor(test.app).signIn(login).then(who => who.get(`/ban-lam-viec/tim?q=${encodeURIComponent(query)}`))
      const own = await at('motcua1')
      assert.equal(own.status, 200)
      assert.equal(own.body.includes(reference), finds)
      assert.ok(!(await at('motcua2')).body.includes(reference))
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
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...rows.map(row => row.agency)),
        fc.constantFrom(...surnames),
        fc.constantFrom(...middles),
        fc.constantFrom(...givens),
        fc.integer({ min: 0, max: 3 }),
        async (agency, surname, middle, given, pageNumber) => {
          const words = [surname, middle, given].map(fold)
          const phrase = ` ${words.join(' ')}`
          const mine = all.filter(row => row.agency_id === agency || row.centre_id === agency)
          // Neighbours in their order, the last as a beginning; a page of the newest 800 may be filled by whole words alone.
          const begins = mine.filter(row => ` ${fold(row.words)}`.includes(phrase)).map(row => row.id)
          const page = { limit: 5, offset: pageNumber * 5 }
          const found = await searchDossiers(test.app.db, agency, { kind: 'words', words }, page)
          const ids = found.map(each => each.id as string)
          if (ids.length === 5) assert.ok(ids.every(id => mine.some(row => row.id === id)))
          else if (begins.length > 0) assert.deepEqual(ids, begins.slice(page.offset, page.offset + 5))
          // By the lists alone, which reach back thirty days, then ninety more, and so on.
          const walked = await searchDossiers(test.app.db, agency, { kind: 'words', words }, page, 0)
          if (begins.length > 0)
            assert.deepEqual(
              walked.map(each => each.id as string),
              begins.slice(page.offset, page.offset + 5),
            )
          // Words that are no neighbours: all are somewhere, the last as a beginning where it has three letters.
          const apart = [words[0] as string, words[2] as string]
          const has = (row: (typeof all)[number]) => {
            const own = fold(row.words).split(/[^a-z0-9]+/)
            const last = apart[1] as string
            return (
              own.includes(apart[0] as string) && own.some(w => w === last || (last.length >= 3 && w.startsWith(last)))
            )
          }
          const far = await searchDossiers(test.app.db, agency, { kind: 'words', words: apart }, page, 0)
          if (pageNumber === 0 && !mine.some(row => ` ${fold(row.words)}`.includes(` ${apart.join(' ')}`)))
            assert.deepEqual(
              far.map(each => each.id as string),
              mine
                .filter(has)
                .slice(0, 5)
                .map(row => row.id),
            )
        },
      ),
      { numRuns: 60 },
    )
  })
})
