// SQL of procedures and revisions.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { raiseVersion } from '../../../platform/db/versions.ts'
import { type Id, newId } from '../../../platform/id.ts'
import { fold, foldedWords, prefixQuery } from '../../../platform/text.ts'
import type { Definition } from '../definition.ts'

export type RevisionId = Id<'revision'>
export type ProcedureStatus = 'draft' | 'published' | 'unpublished' | 'retired'

export interface Revision {
  readonly id: RevisionId
  readonly code: string
  readonly number: number
  readonly status: ProcedureStatus
  readonly definition: Definition
}

export interface ProcedureListItem {
  readonly code: string
  readonly kind: Definition['procedure']['kind']
  readonly title: string
  readonly titleEn: string | null
  readonly field: string
  readonly online: string
  readonly levels: readonly string[]
}

/** What kind of procedure a code is here; null for a code that nobody published. */
export async function findProcedureKind(db: Db, code: string): Promise<string | null> {
  const row = await db.selectFrom('catalogue.procedure').select('kind').where('code', '=', code).executeTakeFirst()
  return row?.kind ?? null
}

/**
 * Saves a definition as the next revision and publishes it; the same content again is no new revision.
 * Returns the revision that is current now.
 */
export async function publishDefinition(
  tx: Tx,
  definition: Definition,
  at: Date,
): Promise<{ id: RevisionId; number: number; fresh: boolean }> {
  const { procedure } = definition
  const text = JSON.stringify(definition)
  const digest = createHash('sha256').update(text).digest()
  const values = {
    kind: procedure.kind,
    status: 'published',
    title: procedure.title.vi,
    title_en: procedure.title.en ?? null,
    field: procedure.field.vi,
    levels: procedure.levels,
    life_events: procedure.life_events,
    online: procedure.online,
    search: searchVector(definition),
    updated_at: at,
  }
  await tx
    .insertInto('catalogue.procedure')
    .values({ code: procedure.code, ...values })
    .onConflict(conflict => conflict.column('code').doNothing())
    .execute()
  const known = await tx
    .selectFrom('catalogue.procedure as p')
    .leftJoin('catalogue.revision as r', 'r.id', 'p.current_revision')
    .select(['p.status', 'r.id', 'r.number', 'r.digest'])
    .where('p.code', '=', procedure.code)
    .forUpdate('p')
    .executeTakeFirstOrThrow()
  if (known.id !== null && known.digest?.equals(digest) === true && known.status === 'published')
    return { id: known.id as RevisionId, number: known.number ?? 0, fresh: false }
  const last = await tx
    .selectFrom('catalogue.revision')
    .select(sql<number>`coalesce(max(number), 0)`.as('last'))
    .where('procedure_code', '=', procedure.code)
    .executeTakeFirstOrThrow()
  const id = newId<'revision'>(at)
  await tx
    .insertInto('catalogue.revision')
    .values({
      id,
      procedure_code: procedure.code,
      number: last.last + 1,
      definition: text,
      digest,
      published_at: at,
      created_at: at,
    })
    .execute()
  await tx
    .updateTable('catalogue.procedure')
    .set({ ...values, current_revision: id })
    .where('code', '=', procedure.code)
    .execute()
  await raiseVersion(tx, 'public')
  return { id, number: last.last + 1, fresh: true }
}

function searchVector(definition: Definition) {
  const { procedure } = definition
  const title = fold(
    `${procedure.title.vi} ${procedure.title.en ?? ''} ${procedure.code} ${procedure.keywords.join(' ')}`,
  )
  const rest = fold(
    `${procedure.field.vi} ${procedure.summary.vi} ${procedure.results.map(result => result.vi).join(' ')}`,
  )
  return sql<string>`setweight(to_tsvector('simple', ${title}), 'A') || setweight(to_tsvector('simple', ${rest}), 'C')`
}

function revisions(tx: Db) {
  return tx
    .selectFrom('catalogue.revision as r')
    .innerJoin('catalogue.procedure as p', 'p.code', 'r.procedure_code')
    .select(['r.id', 'p.code', 'r.number', 'p.status'])
}

