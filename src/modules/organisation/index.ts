// Front door of the organisation: who exists, who may do what where, and what the calendar says.

export { type ImportReport, importProvince } from './import-province/import-province.ts'
export type {
  Agency,
  AgencyId,
  AgencyKind,
  FilledPost,
  OfficerId,
  Place,
  PositionId,
  Role,
} from './organisation.ts'
export {
  agenciesByIds,
  centreOf,
  findAgency,
  findAgencyByCode,
  listAgencies,
  readSetting,
} from './store/agencies.ts'
export { readCalendar } from './store/calendars.ts'
export { findPlace, listPlaces, searchOldPlaces } from './store/places.ts'
export {
  findOfficer,
  listOfficers,
  officersByIds,
  positionsFor,
  postsByPositions,
  postsOfOfficer,
} from './store/positions.ts'
