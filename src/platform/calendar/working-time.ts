// Working time: pure arithmetic over a calendar of shifts, days off and swap days (Labour Code Art. 112; yearly notices).
import { addDays, type CivilDate, civilDateOf, instantAt, minuteOfDay, weekdayOf } from './civil.ts'

/** A shift in minutes since midnight: [480, 690] is 8:00–11:30. */
export type Shift = readonly [start: number, end: number]

/** One version of an agency's calendar. */
export interface WorkingCalendar {
  /** Names the data it was read from; stored beside every due instant. */
  readonly version: string
  /** Shifts of an ordinary week, by weekday 1 Monday … 7 Sunday; an absent day is off. */
  readonly week: Readonly<Record<number, readonly Shift[]>>
  /** Dates that differ: an empty list is a day off, shifts are a swap day or a half day. */
  readonly exceptions: ReadonlyMap<CivilDate, readonly Shift[]>
}

/** A lawful or internal time limit. Same-day limits take the cut-off hour of the procedure. */
export type TimeLimit =
  | { readonly unit: 'working-days'; readonly value: number }
  | { readonly unit: 'working-hours'; readonly value: number }
  | { readonly unit: 'days'; readonly value: number }
  | { readonly unit: 'same-day'; readonly cutoff: number }

// A calendar without one working day in this span is broken data, not a long holiday.
const HORIZON_DAYS = 400

export function shiftsOn(calendar: WorkingCalendar, date: CivilDate): readonly Shift[] {
  return calendar.exceptions.get(date) ?? calendar.week[weekdayOf(date)] ?? []
}

/** The first date from `date` on (itself included) with a shift. Throws RangeError when the calendar has none in 400 days. */
export function nextWorkingDate(calendar: WorkingCalendar, date: CivilDate): CivilDate {
  for (let i = 0; i < HORIZON_DAYS; i++) {
    const candidate = addDays(date, i)
    if (shiftsOn(calendar, candidate).length > 0) return candidate
  }
  throw new RangeError(`calendar ${calendar.version} has no working day in the ${HORIZON_DAYS} days from ${date}`)
}

/** The instant itself inside a shift, otherwise the start of the next shift: work begins when the office opens. */
export function nextWorkingInstant(calendar: WorkingCalendar, at: Date): Date {
  const date = civilDateOf(at)
  const minute = minuteOfDay(at)
  for (const [start, end] of shiftsOn(calendar, date)) {
    if (minute < start) return instantAt(date, start)
    if (minute < end) return at
  }
  const next = nextWorkingDate(calendar, addDays(date, 1))
  return instantAt(next, shiftsOn(calendar, next)[0]?.[0] ?? 0)
}

/** The end of the last shift of a working date. */
export function closingInstant(calendar: WorkingCalendar, date: CivilDate): Date {
  return instantAt(date, shiftsOn(calendar, date).at(-1)?.[1] ?? 0)
}

/** The instant that lies `minutes` of working time after `at`; zero minutes is `at` moved into working time. */
export function addWorkingMinutes(calendar: WorkingCalendar, at: Date, minutes: number): Date {
  let cursor = nextWorkingInstant(calendar, at)
  let left = minutes
  for (;;) {
    const date = civilDateOf(cursor)
    const minute = minuteOfDay(cursor)
    const end = shiftsOn(calendar, date).find(shift => minute >= shift[0] && minute < shift[1])?.[1] ?? minute
    if (left <= end - minute) return instantAt(date, minute + left)
    left -= end - minute
    cursor = nextWorkingInstant(calendar, instantAt(date, end))
  }
}

/** Working minutes from `from` to `to`; negative when `to` lies before. */
export function workingMinutesBetween(calendar: WorkingCalendar, from: Date, to: Date): number {
  if (to < from) return -workingMinutesBetween(calendar, to, from)
  let sum = 0
  const last = civilDateOf(to)
  for (let date = civilDateOf(from); date <= last; date = addDays(date, 1)) {
    for (const [start, end] of shiftsOn(calendar, date)) {
      const begin = Math.max(start, date === civilDateOf(from) ? minuteOfDay(from) : 0)
      const finish = Math.min(end, date === last ? minuteOfDay(to) : 1440)
      if (finish > begin) sum += finish - begin
    }
  }
  return sum
}

/**
 * When a limit that starts at `at` ends. The day of receipt is not counted and an end on a day off moves to the next
 * working day (Civil Code Arts. 147–148); filing after hours counts from the next working start; a same-day limit
 * received after its cut-off ends the next working day.
 */
export function dueInstant(calendar: WorkingCalendar, at: Date, limit: TimeLimit): Date {
  const start = nextWorkingInstant(calendar, at)
  const day = civilDateOf(start)
  switch (limit.unit) {
    case 'working-hours':
      return addWorkingMinutes(calendar, start, limit.value * 60)
    case 'working-days': {
      let date = day
      for (let i = 0; i < limit.value; i++) date = nextWorkingDate(calendar, addDays(date, 1))
      return closingInstant(calendar, date)
    }
    case 'days':
      return closingInstant(calendar, nextWorkingDate(calendar, addDays(civilDateOf(at), limit.value)))
    case 'same-day': {
      const late = minuteOfDay(start) >= limit.cutoff
      return closingInstant(calendar, late ? nextWorkingDate(calendar, addDays(day, 1)) : day)
    }
  }
}
