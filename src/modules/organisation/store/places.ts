// SQL of provinces and communes, and of what old wards became.
import { sql } from 'kysely'
import type { CivilDate } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import { reference, referenceKey } from '../../../platform/db/reference.ts'
import { compareVietnamese, fold } from '../../../platform/text.ts'
import type { Place } from '../organisation.ts'

/** Provinces (parent null) or the communes of a province, in Vietnamese order. */
export function listPlaces(tx: Db, parent: string | null, on: CivilDate): Promise<Place[]> {
  return reference(tx, referenceKey('places in', parent, on), () => readPlaces(tx, parent, on))
}

async function readPlaces(tx: Db, parent: string | null, on: CivilDate): Promise<Place[]> {
  const rows = await tx
    .selectFrom('organisation.place')
    .select(['code', 'kind', 'name', 'parent'])
    .where('parent', parent === null ? 'is' : '=', parent)
    .where(sql<boolean>`valid @> ${on}::date`)
    .execute()
  return rows
    .map(row => ({ ...row, kind: row.kind as Place['kind'] }))
    .sort((a, b) => compareVietnamese(bareName(a.name), bareName(b.name)))
}

function bareName(name: string): string {
  return name.replace(/^(Thành phố|Tỉnh|Phường|Xã|Đặc khu)\s+/, '')
}

export async function findPlace(tx: Db, code: string, on: CivilDate): Promise<Place | null> {
  return reference(tx, referenceKey('place', code, on), async () => {
    const row = await tx
      .selectFrom('organisation.place')
      .select(['code', 'kind', 'name', 'parent'])
      .where('code', '=', code)
      .where(sql<boolean>`valid @> ${on}::date`)
      .executeTakeFirst()
    return row === undefined ? null : { ...row, kind: row.kind as Place['kind'] }
  })
}

export interface OldPlace {
  readonly oldName: string
  readonly newCode: string
  readonly newName: string
  readonly newProvince: string
}

/** Finds today's commune by the name of an old ward, district or province, without diacritics; at most 20. */
export async function searchOldPlaces(tx: Db, text: string, on: CivilDate): Promise<OldPlace[]> {
  const words = fold(text)
  if (words.length < 3) return []
  // The few that match first, their names of today after: the planner would otherwise join the whole country.
  const { rows } = await sql<{
    old_commune: string
    old_district: string
    old_province: string
    code: string
    name: string
    province: string
  }>`
    with found as materialized (
      select old_commune, old_district, old_province, new_code, folded from organisation.place_successor
      where folded like ${`%${words}%`} order by folded limit 20
    )
    select f.old_commune, f.old_district, f.old_province, c.code, c.name, p.name as province from found f
    join organisation.place c on c.code = f.new_code and c.valid @> ${on}::date
    join organisation.place p on p.code = c.parent and p.valid @> ${on}::date
    order by f.folded`.execute(tx)
  return rows.map(row => ({
    oldName: [row.old_commune, row.old_district, row.old_province].filter(Boolean).join(', '),
    newCode: row.code,
    newName: row.name,
    newProvince: row.province,
  }))
}
