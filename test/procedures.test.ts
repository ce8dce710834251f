// Every procedure of procedures/: it lints clean, and each of its cases comes out as the case says.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { readCases, readProcedureFolder } from '../src/modules/catalogue/index.ts'
import { InvalidDossier, submitDossier } from '../src/modules/dossier/index.ts'
import { findPersonByIdNumber } from '../src/modules/identity/index.ts'
import { houseActor } from '../src/platform/access/actor.ts'
import { civilDateOf } from '../src/platform/calendar/civil.ts'
import { manualClock } from '../src/platform/clock.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { keepBytes } from '../src/platform/files/file-rows.ts'
import { productRoot } from '../src/platform/root.ts'
import { hidden, smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

const folder = join(productRoot, 'procedures')
/** Who works for an agency of the demo province, by its code. */
const CLERK: Readonly<Record<string, string>> = { 'H99.A01': 'motcua1', 'H99.A03': 'motcua3' }

describe('procedures', () => {
  let test: TestApp
  const clock = manualClock(new Date('2026-11-23T02:00:00.000Z'))
  before(async () => {
    test = await testApp({ clock })
  })
  after(() => test.close())

  for (const name of readdirSync(folder)) {
    const reading = readProcedureFolder(join(folder, name))
    it(`${name} lints clean`, () => {
      assert.deepEqual(
        reading.problems.filter(problem => problem.level === 'error'),
        [],
      )
      assert.notEqual(reading.definition, null)
    })
    const { definition } = reading
    if (definition === null || definition.procedure.kind !== 'native') continue
    const cases = readCases(join(folder, name))
    it(`${name} has a case that passes and one that fails`, () => {
      const bad = cases.filter(each => each.faults.length + each.missing.length > 0)
      assert.ok(bad.length > 0 && bad.length < cases.length)
    })
    for (const each of cases) {
      it(`${name}: ${each.name}`, async () => {
        const { app } = test
        clock.set(new Date(each.received ?? '2026-11-23T02:00:00.000Z'))
        const at = clock.now()
        const filed = await app.house.catalogue.current(app.db, definition.procedure.code)
        const submit = inTransaction(app.db, async tx => {
          const applicant = await findPersonByIdNumber(tx, app.platform.keys, '044185000123')
          if (applicant === null) throw new Error('the demo person is absent')
          const papers = []
          for (const component of each.papers) {
            const stored = await app.platform.files.write(Readable.from([smallPdf]), 1000)
            papers.push({
              component,
              fileId: (await keepBytes(tx, 'test', stored, 'tep.pdf', 'application/pdf', at)).id,
            })
          }
          return submitDossier(app.house, tx, {
            actor: houseActor('test'),
            channel: 'portal',
            filed,
            answers: each.answers as never,
            papers,
            applicant,
            submitterId: null,
            contactPhone: '0912000123',
            contactEmail: null,
            pointId: null,
            foreign: null,
            at,
          })
        })
        if (each.faults.length + each.missing.length > 0) {
          await assert.rejects(submit, error => {
            assert.ok(error instanceof InvalidDossier)
            assert.deepEqual(Object.keys(error.faults).sort(), [...each.faults].sort())
            if (each.missing.length > 0) assert.deepEqual([...error.missing].sort(), [...each.missing].sort())
            return true
          })
          return
        }
        const { id } = await submit
        const row = await app.db
          .selectFrom('dossier.dossier as d')
          .innerJoin('organisation.agency_version as v', 'v.agency_id', 'd.agency_id')
          .select(['v.code', 'd.state'])
          .where('d.id', '=', id)
          .executeTakeFirstOrThrow()
        assert.equal(row.code, each.agency)
        const clerk = await new Visitor(app).signIn(CLERK[each.agency ?? ''] ?? 'motcua-tinh')
        const page = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
        const received = await clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, {
          khoa: hidden(page.body, 'khoa'),
          seq: '1',
        })
        assert.equal(received.status, 303, received.body)
        const after = await app.db
          .selectFrom('dossier.dossier')
          .select(['state', 'due_at', 'code'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        assert.equal(after.state, 4)
        assert.equal(after.due_at === null ? null : civilDateOf(after.due_at), each.due)
      })
    }
  }
})
