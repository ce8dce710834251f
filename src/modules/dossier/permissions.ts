// Permissions of the dossier, and which roles grant them.
export const INTAKE_PERMISSION = 'dossier.intake'
export const VIEW_PERMISSION = 'dossier.view'

export const permissions: Readonly<Record<string, readonly string[]>> = {
  [VIEW_PERMISSION]: ['clerk', 'specialist', 'head', 'leader', 'records', 'auditor'],
  [INTAKE_PERMISSION]: ['clerk'],
  'dossier.receive': ['clerk'],
  'dossier.supplement': ['clerk', 'specialist', 'head'],
  'dossier.work': ['specialist', 'head'],
  'dossier.assign': ['head', 'specialist', 'clerk'],
  'dossier.return-step': ['specialist', 'head', 'leader'],
  'dossier.initial': ['head'],
  'dossier.sign': ['leader'],
  'dossier.records': ['records'],
  'dossier.return-result': ['clerk'],
  'dossier.note': ['clerk', 'specialist', 'head', 'leader', 'records'],
}
