// Afterwards: every acknowledged action is there exactly once, every chain holds, no job or number is missing or double.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { DEMO_PASSWORD, DEMO_SECOND_FACTOR } from '../../src/app/demo-people.ts'
import { CITIZEN } from '../support/dossiers.ts'
import { asAdmin } from '../support/scratch.ts'
import { Visitor, type Wire } from '../support/test-app.ts'
import { DROPPED } from './dropping.ts'
import type { Installation } from './installation.ts'
import type { Channel, Ledger } from './ledger.ts'
import { AGENT, EID_PERSON, EID_SECRET } from './newcomers.ts'

/** A house as it is asked afterwards: its database, the mails that arrived, the drop of the national portal where it has one. */
type Asked = Pick<Installation, 'url' | 'mail'> & { readonly drop?: string }

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
        await ask<{ id: string; reference: string; channel: string; code: string | null }>(
          `select id, reference, case when foreign_code like '${DROPPED}%' then 'drop' else channel end as channel, foreign_code as code
           from dossier.dossier where id >= $1`,
          [first],
        )
      ).map(row => [row.id, row]),
    )
    for (const { id, reference } of ledger.filed) {
      const found = dossiers.get(id)
      if (found === undefined || (reference !== null && found.reference !== reference))
        faults.push(`filed ${reference ?? id} is ${found?.reference ?? 'gone'}`)
    }
    if (new Set(ledger.filed.map(({ id }) => id)).size !== ledger.filed.length) faults.push('one dossier, two filings')
    // People kept one key for all tries of one filing: more dossiers than acknowledgements only where none was given.
    for (const channel of ['api', 'portal', 'counter'] as const) {
      const stand = [...dossiers.values()].filter(row => row.channel === CHANNEL[channel]).length
      const told = ledger.filed.filter(filed => filed.channel === channel).length
      const open = ledger.unanswered.get(channel) ?? 0
      if (stand > told + open || stand < told)
        faults.push(`${stand} dossiers by ${channel}, but ${told} filings were acknowledged and ${open} never answered`)
    }

    const byCode = new Map([...dossiers.values()].map(({ code, id }) => [code, id]))
    for (const code of ledger.dropped) if (!byCode.has(code)) faults.push(`${code} was dropped and is not here`)
    const strange = [...dossiers.values()].filter(row => row.channel === 'drop').length - new Set(ledger.dropped).size
    if (strange !== 0) faults.push(`${strange} dossiers more came through the drop than were left there`)

    const entries = await ask<{ id: string; seq: number; type: string }>(
      "select dossier_id as id, seq, body::jsonb->>'type' as type from dossier.entry where dossier_id >= $1",
      [first],
    )
    faults.push(...askedAndDone(entries))
    const steps = entries.flatMap(({ id, seq }) => {
      const { code, channel } = dossiers.get(id) ?? {}
      return channel === 'drop' ? [`${code}-${String(seq).padStart(4, '0')}.json`] : []
    })
    if (house.drop !== undefined) faults.push(...dropFaults(house.drop, steps))
    const at = new Map(entries.map(entry => [`${entry.id}:${entry.seq}`, entry.type]))
    for (const { id, type, seq } of ledger.acts)
      if (seq !== null && at.get(`${id}:${seq}`) !== type)
        faults.push(`acknowledged ${type} of ${id} at ${seq} is ${at.get(`${id}:${seq}`) ?? 'missing'}`)
    // Once and no more: as many of a kind in a history as were acknowledged, and at most the one that was under way at the end.
    const notes = await ask<{ id: string }>('select dossier_id as id from dossier.note where dossier_id >= $1', [first])
    const told = tally([...ledger.acts, ...ledger.notes.map(({ id }) => ({ id, type: 'note' }))])
    const open = tally([...ledger.open])
    const stand = tally([...entries, ...notes.map(({ id }) => ({ id, type: 'note' }))])
    for (const key of new Set([...told.keys(), ...stand.keys()])) {
      if (BY_THE_HOUSE.has(key.split(' ')[1] ?? '')) continue
      const [real, acknowledged, most] = [stand.get(key) ?? 0, told.get(key) ?? 0, open.get(key) ?? 0]
      if (real < acknowledged || real > acknowledged + most)
        faults.push(`${key} happened ${real} times, acknowledged ${acknowledged} times, under way ${most}`)
    }
    await none(
      'a paper that a dossier holds twice',
      `
      select p.dossier_id, f.sha256, count(*) from dossier.paper p join platform.file f on f.id = p.file_id
      where p.dossier_id >= '${first}' group by p.dossier_id, f.sha256 having count(*) > 1`,
    )
    await none(
      'a person of the eID with two accounts',
      "select count(*) as logins from identity.login where kind = 'external' having count(*) > 1",
    )
    await none(
      'a seal without a stamp',
      'select number from dossier.seal where not exists (select from dossier.seal_stamp where seal = number)',
    )

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
      'an act given back though nothing but trouble stood in its way',
      `
      select dossier_id, body::jsonb->'facts'->>'reason' as reason from dossier.entry
      where dossier_id >= '${first}' and body::jsonb->>'type' = 'act-failed' and body::jsonb->'facts'->>'reason' not like 'technical fault%'`,
    )
    // Six tries in four minutes can all meet trouble where something breaks every few seconds; not often.
    if (ledger.givenBack > 1 + ledger.ended / 1000) faults.push(`${ledger.givenBack} acts were given back`)
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

