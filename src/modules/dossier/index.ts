// Front door of the dossier: filing from other channels, looking up, counts, proof of integrity.
export type { House } from './change-dossier.ts'
export { type DossierId, STATE } from './dossier.ts'
export { permissions as dossierPermissions } from './permissions.ts'
export { sayState } from './say.ts'
export { foldDeltas, readDay } from './store/board.ts'
export { findByForeignCode } from './store/current.ts'
export { InvalidDossier, type Submitted, submitDossier } from './submit/submit-dossier.ts'
export { type VerifyReport, verifyHistories, verifyOne } from './verify-histories.ts'