const selectCurrent = statement((db, given: { readonly code: string }) =>
  revisions(db).whereRef('r.id', '=', 'p.current_revision').where('p.code', '=', given.code),
)

/** The current revision of a procedure that strangers may see, without its definition; null when there is none. */
export async function currentRevision(
  tx: Db,
  code: string,
): Promise<{ id: RevisionId; number: number; status: ProcedureStatus } | null> {
  const row = await selectCurrent.first(tx, { code })
  return row === undefined
    ? null
    : { id: row.id as RevisionId, number: row.number, status: row.status as ProcedureStatus }
}

/** A revision's definition; immutable, so the caller may keep it. */
export async function readDefinition(tx: Db, id: RevisionId): Promise<Definition | null> {
  const row = await tx.selectFrom('catalogue.revision').select('definition').where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : (JSON.parse(row.definition) as Definition)
}

export interface ProcedureFilter {
  readonly words?: string
  readonly lifeEvent?: string
  readonly level?: string
  readonly field?: string
  readonly limit: number
  readonly offset?: number
}

/**
 * Published procedures, best match first, then by title: those with every word, or where there is none those with half of the words
 * and more, most first. People write more than a title holds ("làm giấy khai sinh cho con").
 */
export async function listProcedures(tx: Db, filter: ProcedureFilter): Promise<ProcedureListItem[]> {
  const words = foldedWords(filter.words ?? '')
  const found = await ask(tx, filter, words, words.length)
  if (found.length > 0 || words.length < 2) return found
  // Behind the last page of what has every word there is nothing.
  if (filter.offset && (await ask(tx, { ...filter, limit: 1, offset: 0 }, words, words.length)).length > 0) return []
  return ask(tx, filter, words, Math.ceil(words.length / 2))
}

/** Procedures with at least `needed` of the words, each as a beginning. */
async function ask(
  tx: Db,
  filter: ProcedureFilter,
  words: readonly string[],
  needed: number,
): Promise<ProcedureListItem[]> {
  let query = tx
    .selectFrom('catalogue.procedure')
    .select(['code', 'kind', 'title', 'title_en', 'field', 'online', 'levels'])
    .where('status', '=', 'published')
  if (words.length > 0) {
    const every = needed === words.length
    const asked = sql<string>`to_tsquery('simple', ${prefixQuery(words, every ? '&' : '|')})`
    query = query.where(sql<boolean>`search @@ ${asked}`)
    if (!every) {
      const each = words.map(word => sql`(search @@ to_tsquery('simple', ${prefixQuery([word], '&')}))::int`)
      const held = sql<number>`(${sql.join(each, sql` + `)})`
      query = query.where(sql<boolean>`${held} >= ${needed}`).orderBy(held, 'desc')
    }
    query = query.orderBy(sql`ts_rank(search, ${asked})`, 'desc')
  }
  if (filter.lifeEvent) query = query.where(sql<boolean>`${filter.lifeEvent} = any(life_events)`)
  if (filter.level) query = query.where(sql<boolean>`${filter.level} = any(levels)`)
  if (filter.field) query = query.where('field', '=', filter.field)
  const rows = await query
    // As a Vietnamese dictionary has it: đ behind d, marks behind the letters.
    .orderBy(sql`title collate "vi-x-icu"`)
    .orderBy('code')
    .limit(filter.limit)
    .offset(filter.offset ?? 0)
    .execute()
  return rows.map(row => ({
    code: row.code,
    kind: row.kind as ProcedureListItem['kind'],
    title: row.title,
    titleEn: row.title_en,
    field: row.field,
    online: row.online,
    levels: row.levels,
  }))
}

/** Code → title, for lists of dossiers. */
export async function procedureTitles(
  tx: Db,
  codes: readonly string[],
): Promise<Map<string, { vi: string; en: string | undefined }>> {
  if (codes.length === 0) return new Map()
  const rows = await tx
    .selectFrom('catalogue.procedure')
    .select(['code', 'title', 'title_en'])
    .where('code', '=', sql<string>`any(${[...new Set(codes)]}::text[])`)
    .execute()
  return new Map(rows.map(row => [row.code, { vi: row.title, en: row.title_en ?? undefined }]))
}
