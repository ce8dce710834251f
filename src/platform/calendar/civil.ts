// Civil dates and times of Việt Nam. The country has kept UTC+07:00 without summer time since 1975, so the zone is an offset.

const OFFSET_MS = 7 * 3_600_000
const DAY_MS = 86_400_000

/** A day of the calendar, 'YYYY-MM-DD'. */
export type CivilDate = string

// Deadlines ask for many dates; a month of them is cheaper to write than to have written by Date.
const TWO_DIGITS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** The date of a moment, read as if UTC were the local time. */
function dateOf(time: number): CivilDate {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  if (year < 1000 || year > 9999) return date.toISOString().slice(0, 10)
  return `${year}-${TWO_DIGITS[date.getUTCMonth() + 1]}-${TWO_DIGITS[date.getUTCDate()]}`
}

/** Midnight of a date, as if UTC were the local time. */
const timeOf = (date: CivilDate): number =>
  Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10)))

/** The date in Việt Nam at an instant. */
export function civilDateOf(instant: Date): CivilDate {
  return dateOf(instant.getTime() + OFFSET_MS)
}

/** The wall-clock time in Việt Nam at an instant, "HH:mm". */
export function civilTimeOf(instant: Date): string {
  return new Date(instant.getTime() + OFFSET_MS).toISOString().slice(11, 16)
}

/** Minutes since midnight in Việt Nam, with the fraction of the running minute. */
export function minuteOfDay(instant: Date): number {
  return ((instant.getTime() + OFFSET_MS) % DAY_MS) / 60_000
}

/** The instant of `minute` (since midnight) on a civil date. */
export function instantAt(date: CivilDate, minute: number): Date {
  return new Date(timeOf(date) - OFFSET_MS + minute * 60_000)
}

export function addDays(date: CivilDate, days: number): CivilDate {
  return dateOf(timeOf(date) + days * DAY_MS)
}

/** 1 Monday … 7 Sunday. */
export function weekdayOf(date: CivilDate): number {
  // 1970-01-01 was a Thursday.
  return ((((timeOf(date) / DAY_MS + 3) % 7) + 7) % 7) + 1
}

/** True when the text is an existing day, years 1800–2200. */
export function isCivilDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const year = Number(text.slice(0, 4))
  const time = Date.parse(`${text}T00:00:00Z`)
  return year >= 1800 && year <= 2200 && !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text
}

/** Reads "5/1/2026", "05-01-2026", "05.01.2026" as day/month/year; null when no such day exists. */
export function parseVietnameseDate(text: string): CivilDate | null {
  const match = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text)
  if (match === null) return null
  const [, day = '', month = '', year = ''] = match
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isCivilDate(date) ? date : null
}
