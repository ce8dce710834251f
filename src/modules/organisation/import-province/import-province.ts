// Loads or updates the organisation of a province from its folder: checked as a whole, then one transaction.
import { sql } from 'kysely'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { type Db, inTransaction, type Tx } from '../../../platform/db/database.ts'
import { raiseVersion } from '../../../platform/db/versions.ts'
import { newId } from '../../../platform/id.ts'
import { fold } from '../../../platform/text.ts'
import { readNationalPlaces } from './national-places.ts'
import { type ImportPlan, listCell, type PlanRow, planImport } from './plan-import.ts'
import type { Problem } from './read-folder.ts'

export interface ImportReport {
  readonly problems: readonly Problem[]
  /** Rows of the folder by kind; all of them are loaded when there is no problem and it was not a dry run. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Imports provinces/<name>. A dry run only reports. Rows are found again by key, so a second run corrects what stands:
 * it edits the version valid from the file's date instead of adding another.
 */
export async function importProvince(
  db: Db,
  options: { folder: string; dryRun: boolean; at: Date },
): Promise<ImportReport> {
  const { plan, problems } = planImport(options.folder)
  const counts =
    plan === null
      ? {}
      : {
          agencies: plan.agencies.length,
          units: plan.units.length,
          positions: plan.positions.length,
          officers: plan.officers.length,
          days: plan.days.length,
        }
  if (plan !== null && !options.dryRun) {
    await inTransaction(db, async tx => {
      await loadCalendars(tx, plan)
      await loadPlaces(tx, plan)
      await loadOrganisation(tx, plan, options.at)
      await raiseVersion(tx, 'access')
      await raiseVersion(tx, 'public')
    })
  }
  return { problems, counts }
}

const range = (row: PlanRow, otherwise: string) =>
  sql<string>`daterange(${row.values.from || otherwise}::date, ${row.values.to || null}::date)`

async function loadCalendars(tx: Tx, plan: ImportPlan) {
  for (const calendar of plan.calendars) {
    await tx
      .deleteFrom('platform.calendar')
      .where('code', '=', calendar.code)
      .where(sql<boolean>`lower(valid) = ${calendar.from}::date`)
      .execute()
    await tx
      .insertInto('platform.calendar')
      .values({
        code: calendar.code,
        valid: sql<string>`daterange(${calendar.from}::date, null)`,
        week: JSON.stringify(calendar.week),
        source: calendar.source,
        unverified: calendar.unverified,
      })
      .execute()
    for (const day of plan.days) {
      const values = {
        code: calendar.code,
        date: day.date,
        kind: day.kind,
        shifts: JSON.stringify(day.shifts),
        source: day.source,
        unverified: day.unverified,
      }
      await tx
        .insertInto('platform.calendar_day')
        .values(values)
        .onConflict(conflict => conflict.columns(['code', 'date']).doUpdateSet(values))
        .execute()
    }
  }
}

async function loadPlaces(tx: Tx, plan: ImportPlan) {
  const own = plan.places.map(({ values }) => ({
    code: values.code ?? '',
    kind: values.kind ?? '',
    name: values.name ?? '',
    parent: values.parent || null,
  }))
  const { places, successors } = readNationalPlaces()
  const all = [...places, ...own]
  await sql`insert into organisation.place (code, valid, kind, name, folded, parent)
    select r.code, daterange('2025-07-01', null), r.kind, r.name, r.folded, r.parent
    from jsonb_to_recordset(${JSON.stringify(all.map(place => ({ ...place, folded: fold(place.name) })))}::jsonb)
      as r(code text, kind text, name text, folded text, parent text)
    where not exists (select from organisation.place p where p.code = r.code)`.execute(tx)
  await sql`insert into organisation.place_successor (old_key, old_province, old_district, old_commune, folded, new_code)
    select r.old_key, r.old_province, r.old_district, r.old_commune, r.folded, r.new_code
    from jsonb_to_recordset(${JSON.stringify(successors)}::jsonb)
      as r(old_key text, old_province text, old_district text, old_commune text, folded text, new_code text)
    on conflict do nothing`.execute(tx)
}

async function loadOrganisation(tx: Tx, plan: ImportPlan, at: Date) {
  const start = plan.province.valid_from
  const settings = [
    {
      name: 'province',
      value: { vi: plan.province.name, en: plan.province.name_en },
      from: start,
      source: 'province.yaml',
      unverified: false,
    },
    ...plan.province.settings,
  ]
  for (const setting of settings) {
    await tx
      .deleteFrom('organisation.setting')
      .where('name', '=', setting.name)
      .where(sql<boolean>`lower(valid) = ${setting.from}::date`)
      .execute()
    await tx
      .insertInto('organisation.setting')
      .values({
        name: setting.name,
        valid: sql<string>`daterange(${setting.from}::date, null)`,
        value: JSON.stringify(setting.value),
        source: setting.source,
        unverified: setting.unverified,
      })
      .execute()
  }
  const agencies = new Map<string, string>()
  for (const row of plan.agencies) {
    const id = await keyed(tx, 'agency', row.key, at, {})
    agencies.set(row.key, id)
    const { values } = row
    await tx
      .deleteFrom('organisation.agency_version')
      .where('agency_id', '=', id)
      .where(sql<boolean>`lower(valid) = ${values.from || start}::date`)
      .execute()
    await tx
      .insertInto('organisation.agency_version')
      .values({
        agency_id: id,
        valid: range(row, start),
        code: values.code ?? '',
        name: values.name ?? '',
        name_en: values.name_en || null,
        kind: values.kind ?? '',
        sectors: listCell(values.sectors),
        parent_id: agencies.get(values.parent ?? '') ?? null,
        place_code: values.place || null,
        seat: values.seat ?? '',
        address: values.address ?? '',
        phone: values.phone ?? '',
        calendar: values.calendar || 'chung',
      })
      .execute()
  }
  const units = new Map<string, string>()
  for (const row of plan.units) {
    const id = await keyed(tx, 'unit', row.key, at, { agency_id: agencies.get(row.values.agency ?? '') ?? '' })
    units.set(row.key, id)
    await tx
      .deleteFrom('organisation.unit_version')
      .where('unit_id', '=', id)
      .where(sql<boolean>`lower(valid) = ${row.values.from || start}::date`)
      .execute()
    await tx
      .insertInto('organisation.unit_version')
      .values({
        unit_id: id,
        valid: range(row, start),
        name: row.values.name ?? '',
        name_en: row.values.name_en || null,
        sectors: listCell(row.values.sectors),
      })
      .execute()
  }
  const positions = new Map<string, string>()
  for (const row of plan.positions) {
    const { values } = row
    const id = await keyed(tx, 'position', row.key, at, {
      agency_id: agencies.get(values.agency ?? '') ?? '',
      unit_id: units.get(values.unit ?? '') ?? null,
    })
    positions.set(row.key, id)
    await tx
      .deleteFrom('organisation.position_version')
      .where('position_id', '=', id)
      .where(sql<boolean>`lower(valid) = ${values.from || start}::date`)
      .execute()
    await tx
      .insertInto('organisation.position_version')
      .values({
        position_id: id,
        valid: range(row, start),
        title: values.title ?? '',
        title_en: values.title_en || null,
        roles: listCell(values.roles),
        competence: values.competence ?? '',
      })
      .execute()
  }
  const held: [string, string][] = []
  for (const row of plan.officers) {
    const id = await keyed(tx, 'officer', row.key, at, { name: row.values.name ?? '', email: row.values.email || null })
    for (const key of listCell(row.values.positions)) {
      held.push([id, positions.get(key) ?? ''])
      await sql`insert into organisation.assignment (officer_id, position_id, valid)
        select ${id}, ${positions.get(key)}, daterange(${start}::date, null)
        where not exists (select from organisation.assignment where officer_id = ${id} and position_id = ${positions.get(key)} and upper(valid) is null)`.execute(
        tx,
      )
    }
  }
  // A post that the file no longer gives to an officer ends today: what was signed before stays theirs.
  await sql`update organisation.assignment a set valid = daterange(lower(a.valid), greatest(lower(a.valid), ${civilDateOf(at)}::date))
    where upper(a.valid) is null and a.officer_id = any(${held.map(([officer]) => officer)}::uuid[])
      and not exists (select from unnest(${held.map(([officer]) => officer)}::uuid[], ${held.map(([, position]) => position)}::uuid[]) as h(officer_id, position_id)
        where h.officer_id = a.officer_id and h.position_id = a.position_id)`.execute(tx)
}

/** Finds the row of a key or makes it; `columns` are set either way. */
async function keyed(
  tx: Tx,
  table: 'agency' | 'unit' | 'position' | 'officer',
  key: string,
  at: Date,
  columns: Record<string, string | null>,
): Promise<string> {
  const names = Object.keys(columns)
  const list = names.map(name => sql`, ${sql.ref(name)}`)
  const values = names.map(name => sql`, ${columns[name]}`)
  const updates = ['key', ...names].map(name => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`)
  const { rows } = await sql<{
    id: string
  }>`insert into ${sql.table(`organisation.${table}`)} (id, key ${sql.join(list, sql``)})
    values (${newId(at)}, ${key} ${sql.join(values, sql``)}) on conflict (key) do update set ${sql.join(updates)} returning id`.execute(
    tx,
  )
  return rows[0]?.id ?? ''
}
