// SQL of searching dossiers: inside one agency, by code, reference, identification number, or folded words.
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../platform/db/database.ts'
import { foldedWords } from '../../../platform/text.ts'
import type { DossierId, State } from '../dossier.ts'

export interface Found {
  readonly id: DossierId
  readonly code: string | null
  readonly reference: string
  readonly applicantName: string
  readonly subject: string
  readonly procedureTitle: string
  readonly state: State
  readonly dueAt: Date | null
}

/** Pages end here. */
export const SEARCH_BOUND = 1000

export type Asked =
  | { readonly kind: 'exact'; readonly code: string }
  | { readonly kind: 'person'; readonly idIndex: Buffer }
  | { readonly kind: 'words'; readonly words: readonly string[] }

/** What a search text asks for; null when it is too little: one code, one number, or two words. */
export function readQuestion(text: string, indexOf: (idNumber: string) => Buffer): Asked | null {
  const plain = text.trim().toUpperCase()
  if (/^\d{12}$/.test(plain.replace(/\s/g, ''))) return { kind: 'person', idIndex: indexOf(plain.replace(/\s/g, '')) }
  if (/^[A-Z]\d{2}(\.[0-9A-Z]{1,3})*-\d{6}-\d{4,}$/.test(plain) || /^[2-9A-HJ-NP-TV-Z]{10}$/.test(plain))
    return { kind: 'exact', code: plain }
  const words = foldedWords(text)
  return words.length >= 2 ? { kind: 'words', words } : null
}

/** So many of the newest dossiers of an agency are looked through before an index is asked: where words are common, they are there. */
const NEWEST = 500

/** Dossiers that the agency decides or receives, newest first; by code or number also what it wrote down for another. */
export async function searchDossiers(
  tx: Db,
  agencyId: string,
  asked: Asked,
  page: Page,
  newest = NEWEST,
): Promise<Found[]> {
  switch (asked.kind) {
    case 'exact':
      return (await find(tx, any(agencyId, sql`(code = ${asked.code} or reference = ${asked.code})`, page), page)).page
    case 'person':
      return (await find(tx, any(agencyId, sql`id_index = ${asked.idIndex}`, page), page)).page
    case 'words':
      return byWords(tx, agencyId, asked.words, page, newest)
  }
}

/**
 * Three ways, of which the first page decides. Common words stand in the newest dossiers: where they fill a page, every
 * dossier with all the words is meant. What is rarer is looked for as pairs of neighbouring words, the last as a beginning. Only
 * where nobody is found so are words looked for that are no neighbours.
 */
async function byWords(
  tx: Db,
  agencyId: string,
  words: readonly string[],
  page: Page,
  newest: number,
): Promise<Found[]> {
  const side = (column: 'agency_id' | 'centre_id') => sql`
    (select id, submitted_at, search from dossier.dossier where ${sql.ref(column)} = ${agencyId}
    order by submitted_at desc, id limit ${newest})`
  const common = await find(
    tx,
    sql`select id, submitted_at from (
      select distinct on (submitted_at, id) id, submitted_at, search
      from (${side('agency_id')} union all ${side('centre_id')}) both_sides
      order by submitted_at desc, id limit ${newest}) newest
    where search @@ ${words.map(word => `'${word}'`).join(' & ')}::tsquery
    order by submitted_at desc, id limit ${page.limit}`,
    { limit: page.limit, offset: 0 },
  )
  if (common.page.length === page.limit)
    return page.offset === 0 ? common.page : (await walkBack(tx, agencyId, words, 'whole', page)).page
  const pairs = words.slice(1).map((word, index) => `${words[index]}_${word}`)
  const neighbours = await walkBack(tx, agencyId, pairs, 'beginning', page)
  return neighbours.some ? neighbours.page : (await walkBack(tx, agencyId, words, 'beginning', page)).page
}

/**
 * Dossiers with all the keys, the last perhaps as a beginning, from the newest thirty days back: each step asks for three times
 * as many lists as the one before, begins where there is a dossier again, and the step that fills the page is the last. So
 * common keys cost a page, and rare ones one look into each list. Folded words hold letters and digits only.
 */