/** What a filing is called where it stands. */
const CHANNEL: Readonly<Record<Channel, string>> = { api: 'national', portal: 'portal', counter: 'counter' }
/** What nobody asked for in so many words. */
const BY_THE_HOUSE: ReadonlySet<string> = new Set(['submitted', 'signed', 'numbered', 'sealed', 'act-failed'])

/** What the house does when it is asked to, by what it was asked with. */
const DONE: Readonly<Record<string, string>> = {
  'signing-requested': 'signed',
  'numbering-requested': 'numbered',
  'sealing-requested': 'sealed',
}

/** Each signature, number and seal that was asked for came once or was given back; none came unasked, none is still to come. */
function askedAndDone(
  entries: readonly { readonly id: string; readonly seq: number; readonly type: string }[],
): string[] {
  const faults: string[] = []
  const asked = new Map<string, string>()
  for (const { id, seq, type } of [...entries].sort((a, b) => a.id.localeCompare(b.id) || a.seq - b.seq)) {
    const waits = asked.get(id)
    if (type in DONE) {
      if (waits !== undefined) faults.push(`${id}:${seq} ${type} while ${waits} was under way`)
      asked.set(id, type)
    } else if (type === 'act-failed' || Object.values(DONE).includes(type)) {
      if (waits === undefined || (type !== 'act-failed' && DONE[waits] !== type))
        faults.push(`${id}:${seq} ${type}, asked for was ${waits ?? 'nothing'}`)
      asked.delete(id)
    }
  }
  return [...faults, ...[...asked].map(([id, type]) => `${id}: ${type}, and nothing came of it`)]
}

/** The national portal was told of each step of what it left, in whole files, and nothing of that lies there still. */
function dropFaults(drop: string, steps: readonly string[]): string[] {
  const heard = readdirSync(join(drop, 'outgoing')).filter(name => !name.startsWith('.'))
  const waiting = readdirSync(join(drop, 'incoming'))
  return [
    ...steps.filter(name => !heard.includes(name)).map(name => `the national portal was not told ${name}`),
    ...heard
      .filter(name => !steps.includes(name) || !isProgress(join(drop, 'outgoing', name)))
      .map(name => `the national portal was told ${name}, which is no step or not whole`),
    ...waiting.map(name => `${name} still lies in the drop`),
  ]
}

function isProgress(file: string): boolean {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).service === 'CapNhatTienDoHoSoMC'
  } catch {
    return false
  }
}

function tally(list: readonly { readonly id: string; readonly type: string }[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { id, type } of list) sums.set(`${id} ${type}`, (sums.get(`${id} ${type}`) ?? 0) + 1)
  return sums
}

/** How many files are read back, and accounts opened, each by its holder. */
const SAMPLE = 40

