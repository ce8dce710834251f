// Front door of identity: people, mandates, sessions, accounts.
export {
  closeAccounts,
  inviteAccount,
  openedBy,
  stopAccount,
  UnknownLogin,
} from './activate/manage-accounts.ts'
export { type AccountId, type Person, type PersonId, SECOND_FACTOR_ROLES } from './identity.ts'
export { type EidFault, type EidPending, type EidPerson, type EidProvider, EidRefused } from './ports.ts'
export { codeAt } from './second-factor/second-factor-page.tsx'
export { seedCitizenAccount, seedOfficerAccounts } from './seed-accounts.ts'
export { type SeededPerson, seedPeople } from './seed-people.ts'
export { identifier, type PermissionMap } from './session.ts'
export { hashPassword } from './sign-in/sign-in.ts'
export type { DemoAccount } from './sign-in/sign-in-page.tsx'
export { eraseIdentity } from './store/erasure.ts'
export { agentsOf, listMandates, type Mandate, principalsOf } from './store/mandates.ts'
export {
  findPerson,
  findPersonByIdNumber,
  idNumberIndex,
  type NewPerson,
  upsertPerson,
} from './store/people.ts'
export { insertToken, listTokens, revokeToken } from './store/sessions.ts'
