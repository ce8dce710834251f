// SQL of searching dossiers: inside one agency, by code, reference, identification number, or folded words.
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../platform/db/database.ts'
import { foldedWords, wholeWordsQuery } from '../../../platform/text.ts'
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

/** At most this many are looked at; beyond it the answer says "more than". */
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

/**
 * `newest`: dossiers of an agency that are looked through before an index is asked; where words are common, they are there.
 * `few`: up to so many hits of an index are fetched and sorted.
 */
const BOUNDS = { newest: 800, few: 2000 }

/** Dossiers that the agency decides or receives, newest first. */
export async function searchDossiers(
  tx: Db,
  agencyId: string,
  asked: Asked,
  page: Page,
  bounds = BOUNDS,
): Promise<Found[]> {
  switch (asked.kind) {
    case 'exact':
      return find(tx, either(agencyId, sql`(code = ${asked.code} or reference = ${asked.code})`, page), page)
    case 'person':
      return find(tx, either(agencyId, sql`id_index = ${asked.idIndex}`, page), page)
    case 'words':
      return byWords(tx, agencyId, asked.words, page, bounds)
  }
}

/**
 * Three ways, each with a bound of its own. Common words stand in the newest dossiers: they fill the page. What is rarer
 * has a short list of its pairs of neighbouring words, kept for each agency apart; the last word may be a beginning. Where
 * that list is long all the same, the agency's dossiers are walked back in time until the page is full. Only where nobody is found so are words looked for that are no neighbours, in the lists of the whole province.
 */
async function byWords(
  tx: Db,
  agencyId: string,
  words: readonly string[],
  page: Page,
  { newest: recent, few }: typeof BOUNDS,
): Promise<Found[]> {
  const whole = sql`to_tsquery('simple', ${wholeWordsQuery(words, 'whole')})`
  const newest = (column: 'agency_id' | 'centre_id') => sql`
    (select id, submitted_at from (
       select id, submitted_at, search from dossier.dossier where ${sql.ref(column)} = ${agencyId}
       order by submitted_at desc, id limit ${recent}) newest
     where search @@ ${whole} order by submitted_at desc, id limit ${page.limit + page.offset})`
  const common = await find(tx, sql`${newest('agency_id')} union ${newest('centre_id')}`, page)
  if (common.length === page.limit) return common
  const neighbours = sql<boolean>`dossier.pairs(agency_id, centre_id, search) @@ ${pairsQuery(agencyId, words)}::tsquery`
  const { found, items } = await findFew(tx, neighbours, few, page)
  if (found > few) {
    // So many that the newest are soon met, walking back in time; all of them would have to be fetched to be sorted.
    const beginning = sql`to_tsquery('simple', ${wholeWordsQuery(words, 'beginning')})`
    const walk = (column: 'agency_id' | 'centre_id') => sql`
      (select id, submitted_at from (
         select id, submitted_at, search, agency_id, centre_id from dossier.dossier where ${sql.ref(column)} = ${agencyId}
         order by submitted_at desc, id offset 0) newest
       where search @@ ${beginning} and ${neighbours} limit ${page.limit + page.offset})`
    return find(tx, sql`${walk('agency_id')} union ${walk('centre_id')}`, page)
  }
  if (found > 0 || page.offset > 0) return items
  return find(
    tx,
    either(agencyId, sql`search @@ to_tsquery('simple', ${wholeWordsQuery(words, 'beginning')})`, page),
    page,
  )
}

/** Neighbouring words as dossier.pair_key writes them for an agency, the last as a beginning. Folded words hold letters and digits only. */
function pairsQuery(agencyId: string, words: readonly string[]): string {
  const key = agencyId.slice(-12)
  return `${words
    .slice(1)
    .map((word, index) => `'${key}${words[index]}_${word}'`)
    .join(' & ')}:*`
}

/** Each side is cut off at the end of the page before anything is joined. */
const either = (agencyId: string, matches: RawBuilder<unknown>, page: Page) => {
  const side = (column: 'agency_id' | 'centre_id') => sql`
    (select id, submitted_at from dossier.dossier where ${sql.ref(column)} = ${agencyId} and ${matches}
    order by submitted_at desc, id limit ${page.limit + page.offset})`
  return sql`${side('agency_id')} union ${side('centre_id')}`
}

/** Puts the words of new dossiers where searches find them at once. */
export async function tidySearch(db: Db): Promise<void> {
  await sql`select dossier.tidy_search()`.execute(db)
}

interface Page {
  readonly limit: number
  readonly offset: number
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

const COLUMNS = sql`d.id, d.code, d.reference, d.applicant_name, d.subject, p.title, d.state, d.due_at`
/** The page that was cut off, with what a line shows. */
const HIT = sql`hit join dossier.dossier d on d.id = hit.id join catalogue.read_procedure p on p.code = d.procedure_code`
const newestFirst = (page: Page) => sql`order by submitted_at desc, id limit ${page.limit} offset ${page.offset}`

async function find(tx: Db, hits: RawBuilder<unknown>, page: Page): Promise<Found[]> {
  const { rows } = await sql<FoundRow>`
    /* planned with its values */ with hit as materialized (
      select id, submitted_at from (${hits}) as hits ${newestFirst(page)})
    select ${COLUMNS} from ${HIT} order by hit.submitted_at desc, hit.id`.execute(tx)
  return rows.map(toFound)
}

/** How many dossiers match, counted to one more than `few`, and a page of them where they are no more than that. */
async function findFew(
  tx: Db,
  matches: RawBuilder<unknown>,
  few: number,
  page: Page,
): Promise<{ readonly found: number; readonly items: Found[] }> {
  const { rows } = await sql<{ found: number } & (FoundRow | { readonly id: null })>`
    /* planned with its values */ with few as materialized (
      select id, submitted_at from dossier.dossier where ${matches} limit ${few + 1}),
    counted as (select count(*)::int as found from few),
    hit as materialized (
      select id, submitted_at from few where (select found from counted) <= ${few} ${newestFirst(page)})
    select counted.found, ${COLUMNS} from counted left join (${HIT}) on true
    order by hit.submitted_at desc, hit.id`.execute(tx)
  return { found: rows[0]?.found ?? 0, items: rows.flatMap(row => (row.id === null ? [] : [toFound(row)])) }
}
