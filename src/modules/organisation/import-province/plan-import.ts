// Turns the rows of a province folder into a checked plan, or a list of every problem with its line. Pure.

import { z } from 'zod'
import { addDays, isCivilDate } from '../../../platform/calendar/civil.ts'
import { AGENCY_KINDS, isAgencyCode, ROLES } from '../organisation.ts'
import { type Problem, type Row, readCsv, readYaml } from './read-folder.ts'

const shifts = z.array(z.tuple([z.number().int().min(0).max(1439), z.number().int().min(1).max(1440)]))
const date = z.string().refine(isCivilDate, 'not a date YYYY-MM-DD')
const provinceFile = z.strictObject({
  name: z.string().min(1),
  name_en: z.string().optional(),
  valid_from: date,
  settings: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.unknown(),
        from: date,
        source: z.string(),
        unverified: z.boolean().default(false),
      }),
    )
    .default([]),
  own_places: z.string().optional(),
})
const calendarFile = z.strictObject({
  calendars: z
    .array(
      z.strictObject({
        code: z.string(),
        from: date,
        week: z.record(z.string(), shifts),
        source: z.string(),
        unverified: z.boolean().default(false),
      }),
    )
    .min(1),
  days: z
    .array(
      z.strictObject({
        date,
        to: date.optional(),
        kind: z.enum(['holiday', 'in-lieu', 'swap-off', 'swap-working', 'half-day']),
        shifts: shifts.default([]),
        source: z.string(),
        unverified: z.boolean().default(false),
      }),
    )
    .default([]),
})

export type ProvinceFile = z.infer<typeof provinceFile>
export interface PlanRow {
  readonly key: string
  readonly values: Readonly<Record<string, string>>
}
export interface ImportPlan {
  readonly province: ProvinceFile
  readonly calendars: z.infer<typeof calendarFile>['calendars']
  readonly days: readonly {
    date: string
    kind: string
    shifts: readonly (readonly [number, number])[]
    source: string
    unverified: boolean
  }[]
  readonly agencies: readonly PlanRow[]
  readonly units: readonly PlanRow[]
  readonly positions: readonly PlanRow[]
  readonly officers: readonly PlanRow[]
  readonly places: readonly PlanRow[]
}

/** Splits a cell of several values: "a; b" → ["a", "b"]. */
export function listCell(text: string | undefined): string[] {
  return (text ?? '')
    .split(';')
    .map(each => each.trim())
    .filter(Boolean)
}

