// Number books of agencies: a document keeps the number it was given, in the book of that year; none is missing, none is double.
import { sql } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import { statement } from '../../platform/db/statement.ts'

export interface NumberRequest {
  readonly agencyId: string
  /** Notation after the number, as GPXD-UBND. */
  readonly notation: string
  /** Day on the document; its year chooses the book. */
  readonly dated: string
  /** What carries the number; asking again gives the same number. */
  readonly document: string
  readonly at: Date
}

const selectKnown = statement((db, given: { readonly document: string }) =>
  db.selectFrom('records.number').select(['number', 'year', 'dated']).where('document', '=', given.document),
)

interface BookRow {
  readonly agencyId: string
  readonly year: number
  readonly notation: string
}

const turnPage = statement((db, given: BookRow) =>
  db
    .insertInto('records.book')
    .values({ agency_id: given.agencyId, year: given.year, notation: given.notation, last: 1 })
    .onConflict(conflict =>
      conflict.columns(['agency_id', 'year', 'notation']).doUpdateSet({ last: sql`book.last + 1` }),
    )
    .returning('last'),
)

const insertNumber = statement((db, given: BookRow & NumberRequest & { readonly number: number }) =>
  db.insertInto('records.number').values({
    agency_id: given.agencyId,
    year: given.year,
    notation: given.notation,
    number: given.number,
    document: given.document,
    dated: given.dated,
    state: 'used',
    taken_at: given.at,
  }),
)

const redate = statement((db, given: { readonly document: string; readonly dated: string }) =>
  db.updateTable('records.number').set({ dated: given.dated }).where('document', '=', given.document),
)

/** A document that has its number in the book of one year is to be dated in another. */
export class NumberedInYear extends Error {
  readonly year: number
  constructor(year: number) {
    super(`numbered in the book of ${year}`)
    this.year = year
  }
}

/**
 * Takes the next number of a book (NĐ 30/2020 Art. 15: a series a year, from 1). The book's row is locked to the end of
 * the transaction, so a rollback gives the number back and the series has no hole. A document that has a number keeps
 * it and may be dated anew within its year; for another year throws NumberedInYear.
 */
export async function takeNumber(tx: Tx, request: NumberRequest): Promise<number> {
  const known = await selectKnown.first(tx, request)
  const year = Number(request.dated.slice(0, 4))
  if (known !== undefined) {
    if (known.year !== year) throw new NumberedInYear(known.year)
    if (known.dated !== request.dated) await redate.send(tx, request)
    return known.number
  }
  const { last } = await turnPage.one(tx, { ...request, year })
  await insertNumber.send(tx, { ...request, year, number: last })
  return last
}

/** The number as written: under 10 with a zero before it (NĐ 30/2020, Annex I). */
export const formatDocumentNumber = (number: number): string => String(number).padStart(2, '0')
