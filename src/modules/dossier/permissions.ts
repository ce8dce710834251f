// Permissions of the dossier, and which roles grant them.
export const INTAKE_PERMISSION = 'dossier.intake'
export const VIEW_PERMISSION = 'dossier.view'
/** To give away work that lies with another. */
export const REASSIGN_PERMISSION = 'dossier.reassign'

export const permissions: Readonly<Record<string, readonly string[]>> = {
  [VIEW_PERMISSION]: ['clerk', 'specialist', 'head', 'leader', 'records', 'auditor'],
  [INTAKE_PERMISSION]: ['clerk'],
  'dossier.receive': ['clerk'],
  'dossier.supplement': ['clerk', 'specialist', 'head'],
  'dossier.work': ['specialist', 'head'],
  'dossier.assign': ['head', 'specialist', 'clerk'],
  [REASSIGN_PERMISSION]: ['head'],
  'dossier.return-step': ['specialist', 'head', 'leader'],
  'dossier.initial': ['head'],
  'dossier.sign': ['leader'],
  'dossier.records': ['records'],
  'dossier.return-result': ['clerk'],
  'dossier.note': ['clerk', 'specialist', 'head', 'leader', 'records'],
}
