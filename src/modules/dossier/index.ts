// Front door of the dossier: filing from other channels, looking up, counts, proof of integrity.
export type { House } from './change-dossier.ts'
export type { DossierId, State } from './dossier.ts'
export { mirrorDossier } from './mirror/mirror-dossier.ts'

export { BYTES_PER_DOSSIER, type SeedOptions, seedDossiers } from './seed/seed-dossiers.ts'
export { type DossierProgress, progressOfDossier } from './show/progress-of.ts'
export { readDay } from './store/board.ts'
export { findByForeignCode } from './store/current.ts'
export { InvalidDossier, type Submitted, submitDossier } from './submit/submit-dossier.ts'
export { type VerifyReport, verifyHistories, verifyOne } from './verify-histories.ts'
