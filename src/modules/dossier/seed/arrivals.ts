// When people file: two years of days by weekday, the hours of a day, the share of each day that the seed has to make.
import { addDays, type CivilDate, civilDateOf, instantAt, weekdayOf } from '../../../platform/calendar/civil.ts'
import { shiftsOn, type WorkingCalendar } from '../../../platform/calendar/working-time.ts'
import { weighted } from './people.ts'

/** Arrivals of a day against a Wednesday, Monday first; a day off in the week counts as a Sunday. Assumed, not measured. */
const BY_WEEKDAY = [1.25, 1.1, 1, 0.95, 0.9, 0.15, 0.1] as const
/** Share of a day's arrivals by hour, in percent: two peaks in office hours, a tail of the evening online. Assumed. */
const BY_HOUR: readonly (readonly [number, number])[] = [
  [6, 1],
  [7, 7],
  [8, 17],
  [9, 18],
  [10, 13],
  [11, 5],
  [12, 2],
  [13, 8],
  [14, 11],
  [15, 8],
  [16, 4],
  [19, 2],
  [20, 2],
  [21, 1],
  [22, 1],
]
const hour = weighted(BY_HOUR)
const DAYS = 730

/** The instants of `count` arrivals over the two years up to `now`, oldest day first. */
export function* arrivals(
  calendar: WorkingCalendar,
  now: Date,
  count: number,
  random: () => number,
): Generator<Date, void, undefined> {
  const today = civilDateOf(now)
  const days: { date: CivilDate; weight: number }[] = []
  for (let back = DAYS - 1; back >= 0; back--) {
    const date = addDays(today, -back)
    const weekday = weekdayOf(date)
    const holiday = weekday <= 5 && shiftsOn(calendar, date).length === 0
    days.push({ date, weight: BY_WEEKDAY[holiday ? 6 : weekday - 1] ?? 1 })
  }
  const total = days.reduce((sum, day) => sum + day.weight, 0)
  let sum = 0
  let made = 0
  for (const { date, weight } of days) {
    sum += weight
    // The last day takes what rounding left.
    const until = date === today ? count : Math.round((count * sum) / total)
    const midnight = instantAt(date, 0).getTime()
    for (; made < until; made++) {
      const at = midnight + (hour(random) + random()) * 3_600_000
      yield new Date(Math.min(at, now.getTime() - random() * 3_600_000))
    }
  }
}
