// SQL of working calendars; a calendar is immutable under its version and kept by it.

import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { CivilDate } from '../../../platform/calendar/civil.ts'
import type { Shift, WorkingCalendar } from '../../../platform/calendar/working-time.ts'
import type { Db } from '../../../platform/db/database.ts'
import { reference, referenceKey } from '../../../platform/db/reference.ts'

/** The calendar `code` as valid on a day. Throws when the installation has none: nothing can be promised without it. */
export function readCalendar(tx: Db, code: string, on: CivilDate): Promise<WorkingCalendar> {
  return reference(tx, referenceKey('calendar', code, on), () => loadCalendar(tx, code, on))
}

async function loadCalendar(tx: Db, code: string, on: CivilDate): Promise<WorkingCalendar> {
  const week = await tx
    .selectFrom('platform.calendar')
    .select(['week', sql<string>`lower(valid)::text`.as('from')])
    .where('code', '=', code)
    .where(sql<boolean>`valid @> ${on}::date`)
    .executeTakeFirst()
  if (week === undefined)
    throw new Error(
      `The installation has no working calendar "${code}" for ${on}; load one with motcua import-province.`,
    )
  const days = await tx
    .selectFrom('platform.calendar_day')
    .select(['date', 'shifts'])
    .where('code', '=', code)
    .orderBy('date')
    .execute()
  const digest = createHash('sha256')
    .update(JSON.stringify([week.week, days]))
    .digest('hex')
    .slice(0, 12)
  return {
    // Names the data itself: a corrected shift is another version.
    version: `${code}@${week.from}+${digest}`,
    week: week.week as unknown as Record<number, readonly Shift[]>,
    exceptions: new Map(days.map(day => [day.date, day.shifts as unknown as readonly Shift[]])),
  }
}
