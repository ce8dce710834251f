// SQL of agencies and settings.
import { sql } from 'kysely'
import type { CivilDate } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import { referenceKey as key, reference, referenceMany } from '../../../platform/db/reference.ts'
import { statement } from '../../../platform/db/statement.ts'
import type { Agency, AgencyId, AgencyKind } from '../organisation.ts'

function versions(tx: Db) {
  return tx
    .selectFrom('organisation.agency as a')
    .innerJoin('organisation.agency_version as v', 'v.agency_id', 'a.id')
    .select([
      'a.id',
      'a.key',
      'v.code',
      'v.name',
      'v.name_en',
      'v.kind',
      'v.sectors',
      'v.parent_id',
      'v.place_code',
      'v.seat',
      'v.address',
      'v.phone',
      'v.calendar',
    ])
}

const agencyRows = (tx: Db, on: CivilDate) => versions(tx).where(sql<boolean>`v.valid @> ${on}::date`)

type AgencyRow = Awaited<ReturnType<ReturnType<typeof agencyRows>['execute']>>[number]

function toAgency(row: AgencyRow): Agency {
  return {
    id: row.id as AgencyId,
    key: row.key,
    code: row.code,
    name: row.name,
    nameEn: row.name_en,
    kind: row.kind as AgencyKind,
    sectors: row.sectors,
    parentId: row.parent_id as AgencyId | null,
    placeCode: row.place_code,
    seat: row.seat,
    address: row.address,
    phone: row.phone,
    calendar: row.calendar,
  }
}

/** An agency as it stands on a day; one that has ended, as it last stood: its dossiers and papers outlive it. */
export async function findAgency(tx: Db, id: AgencyId, on: CivilDate): Promise<Agency | null> {
  return (await agenciesByIds(tx, [id], on)).get(id) ?? null
}

export async function agenciesByIds(tx: Db, ids: readonly string[], on: CivilDate): Promise<Map<string, Agency>> {
  return referenceMany(
    tx,
    id => key('agency', id, on),
    ids,
    async missing => {
      const rows = await versions(tx)
        .distinctOn('a.id')
        .where('a.id', '=', sql<string>`any(${missing}::uuid[])`)
        .orderBy('a.id')
        .orderBy(sql`(v.valid @> ${on}::date)`, 'desc')
        .orderBy(sql`lower(v.valid)`, 'desc')
        .execute()
      return new Map(rows.map(row => [row.id, toAgency(row)]))
    },
  )
}

export async function findAgencyByCode(tx: Db, code: string, on: CivilDate): Promise<Agency | null> {
  return reference(tx, key('agency by code', code, on), async () => {
    const row = await agencyRows(tx, on).where('v.code', '=', code).executeTakeFirst()
    return row === undefined ? null : toAgency(row)
  })
}

/** Agencies of a kind, optionally of a field of competence or a place, ordered by code. */
export async function listAgencies(
  tx: Db,
  on: CivilDate,
  filter: { kinds?: readonly AgencyKind[]; sector?: string; placeCode?: string } = {},
): Promise<readonly Agency[]> {
  return reference(tx, key('agencies', filter, on), () => readAgencies(tx, on, filter))
}

async function readAgencies(
  tx: Db,
  on: CivilDate,
  filter: { kinds?: readonly AgencyKind[]; sector?: string; placeCode?: string },
): Promise<Agency[]> {
  let query = agencyRows(tx, on)
  if (filter.kinds !== undefined) query = query.where('v.kind', 'in', [...filter.kinds])
  if (filter.sector !== undefined) query = query.where(sql<boolean>`${filter.sector} = any(v.sectors)`)
  if (filter.placeCode !== undefined) query = query.where('v.place_code', '=', filter.placeCode)
  return (await query.orderBy('v.code').execute()).map(toAgency)
}

/** The centre that receives for an agency: its own, or the nearest one above it. */
export function centreOf(tx: Db, agencyId: AgencyId, on: CivilDate): Promise<Agency | null> {
  return reference(tx, key('centre of', agencyId, on), () => readCentreOf(tx, agencyId, on))
}

async function readCentreOf(tx: Db, agencyId: AgencyId, on: CivilDate): Promise<Agency | null> {
  const { rows } = await sql<{ id: string }>`
    with recursive up(id, parent_id, depth) as (
      select agency_id, parent_id, 0 from organisation.agency_version where agency_id = ${agencyId} and valid @> ${on}::date
      union all
      select v.agency_id, v.parent_id, up.depth + 1 from organisation.agency_version v join up on v.agency_id = up.parent_id
      where v.valid @> ${on}::date and up.depth < 6
    )
    select c.agency_id as id from up join organisation.agency_version c on (c.parent_id = up.id or c.agency_id = up.id)
    where c.kind = 'centre' and c.valid @> ${on}::date order by up.depth, c.code limit 1`.execute(tx)
  const id = rows[0]?.id
  return id === undefined ? null : findAgency(tx, id as AgencyId, on)
}

const selectSetting = statement((db, given: { readonly name: string; readonly on: CivilDate }) =>
  db
    .selectFrom('organisation.setting')
    .select(['value', 'unverified'])
    .where('name', '=', given.name)
    .where(sql<boolean>`valid @> ${given.on}::date`),
)

/** A dated setting of the installation, null when it has none. */
export async function readSetting(
  tx: Db,
  name: string,
  on: CivilDate,
): Promise<{ value: unknown; unverified: boolean } | null> {
  return reference(tx, key('setting', name, on), async () => (await selectSetting.first(tx, { name, on })) ?? null)
}