/** What only people can tell: files come back byte by byte, accounts open, each through the pages. */
export async function reckonThroughPages(wire: Wire, ledger: Ledger): Promise<string[]> {
  const faults: string[] = []
  for (const paper of ledger.papers.slice(-SAMPLE)) {
    const page = await paper.reader.get(paper.page)
    const ids = new Set([...page.body.matchAll(/(?:\/tep\/|\?xem=)([0-9a-f-]{36})/g)].map(match => match[1]))
    const files = await Promise.all([...ids].map(id => paper.reader.get(`${paper.page}/tep/${id}`)))
    const hashes = files.map(file =>
      createHash('sha256')
        .update(file.bytes ?? '')
        .digest('hex'),
    )
    if (!hashes.includes(paper.sha256))
      faults.push(`the paper of ${paper.id} is not what was handed in (${page.status}, ${ids.size} files)`)
  }
  for (const { login, password, former } of ledger.accounts.slice(-SAMPLE)) {
    const entered = await new Visitor(wire).post('/dang-nhap', { ten: login, 'mat-khau': password, tiep: '/' })
    if (entered.status !== 303) faults.push(`the account of ${login} answers ${entered.status}`)
    if (former === null) continue
    const kept = await new Visitor(wire).post('/dang-nhap', { ten: login, 'mat-khau': former, tiep: '/' })
    if (kept.status !== 422) faults.push(`the former password of ${login} is answered ${kept.status}`)
  }
  for (const visitor of ledger.signedOut.slice(-SAMPLE)) {
    const { status } = await visitor.get('/tai-khoan')
    if (status !== 303) faults.push(`a session that was ended still answers ${status}`)
  }
  const { giver, holds } = ledger.mandate
  if (giver !== null && holds !== null) {
    const { status, body } = await giver.get('/tai-khoan')
    if (status !== 200 || body.includes(`Ủy quyền cho ${AGENT}`) !== holds)
      faults.push(`the mandate ${holds ? 'that was given is gone' : 'that was revoked still stands'} (${status})`)
  }
  return faults
}

/** Lets the house do now what it does each evening or minute: a run is shorter than a day. */
const askFor = (house: Pick<Asked, 'url'>, job: string): Promise<unknown> =>
  asAdmin(house.url(), client =>
    client.query("select platform.enqueue($1::text, '{}'::json, null::timestamptz, null::text, null::text, 12::int)", [
      job,
    ]),
  )
export const askForSeals = (house: Pick<Asked, 'url'>) => askFor(house, 'dossier.seal-histories')
export const askForDrop = (house: Pick<Asked, 'url'>) => askFor(house, 'national-portal.import-drop')

/** Personal data and secrets that this run has put in: none of them may stand in a log. */
export function spokenSecrets(house: Installation, sessions: readonly string[]): string[] {
  const log = [...house.log, ...house.serverLog].join('\n')
  const planted = [
    CITIZEN.idNumber,
    CITIZEN.phone,
    'mau@example.vn',
    'Nguyễn Thị Mẫu',
    EID_PERSON.SoDinhDanh,
    EID_SECRET,
    EID_PERSON.HoVaTen,
    'Trần Thị Bưởi',
    'ba con mèo ngủ trưa',
    'Đã gọi điện',
    DEMO_PASSWORD,
    DEMO_SECOND_FACTOR,
    house.token,
    ...sessions,
    ...[...house.mail.letters.values()].flatMap(letter => /\b\d{4} \d{4}\b/.exec(letter)?.[0] ?? []),
    ...house.mail.letters.keys(),
  ]
  return planted.filter(secret => log.includes(secret)).map(secret => `the logs hold ${secret}`)
}

/** The id of a dossier by the code that another system gave it; null where there is none. */
export const idByForeignCode = (house: Pick<Asked, 'url'>, code: string): Promise<string | null> =>
  asAdmin(house.url(), async client => {
    // A primary of a moment ago may show what nobody else has.
    const { rows } = await client.query<{ id: string }>(
      'select id from dossier.dossier where foreign_code = $1 and not pg_is_in_recovery()',
      [code],
    )
    return rows[0]?.id ?? null
  })

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
