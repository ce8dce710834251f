// SQL of positions and officers.
import { sql } from 'kysely'
import type { CivilDate } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import { reference, referenceKey, referenceMany } from '../../../platform/db/reference.ts'
import type { Id } from '../../../platform/id.ts'
import type { AgencyId, FilledPost, OfficerId, PositionId, PositionQuery } from '../organisation.ts'

function posts(tx: Db, on: CivilDate) {
  return tx
    .selectFrom('organisation.read_post as p')
    .innerJoin('organisation.agency_version as a', join =>
      join.onRef('a.agency_id', '=', 'p.agency_id').on(sql<boolean>`a.valid @> ${on}::date`),
    )
    .leftJoin('organisation.unit_version as u', join =>
      join.onRef('u.unit_id', '=', 'p.unit_id').on(sql<boolean>`u.valid @> ${on}::date`),
    )
    .select([
      'p.position_id',
      'p.title',
      'p.roles',
      'p.competence',
      'p.agency_id',
      'p.unit_id',
      'p.officer_id',
      'p.officer_name',
      'a.name as agency_name',
      'u.name as unit_name',
    ])
    .where(sql<boolean>`p.valid @> ${on}::date`)
}

type PostRow = Awaited<ReturnType<ReturnType<typeof posts>['execute']>>[number]

function toPost(row: PostRow): FilledPost {
  return {
    positionId: row.position_id as PositionId,
    title: row.title ?? '',
    roles: row.roles ?? [],
    competence: row.competence ?? '',
    agencyId: row.agency_id as AgencyId,
    agencyName: row.agency_name,
    unitId: row.unit_id as Id<'unit'> | null,
    unitName: row.unit_name,
    officerId: row.officer_id as OfficerId,
    officerName: row.officer_name ?? '',
  }
}

/** The posts an officer holds on a day, main agency first. */
export async function postsOfOfficer(tx: Db, officerId: OfficerId, on: CivilDate): Promise<FilledPost[]> {
  const rows = await posts(tx, on)
    .where('p.officer_id', '=', officerId)
    .orderBy('a.code')
    .orderBy('p.position_id')
    .execute()
  return rows.map(toPost)
}

/**
 * Filled positions that may do a step: of the agency, with the role, and, where the agency has units for the sector,
 * inside those units; an agency without such units does it anywhere. Empty when nobody holds such a post.
 */
export function positionsFor(tx: Db, query: PositionQuery, on: CivilDate): Promise<readonly FilledPost[]> {
  const { agencyId, role, sector } = query
  return reference(tx, referenceKey('posts', agencyId, role, sector, on), () => readPositionsFor(tx, query, on))
}

async function readPositionsFor(tx: Db, query: PositionQuery, on: CivilDate): Promise<FilledPost[]> {
  const rows = await posts(tx, on)
    .select(sql<boolean>`coalesce(${query.sector ?? null}::text = any(u.sectors), false)`.as('in_sector'))
    .where('p.agency_id', '=', query.agencyId)
    .where(sql<boolean>`${query.role}::text = any(p.roles)`)
    .orderBy('p.position_id')
    .execute()
  const inside = rows.filter(row => row.in_sector)
  return (inside.length > 0 ? inside : rows).map(toPost)
}

export async function postsByPositions(
  tx: Db,
  ids: readonly string[],
  on: CivilDate,
): Promise<Map<string, FilledPost>> {
  return referenceMany(
    tx,
    id => referenceKey('post', id, on),
    ids,
    async missing => {
      const rows = await posts(tx, on).where('p.position_id', '=', sql<string>`any(${missing}::uuid[])`).execute()
      return new Map(rows.map(row => [row.position_id ?? '', toPost(row)]))
    },
  )
}

export async function officersByIds(tx: Db, ids: readonly string[]): Promise<Map<string, string>> {
  return referenceMany(
    tx,
    id => referenceKey('officer', id),
    ids,
    async missing => {
      const rows = await tx
        .selectFrom('organisation.officer')
        .select(['id', 'name'])
        .where('id', '=', sql<string>`any(${missing}::uuid[])`)
        .execute()
      return new Map(rows.map(row => [row.id, row.name]))
    },
  )
}

export async function findOfficer(
  tx: Db,
  id: OfficerId,
): Promise<{ id: OfficerId; name: string; email: string | null } | null> {
  const row = await tx
    .selectFrom('organisation.officer')
    .select(['id', 'name', 'email'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : { id: row.id as OfficerId, name: row.name, email: row.email }
}

export async function listOfficers(tx: Db): Promise<{ id: OfficerId; key: string; name: string }[]> {
  const rows = await tx.selectFrom('organisation.officer').select(['id', 'key', 'name']).orderBy('key').execute()
  return rows.map(row => ({ id: row.id as OfficerId, key: row.key, name: row.name }))
}