async function walkBack(
  tx: Db,
  agencyId: string,
  keys: readonly string[],
  last: 'whole' | 'beginning',
  page: Page,
): Promise<Hits> {
  // A word of one or two letters is no beginning: half the names begin so.
  const end = last === 'beginning' && (keys.at(-1)?.length ?? 0) >= 3 ? ':*' : ''
  const question = `(${keys.map(key => `'@${key}'`).join(' & ')}${end})`
  const needed = page.limit + page.offset
  const newestOf = (column: 'agency_id' | 'centre_id') => sql`
    (select max(submitted_at) from dossier.dossier where ${sql.ref(column)} = ${agencyId} and submitted_at < w.before)`
  return find(
    tx,
    sql`with recursive walk as (
      select 'infinity'::timestamptz as before, 1 as width, '{}'::uuid[] as ids, '{}'::timestamptz[] as ats, 0 as found
      union all
      select dossier.search_start(reach.newest - w.width + 1), w.width * 3, hits.ids, hits.ats, w.found + cardinality(hits.ids)
      from walk w
      cross join lateral (
        select dossier.search_period(greatest(${newestOf('agency_id')}, ${newestOf('centre_id')})) as newest offset 0) reach
      cross join lateral (
        select string_agg(replace(${question}, '@', dossier.search_list(${agencyId}, period)), ' | ')::tsquery as question
        from generate_series(greatest(reach.newest - w.width + 1, 0), reach.newest) as period) asked
      cross join lateral (
        select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(submitted_at), '{}') as ats from (
          select id, submitted_at from (
            select id, submitted_at from dossier.dossier
            where dossier.search_keys(agency_id, centre_id, submitted_at, search) @@ asked.question offset 0) every
          order by submitted_at desc, id limit ${needed}) newest) hits
      where reach.newest is not null and w.found < ${needed})
    select h.id, h.submitted_at from walk, unnest(ids, ats) as h (id, submitted_at)`,
    page,
  )
}

/** Each side is cut off at the end of the page before anything is joined. */
const any = (agencyId: string, matches: RawBuilder<unknown>, page: Page) => {
  const side = (column: 'agency_id' | 'centre_id' | 'point_id') => sql`
    (select id, submitted_at from dossier.dossier where ${sql.ref(column)} = ${agencyId} and ${matches}
    order by submitted_at desc, id limit ${page.limit + page.offset})`
  return sql`${side('agency_id')} union ${side('centre_id')} union ${side('point_id')}`
}

/** Puts the words of new dossiers where searches find them at once. */
export async function tidySearch(db: Db): Promise<void> {
  await sql`select dossier.tidy_search()`.execute(db)
}

interface Page {
  readonly limit: number
  readonly offset: number
}

/** A page of what was found; `some` says whether there is anything at all, on an earlier page perhaps. */
interface Hits {
  readonly page: Found[]
  readonly some: boolean
}

interface FoundRow {
  readonly id: string
  readonly code: string | null
  readonly reference: string
  readonly applicant_name: string
  readonly subject: string
  readonly title: string | null
  readonly state: number
  readonly due_at: Date | null
}

const toFound = (row: FoundRow): Found => ({
  id: row.id as DossierId,
  code: row.code,
  reference: row.reference,
  applicantName: row.applicant_name,
  subject: row.subject,
  procedureTitle: row.title ?? '',
  state: row.state as State,
  dueAt: row.due_at,
})

async function find(tx: Db, hits: RawBuilder<unknown>, page: Page): Promise<Hits> {
  // One row at least, which is empty where the page is.
  const { rows } = await sql<(FoundRow | { readonly id: null }) & { readonly some: boolean }>`
    /* planned with its values */ with every as materialized (${hits}),
    hit as materialized (
      select id, submitted_at from every order by submitted_at desc, id limit ${page.limit} offset ${page.offset})
    select d.id, d.code, d.reference, d.applicant_name, d.subject, p.title, d.state, d.due_at, any_hit.some
    from (select exists (select from every) as some) any_hit
    left join (hit
      join dossier.dossier d on d.id = hit.id
      join catalogue.read_procedure p on p.code = d.procedure_code) on true
    order by hit.submitted_at desc, hit.id`.execute(tx)
  return { page: rows.flatMap(row => (row.id === null ? [] : [toFound(row)])), some: rows[0]?.some ?? false }
}
