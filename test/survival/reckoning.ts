// Afterwards: every acknowledged action is there exactly once, every chain holds, no job or number is missing or double.
import type pg from 'pg'
import { DEMO_PASSWORD, DEMO_SECOND_FACTOR } from '../../src/app/demo-people.ts'
import { CITIZEN } from '../support/dossiers.ts'
import { asAdmin } from '../support/scratch.ts'
import type { Installation } from './installation.ts'
import type { Ledger } from './people.ts'

/** A house as it is asked afterwards: its database and the mails that arrived. */
type Asked = Pick<Installation, 'url' | 'mail'>

/** What is wrong, in sentences, with what people did since then; empty when everything was survived. What was seeded before told nobody. */
export function reckon(house: Asked, ledger: Ledger, since: Date): Promise<string[]> {
  return asAdmin(house.url(), async client => {
    const faults: string[] = []
    const ask = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> =>
      (await client.query<Row>(text, values)).rows
    const none = async (what: string, text: string) => {
      const rows = await ask(text)
      if (rows.length > 0) faults.push(`${what}: ${JSON.stringify(rows.slice(0, 5))} (${rows.length})`)
    }

    // Ids begin with their instant (RFC 9562, version 7).
    const first = (await ask<{ id: string }>('select platform.month_id($1) as id', [since]))[0]?.id ?? ''
    const dossiers = new Map(
      (
        await ask<{ id: string; reference: string }>('select id, reference from dossier.dossier where id >= $1', [
          first,
        ])
      ).map(row => [row.id, row.reference]),
    )
    for (const { id, reference } of ledger.filed)
      if (dossiers.get(id) !== reference) faults.push(`filed ${reference} is ${dossiers.get(id) ?? 'gone'}`)
    if (dossiers.size > ledger.filed.length + ledger.unanswered)
      faults.push(
        `${dossiers.size} dossiers, but ${ledger.filed.length} filings were acknowledged and ${ledger.unanswered} never answered`,
      )
    // People kept one key for all tries of one filing: more dossiers than acknowledgements only where none was given.
    const keys = (await ask<{ n: number }>("select count(*) as n from platform.request where actor like 'system:%'"))[0]
    if (Number(keys?.n) !== dossiers.size) faults.push(`${dossiers.size} dossiers, but ${keys?.n} requests to file`)

    const entries = new Map(
      (
        await ask<{ key: string; type: string }>(
          "select dossier_id || ':' || seq as key, body::jsonb->>'type' as type from dossier.entry where dossier_id >= $1",
          [first],
        )
      ).map(row => [row.key, row.type]),
    )
    for (const { id, type, seq } of ledger.acts)
      if (entries.get(`${id}:${seq}`) !== type)
        faults.push(`acknowledged ${type} of ${id} at ${seq} is ${entries.get(`${id}:${seq}`) ?? 'missing'}`)

    await none(
      'numbers missing from a book',
      `
      select b.notation, b.last, count(n.number) as taken from records.book b
      left join records.number n using (agency_id, year, notation)
      group by b.agency_id, b.year, b.notation, b.last having count(n.number) <> b.last or max(n.number) <> b.last`,
    )
    await none(
      'a document without the number of its book',
      `
      select d.id from dossier.document d where d.number is not null and not exists (
        select from records.number n where n.document = 'dossier-document:' || d.id and n.number = d.number)`,
    )
    await none(
      'codes given twice',
      'select code from dossier.dossier where code is not null group by code having count(*) > 1',
    )
    await none(
      'open work of a dossier that has none',
      `
      select d.id, d.state from dossier.dossier d where (d.state in (1, 2, 4, 9)) <> exists (select from dossier.todo t where t.dossier_id = d.id)`,
    )
    await none(
      'open work counted wrong',
      `
      select * from (select position_id, queue, procedure_code, sum(amount) as n from (
          select * from dossier.todo_count union all select * from dossier.todo_delta) c group by 1, 2, 3) counted
      full join (select position_id, queue, procedure_code, count(*) as n from dossier.todo group by 1, 2, 3) real
        using (position_id, queue, procedure_code)
      where coalesce(counted.n, 0) <> coalesce(real.n, 0)`,
    )
    await none(
      'a dossier busy with an act that is over',
      `
      select d.id, i.state from dossier.dossier d join signing.intent i on i.id::text = d.busy where i.state <> 'waiting'`,
    )
    await none(
      'an act that nobody does any more',
      `
      select i.id, i.kind from signing.intent i where i.state = 'waiting' and not exists (
        select from graphile_worker._private_jobs j where j.payload->>'intent' = i.id::text)`,
    )
    await none(
      'jobs that failed for good',
      `
      select task_identifier, last_error from graphile_worker.jobs where attempts >= max_attempts and locked_at is null`,
    )
    await none(
      'a change that nobody was told of',
      `
      select e.dossier_id, e.seq from dossier.entry e where e.dossier_id >= '${first}' and e.body::jsonb->>'type' in ('received', 'result-returned')
        and not exists (select from notifications.message m where m.key like '%' || e.dossier_id || ':' || e.seq || '%')
        and not exists (select from graphile_worker._private_jobs j where j.payload::text like '%' || e.dossier_id || ':' || e.seq || '%')`,
    )
    await none(
      'files that two rows share, or none has the bytes of',
      `
      select store_key from platform.file group by store_key having count(*) > 1`,
    )

    const sent = await ask<{ id: string }>(
      "select id from notifications.message where channel = 'email' and state = 'sent'",
    )
    const lost = sent.filter(row => !house.mail.arrived.has(`<${row.id}@motcua>`))
    if (lost.length > 0) faults.push(`${lost.length} mails are said to be sent and never arrived`)
    return faults
  })
}

/** Personal data and secrets that this run has put in: none of them may stand in a log. */
export function spokenSecrets(house: Installation, sessions: readonly string[]): string[] {
  const log = house.log.join('\n')
  const planted = [
    CITIZEN.idNumber,
    CITIZEN.phone,
    'mau@example.vn',
    'Nguyễn Thị Mẫu',
    DEMO_PASSWORD,
    DEMO_SECOND_FACTOR,
    house.token,
    ...sessions,
  ]
  return planted.filter(secret => log.includes(secret)).map(secret => `the logs hold ${secret}`)
}

/** Jobs that wait or run; those that wait for their next try because the mail server was down are counted too. */
export async function jobsLeft(house: Pick<Asked, 'url'>): Promise<number> {
  return asAdmin(house.url(), async client => {
    const { rows } = await client.query<{ n: string }>(
      'select count(*) as n from graphile_worker._private_jobs where attempts < max_attempts',
    )
    return Number(rows[0]?.n)
  })
}

/** Those jobs in words, for whoever has to find out why. */
export function describeJobs(house: Pick<Asked, 'url'>): Promise<string[]> {
  return asAdmin(house.url(), async client => {
    const { rows } = await client.query(
      `select j.task_identifier as task, j.attempts, j.locked_by, j.locked_at, j.run_at, left(j.last_error, 120) as error,
         q.queue_name as queue, q.locked_by as queue_locked_by
       from graphile_worker.jobs j left join graphile_worker._private_job_queues q on q.queue_name = j.queue_name limit 5`,
    )
    return rows.map(row => JSON.stringify(row))
  })
}

/** Lets jobs that wait for a later try be tried now: nobody needs to wait for the clock in a test. */
export async function hurry(house: Pick<Asked, 'url'>): Promise<void> {
  await asAdmin(house.url(), client =>
    client.query(
      'update graphile_worker._private_jobs set run_at = now() where run_at > now() and locked_at is null and attempts < max_attempts',
    ),
  )
}