/** Reads and checks a folder; the plan is null when there is any problem. */
export function planImport(folder: string): { plan: ImportPlan | null; problems: Problem[] } {
  const problems: Problem[] = []
  const province = decode(provinceFile, 'province.yaml', readYaml(folder, 'province.yaml', problems), problems)
  const calendar = decode(calendarFile, 'calendar.yaml', readYaml(folder, 'calendar.yaml', problems), problems)
  const agencies = readCsv(
    folder,
    'agencies.csv',
    ['key', 'code', 'name', 'kind', 'parent'],
    ['name_en', 'sectors', 'place', 'seat', 'address', 'phone', 'calendar', 'from', 'to'],
    problems,
  )
  const units = readCsv(folder, 'units.csv', ['key', 'agency', 'name'], ['name_en', 'sectors', 'from', 'to'], problems)
  const positions = readCsv(
    folder,
    'positions.csv',
    ['key', 'agency', 'unit', 'title', 'roles'],
    ['title_en', 'competence', 'from', 'to'],
    problems,
  )
  const officers = readCsv(folder, 'officers.csv', ['key', 'name', 'positions'], ['email'], problems)
  const places =
    province?.own_places === undefined
      ? []
      : readCsv(folder, province.own_places, ['code', 'kind', 'name', 'parent'], [], problems)

  const agencyKeys = uniqueKeys(agencies, 'key', problems)
  uniqueKeys(agencies, 'code', problems)
  const unitKeys = uniqueKeys(units, 'key', problems)
  const positionKeys = uniqueKeys(positions, 'key', problems)
  uniqueKeys(officers, 'key', problems)
  const say = (row: Row, text: string) => problems.push({ file: row.file, line: row.line, text })
  for (const row of agencies) {
    if (!isAgencyCode(row.values.code ?? ''))
      say(row, `code "${row.values.code}" is not of the shape H10.15 (QĐ 20/2020)`)
    if (!AGENCY_KINDS.some(kind => kind === row.values.kind))
      say(row, `kind "${row.values.kind}" is not one of ${AGENCY_KINDS.join(', ')}`)
    if (row.values.parent !== '' && !agencyKeys.has(row.values.parent ?? ''))
      say(row, `parent "${row.values.parent}" is not in the file`)
    checkDates(row, say)
  }
  for (const row of parentLoops(agencies)) say(row, 'is its own superior through its parents')
  for (const row of units)
    if (!agencyKeys.has(row.values.agency ?? '')) say(row, `agency "${row.values.agency}" is not in agencies.csv`)
  for (const row of positions) {
    if (!agencyKeys.has(row.values.agency ?? '')) say(row, `agency "${row.values.agency}" is not in agencies.csv`)
    if (row.values.unit !== '' && !unitKeys.has(row.values.unit ?? ''))
      say(row, `unit "${row.values.unit}" is not in units.csv`)
    const roles = listCell(row.values.roles)
    if (roles.length === 0) say(row, 'has no role')
    for (const role of roles.filter(each => !ROLES.some(known => known === each)))
      say(row, `role "${role}" is not one of ${ROLES.join(', ')}`)
    checkDates(row, say)
  }
  for (const row of officers) {
    if (row.values.name === '') say(row, 'has no name')
    const held = listCell(row.values.positions)
    if (held.length === 0) say(row, 'holds no position')
    for (const key of held.filter(each => !positionKeys.has(each)))
      say(row, `position "${key}" is not in positions.csv`)
  }
  if (problems.length > 0 || province === null || calendar === null) return { plan: null, problems }
  return {
    problems,
    plan: {
      province,
      calendars: calendar.calendars,
      days: calendar.days.flatMap(({ to, ...day }) => datesFrom(day.date, to).map(each => ({ ...day, date: each }))),
      agencies: parentsFirst(agencies).map(toPlanRow),
      units: units.map(toPlanRow),
      positions: positions.map(toPlanRow),
      officers: officers.map(toPlanRow),
      places: places.map(row => ({ key: row.values.code ?? '', values: row.values })),
    },
  }
}

function decode<T>(schema: z.ZodType<T>, file: string, value: unknown, problems: Problem[]): T | null {
  if (value === null) return null
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues)
    problems.push({ file, line: 0, text: `${issue.path.join('.')}: ${issue.message}` })
  return null
}

function uniqueKeys(rows: readonly Row[], column: string, problems: Problem[]): Set<string> {
  const seen = new Set<string>()
  for (const row of rows) {
    const key = row.values[column] ?? ''
    if (key === '') problems.push({ file: row.file, line: row.line, text: `${column} is empty` })
    else if (seen.has(key)) problems.push({ file: row.file, line: row.line, text: `${column} "${key}" stands twice` })
    seen.add(key)
  }
  return seen
}

function checkDates(row: Row, say: (row: Row, text: string) => void) {
  for (const column of ['from', 'to']) {
    const value = row.values[column]
    if (value !== undefined && value !== '' && !isCivilDate(value))
      say(row, `${column} "${value}" is not a date YYYY-MM-DD`)
  }
  const { from, to } = row.values
  if (from && to && from >= to) say(row, `ends (${to}) before it begins (${from})`)
}

function parentLoops(rows: readonly Row[]): Row[] {
  const parents = new Map(rows.map(row => [row.values.key ?? '', row.values.parent ?? '']))
  return rows.filter(row => {
    const seen = new Set<string>()
    for (let key = row.values.key ?? ''; key !== ''; key = parents.get(key) ?? '') {
      if (seen.has(key)) return key === row.values.key
      seen.add(key)
    }
    return false
  })
}

function parentsFirst(rows: readonly Row[]): Row[] {
  const done = new Set<string>([''])
  const ordered: Row[] = []
  let left = [...rows]
  while (left.length > 0) {
    const ready = left.filter(row => done.has(row.values.parent ?? ''))
    for (const row of ready) done.add(row.values.key ?? '')
    ordered.push(...ready)
    left = left.filter(row => !ready.includes(row))
  }
  return ordered
}

function datesFrom(from: string, to: string | undefined): string[] {
  const dates = [from]
  for (let next = addDays(from, 1); to !== undefined && next <= to; next = addDays(next, 1)) dates.push(next)
  return dates
}

const toPlanRow = (row: Row): PlanRow => ({ key: row.values.key ?? '', values: row.values })
