// SQL of searching dossiers: inside one agency, by code, reference, identification number, or folded words.
import { sql } from 'kysely'
import type { Db } from '../../../platform/db/database.ts'
import { foldedWords, prefixQuery } from '../../../platform/text.ts'
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
 * Dossiers that the agency decides or receives, newest first. Each side is cut off at the end of the page before
 * anything is joined, so that PostgreSQL may walk the newest dossiers where a word is common and the words where it is
 * rare. Which it is depends on the words: the leading comment keeps the statement without a name, so without a kept plan.
 */
export async function searchDossiers(
  tx: Db,
  agencyId: string,
  asked: Asked,
  page: { limit: number; offset: number },
): Promise<Found[]> {
  const matches =
    asked.kind === 'exact'
      ? sql`(code = ${asked.code} or reference = ${asked.code})`
      : asked.kind === 'person'
        ? sql`id_index = ${asked.idIndex}`
        : sql`search @@ to_tsquery('simple', ${prefixQuery(asked.words)})`
  const side = (column: 'agency_id' | 'centre_id') => sql`
    (select id, submitted_at from dossier.dossier where ${sql.ref(column)} = ${agencyId} and ${matches}
    order by submitted_at desc, id limit ${page.limit + page.offset})`
  const { rows } = await sql<{
    id: string
    code: string | null
    reference: string
    applicant_name: string
    subject: string
    title: string | null
    state: number
    due_at: Date | null
  }>`
    /* planned with its values */ with hit as materialized (
      ${side('agency_id')} union ${side('centre_id')}
      order by submitted_at desc, id limit ${page.limit} offset ${page.offset})
    select d.id, d.code, d.reference, d.applicant_name, d.subject, p.title, d.state, d.due_at
    from hit
    join dossier.dossier d on d.id = hit.id
    join catalogue.read_procedure p on p.code = d.procedure_code
    order by hit.submitted_at desc, hit.id`.execute(tx)
  return rows.map(row => ({
    id: row.id as DossierId,
    code: row.code,
    reference: row.reference,
    applicantName: row.applicant_name,
    subject: row.subject,
    procedureTitle: row.title ?? '',
    state: row.state as State,
    dueAt: row.due_at,
  }))
}
