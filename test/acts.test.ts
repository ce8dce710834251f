// What can go otherwise than planned between two acts: work given away, a job that fails for good, another day, another file.
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Patient } from '../src/app/doctor/finding.ts'
import { openWork } from '../src/app/doctor/product.ts'
import { STATE, type State } from '../src/modules/dossier/dossier.ts'
import { mirrorDossier } from '../src/modules/dossier/index.ts'
import { verifyOne } from '../src/modules/dossier/verify-histories.ts'
import { findPersonByIdNumber } from '../src/modules/identity/index.ts'
import { listAgencies } from '../src/modules/organisation/index.ts'
import { houseActor } from '../src/platform/access/actor.ts'
import { manualClock } from '../src/platform/clock.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { act, CITIZEN, fileDossier, PERMIT_GRANTED, stateOf } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
import { hidden, smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

const MONDAY = new Date('2026-11-23T02:00:00.000Z')

describe('acts that go otherwise', () => {
  let test: TestApp
  const clock = manualClock(MONDAY)
  const desks = new Map<string, Visitor>()

  before(async () => {
    test = await testApp({ clock })
  })
  let round = 0
  beforeEach(() => {
    // A one-time code counts once: each test is some minutes later.
    clock.set(new Date(MONDAY.getTime() + round++ * 600_000))
    desks.clear()
  })
  after(() => test.close())

  const desk = async (login: string) => {
    const known = desks.get(login) ?? (await new Visitor(test.app).signIn(login))
    desks.set(login, known)
    return known
  }
  const ask = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await asAdmin(test.databaseUrl, client => client.query(text, [...values]))).rows as Row[]
  const positionOf = async (officer: string) => {
    const [row] = await ask<{ position_id: string }>(
      'select a.position_id from organisation.assignment a join organisation.officer o on o.id = a.officer_id where o.key = $1',
      [officer],
    )
    return row?.position_id ?? ''
  }
  const todoOf = (id: string) =>
    ask<{ position_id: string; due_at: Date; since: Date }>(
      'select position_id, due_at, since from dossier.todo where dossier_id = $1',
      [id],
    )
  const walk = async (id: string, ...steps: readonly (readonly [string, string, Record<string, string>?])[]) => {
    for (const [login, name, form] of steps) {
      const done = await act(await desk(login), id, name, form ?? {})
      assert.equal(done.status, 303, done.body)
      await test.app.runJobs()
    }
  }
  /** Runs due jobs until each has used up its tries. */
  const tryAll = async () => {
    for (let tries = 0; tries < 7; tries++) {
      await test.app.runJobs().catch(() => undefined)
      await ask(
        "update graphile_worker._private_jobs set run_at = now() - interval '1 second' where attempts < max_attempts",
      )
    }
  }

  /** What the doctor finds wrong with open work. */
  const findings = () =>
    asAdmin(test.databaseUrl, async client => {
      const found = []
      for await (const finding of openWork({ client, at: clock.now() } as Patient)) found.push(finding.text)
      return found
    })

  it('who is given the work has it as it was: due when it was due, waiting since it came', async () => {
    const { id } = await fileDossier(test.app)
    const before = await todoOf(id)
    clock.set(new Date('2026-11-29T02:00:00.000Z'))
    const own = await positionOf('motcua1')
    assert.match(
      (await (await desk('motcua1')).get(`/ban-lam-viec/ho-so/${id}`)).body,
      /Cần tiếp nhận hoặc trả lời trước \d\d:\d\d ngày \d\d\/11\/2026/,
    )
    assert.equal((await act(await desk('motcua1'), id, 'phan-cong', { 'vi-tri': own })).status, 303)
    assert.deepEqual(
      await todoOf(id),
      before.filter(row => row.position_id === own),
    )
    assert.match((await (await desk('motcua1')).get('/ban-lam-viec?qua-han=1')).body, new RegExp(id))
  })

  it('the head takes back what was given away, also from a post that nobody holds any more; a stranger does not', async () => {
    const { id } = await fileDossier(test.app)
    await walk(id, ['motcua1', 'tiep-nhan'])
    assert.match(
      (await (await desk('chuyenvien1')).get(`/ban-lam-viec/ho-so/${id}`)).body,
      /Cần xong bước này trước \d\d:\d\d ngày \d\d\/\d\d\/2026/,
    )
    const [specialist, head] = [await positionOf('chuyenvien1'), await positionOf('truongphong1')]
    const give = async (login: string, to: string) =>
      (await act(await desk(login), id, 'phan-cong', { 'vi-tri': to })).status
    assert.equal(await give('truongphong1', specialist), 303)
    assert.equal(await give('motcua1', specialist), 403)
    assert.match((await (await desk('truongphong1')).get(`/ban-lam-viec/ho-so/${id}`)).body, /phan-cong/)
    assert.equal(await give('truongphong1', head), 303)
    assert.deepEqual(
      (await todoOf(id)).map(row => row.position_id),
      [head],
    )
    assert.equal(await give('truongphong1', specialist), 303)
    await ask('update organisation.assignment set valid = daterange(lower(valid), $2) where position_id = $1', [
      specialist,
      '2026-11-20',
    ])
    try {
      assert.deepEqual(await findings(), [
        '1 dossiers wait for posts that nobody holds any more: fill them, or let the head of the agency assign the work.',
      ])
      assert.equal(await give('truongphong1', head), 303)
      assert.deepEqual(await findings(), [])
    } finally {
      await ask('update organisation.assignment set valid = daterange(lower(valid), null) where position_id = $1', [
        specialist,
      ])
    }
  })

  it('an act whose next step nobody may do is given back at once, with the reason', async () => {
    const { id } = await fileDossier(test.app)
    await walk(id, ['motcua1', 'tiep-nhan'], ['chuyenvien1', 'quyet-dinh', PERMIT_GRANTED], ['truongphong1', 'ky-nhay'])
    const records = await positionOf('vanthu1')
    await ask('update organisation.assignment set valid = daterange(lower(valid), $2) where position_id = $1', [
      records,
      '2026-11-20',
    ])
    try {
      await walk(id, ['chutich1', 'ky-duyet'])
      const state = await stateOf(test.app, id)
      assert.deepEqual([state.busy, state.step], [null, 'ky-duyet'])
      const [failed] = await ask<{ body: string }>(
        "select body from dossier.entry where dossier_id = $1 and body like '%act-failed%'",
        [id],
      )
      assert.match(failed?.body ?? '', /nobody may do what follows/)
    } finally {
      await ask('update organisation.assignment set valid = daterange(lower(valid), null) where position_id = $1', [
        records,
      ])
    }
    await walk(id, ['chutich1', 'ky-duyet'])
    assert.equal((await stateOf(test.app, id)).step, 'vao-so')
  })

  it('a numbering that failed for good keeps its number; it may be dated anew in that year and in no other', async () => {
    const { id } = await fileDossier(test.app)
    await walk(
      id,
      ...([
        ['motcua1', 'tiep-nhan'],
        ['chuyenvien1', 'quyet-dinh', PERMIT_GRANTED],
        ['truongphong1', 'ky-nhay'],
      ] as const),
      ['chutich1', 'ky-duyet'],
    )
    const files = join(test.dataDir, 'files')
    renameSync(files, `${files}.away`)
    try {
      assert.equal((await act(await desk('vanthu1'), id, 'vao-so', { ngay: '23/11/2026' })).status, 303)
      await tryAll()
    } finally {
      renameSync(`${files}.away`, files)
    }
    assert.equal((await stateOf(test.app, id)).busy, null)
    clock.set(new Date('2027-01-04T02:00:00.000Z'))
    desks.clear()
    const other = await act(await desk('vanthu1'), id, 'vao-so', { ngay: '04/01/2027' })
    assert.equal(other.status, 422)
    assert.match(other.body, /đã có số trong sổ năm 2026/)
    await walk(id, ['vanthu1', 'vao-so', { ngay: '31/12/2026' }])
    const said = 'select number, dated::text from'
    const book = await ask(
      `${said} records.number n join dossier.document d on n.document = 'dossier-document:' || d.id where d.dossier_id = $1`.replace(
        'number, dated',
        'n.number, n.dated',
      ),
      [id],
    )
    assert.deepEqual(book, await ask(`${said} dossier.document where dossier_id = $1`, [id]))
    assert.deepEqual(
      book.map(row => (row as { dated: string }).dated),
      ['2026-12-31'],
    )
    // The seal is asked for before the evening and made in the night after: what counts is when it was asked for.
    clock.set(new Date('2027-01-04T10:29:00.000Z'))
    desks.clear()
    assert.equal((await act(await desk('vanthu1'), id, 'dong-dau')).status, 303)
    clock.set(new Date('2027-01-04T18:00:00.000Z'))
    await test.app.runJobs()
    const [row] = await ask<{ finished_at: Date }>('select finished_at from dossier.dossier where id = $1', [id])
    assert.equal(row?.finished_at.toISOString(), '2027-01-04T10:29:00.000Z')
    assert.equal((await verifyOne(test.app.db, test.app.platform.keys, id as never)).fault, null)
  })

  it('a mirrored history never runs back, whatever the clocks of two imports say', async () => {
    const filed = await test.app.house.catalogue.current(test.app.db, '9.000002')
    const id = await inTransaction(test.app.db, async tx => {
      const applicant = await findPersonByIdNumber(tx, test.app.platform.keys, CITIZEN.idNumber)
      const [agency] = await listAgencies(tx, '2026-11-23', { kinds: ['province-committee'] })
      if (applicant === null || agency === undefined) throw new Error('the demo is not loaded')
      const tell = (state: State, at: Date) =>
        mirrorDossier(test.app.house, tx, {
          actor: houseActor('national-portal'),
          filed,
          foreignCode: 'X-1',
          state,
          agency,
          applicant,
          subject: 'Việc',
          submittedAt: MONDAY,
          receivedAt: null,
          dueAt: null,
          finishedAt: null,
          returnedAt: null,
          at,
        })
      await tell(STATE.received, new Date(MONDAY.getTime() + 5000))
      return tell(STATE.working, new Date(MONDAY.getTime() + 4000))
    })
    const { entries, fault } = await verifyOne(test.app.db, test.app.platform.keys, id)
    assert.deepEqual([entries, fault], [2, null])
  })

  it('the same key with another file is refused: nobody believes that the agency has it', async () => {
    const { id } = await fileDossier(test.app)
    await walk(id, ['motcua1', 'yeu-cau-bo-sung', { 'ly-do': 'Thiếu', 'can-cu': 'Luật', 'noi-dung': 'Bản vẽ mới' }])
    const citizen = await new Visitor(test.app).signIn('0912000123')
    const page = await citizen.get(`/ho-so/${id}`)
    const form = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq'), 'giai-trinh': 'Đây' }
    const field = 'giay-to.bo-sung'
    const send = (name: string, content: Buffer) =>
      citizen.upload(`/ho-so/${id}/bo-sung`, form, [{ field, name, content }])
    assert.equal((await send('a.pdf', smallPdf)).status, 303)
    assert.equal((await send('a.pdf', smallPdf)).status, 303)
    assert.equal((await send('b.pdf', Buffer.concat([smallPdf, Buffer.from('\n%b\n')]))).status, 409)
  })
})
