// Seeded dossiers: the shares that the seed promises, counted in what it made, and histories that hold.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { seedDossiers } from '../src/modules/dossier/index.ts'
import { renewDoubles } from '../src/modules/dossier/seed/seed-dossiers.ts'
import { type TestApp, testApp } from './support/test-app.ts'

const DOSSIERS = 6000

describe('seeded dossiers', () => {
  let own: TestApp
  let pool: pg.Pool
  before(async () => {
    own = await testApp()
    pool = new pg.Pool({ connectionString: own.databaseUrl, max: 2 })
    await seedDossiers(own.app.house, pool, { dossiers: DOSSIERS, seed: 7, onProgress: () => undefined })
  })
  after(async () => {
    await pool.end()
    await own.close()
  })

  /** Percent of the seeded dossiers, older than two months so that their lives are over, of which `what` is true. */
  const share = async (what: string, of = 'true'): Promise<number> => {
    const { rows } = await pool.query<{ share: string }>(
      `select 100.0 * count(*) filter (where ${what}) / count(*) as share
       from dossier.dossier d where d.submitted_at < $1::timestamptz - interval '60 days' and ${of}`,
      [own.app.platform.clock.now()],
    )
    return Number(rows[0]?.share)
  }
  const has = (type: string) =>
    `exists (select from dossier.entry e where e.dossier_id = d.id and e.body::jsonb->>'type' = '${type}')`
  const near = (share: number, promised: number, by: number) =>
    assert.ok(Math.abs(share - promised) <= by, `${share} %, not ${promised}`)

  it('are late, supplemented, withdrawn and refused as often as promised', async () => {
    near(await share('d.finished_at > d.due_at', 'd.due_at is not null and d.finished_at is not null'), 3, 1)
    near(await share(has('supplemented')), 12, 1.5)
    near(await share(has('withdrawn')), 2, 0.8)
    near(await share(has('refused')), 2, 0.8)
  })

  it('are asked for by people named as people are, most on Mondays, few on Sundays', async () => {
    const surname = (name: string) => share(`split_part(d.applicant_name, ' ', 1) = '${name}'`)
    near(await surname('Nguyễn'), 38.4, 2)
    near(await surname('Trần'), 11, 1.5)
    near(await surname('Lý'), 0.5, 0.5)
    const { rows } = await pool.query<{ n: string }>(
      "select count(distinct split_part(applicant_name, ' ', 1)) as n from dossier.dossier",
    )
    assert.ok(Number(rows[0]?.n) > 50, `${rows[0]?.n} surnames`)
    const weekday = (day: number) =>
      share(`extract(isodow from d.submitted_at at time zone 'Asia/Ho_Chi_Minh') = ${day}`)
    const [monday, sunday] = [await weekday(1), await weekday(7)]
    assert.ok(monday > 20 && monday < 26, `${monday} % on Mondays`)
    assert.ok(sunday > 0.5 && sunday < 4, `${sunday} % on Sundays`)
  })

  it('that drew the same reference draw again; what was there before keeps its own', async () => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('alter table dossier.dossier drop constraint dossier_reference_key')
      const { rows } = await client.query<{ id: string; reference: string }>(
        'select id, reference from dossier.dossier order by id limit 4',
      )
      const old = rows[0]?.reference
      // Three of this transaction like one of another.
      await client.query('update dossier.dossier set reference = $1 where id = any($2)', [
        old,
        rows.slice(1).map(row => row.id),
      ])
      await renewDoubles(client)
      await client.query('alter table dossier.dossier add constraint dossier_reference_key unique (reference)')
      const kept = await client.query('select id from dossier.dossier where reference = $1', [old])
      assert.deepEqual(kept.rows, [{ id: rows[0]?.id }])
    } finally {
      await client.query('rollback')
      client.release()
    }
  })

  it('ask for procedures by a long tail: each rarer than the one before', async () => {
    const { rows } = await pool.query<{ n: string }>(
      'select count(*) as n from dossier.dossier group by procedure_code order by n desc limit 4',
    )
    const [first, second, third] = rows.map(row => Number(row.n)) as [number, number, number]
    near((100 * second) / first, 65, 8)
    near((100 * third) / second, 65, 8)
  })
})
