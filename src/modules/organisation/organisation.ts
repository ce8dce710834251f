// What the organisation is made of: agencies, units, positions with roles, the people who hold them, and places.
import type { Post } from '../../platform/access/actor.ts'
import type { Id } from '../../platform/id.ts'

export type AgencyId = Id<'agency'>
export type PositionId = Id<'position'>
export type OfficerId = Id<'officer'>

export const AGENCY_KINDS = [
  'province-committee',
  'department',
  'commune-committee',
  'centre',
  'point',
  'partner',
] as const
export type AgencyKind = (typeof AGENCY_KINDS)[number]

/** What a position may be trusted with; permissions of modules hang on these. */
export const ROLES = ['clerk', 'specialist', 'head', 'leader', 'records', 'admin', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/** An agency as it stands on one day. */
export interface Agency {
  readonly id: AgencyId
  readonly key: string
  /** QĐ 20/2020 identifier, as H10.15. */
  readonly code: string
  readonly name: string
  readonly nameEn: string | null
  readonly kind: AgencyKind
  readonly sectors: readonly string[]
  readonly parentId: AgencyId | null
  readonly placeCode: string | null
  readonly seat: string
  readonly address: string
  readonly phone: string
  readonly calendar: string
}

export interface Place {
  readonly code: string
  readonly kind: 'province' | 'commune'
  readonly name: string
  readonly parent: string | null
}

/** Whom a step of a process asks for. */
export interface PositionQuery {
  readonly agencyId: AgencyId
  readonly role: Role
  /** Field of competence of the unit, when the agency divides its work. */
  readonly sector?: string | undefined
}

/** A position with who holds it today. */
export interface FilledPost extends Post {
  readonly officerId: OfficerId
  readonly officerName: string
  readonly competence: string
}

const AGENCY_CODE = /^[A-Z]\d{2}(\.[0-9A-Z]{1,3}){0,3}$/

/** True for an identifier of QĐ 20/2020 Art. 4: letter and two digits, up to three more groups, at most 35 characters. */
export function isAgencyCode(code: string): boolean {
  return code.length <= 35 && AGENCY_CODE.test(code)
}
