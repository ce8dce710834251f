// Front door of the catalogue: procedures, revisions, their definitions.

export { type ProcedureCase, readCases } from './cases.ts'
export { type Catalogue, createCatalogue, currentProcedure, type FiledUnder } from './catalogue.ts'
export {
  type Definition,
  type Letter,
  type Outcome,
  type ProcedurePage,
  type Process,
  type Step,
  type StepKind,
  stepOf,
} from './definition.ts'
export { importNational, type NationalImport } from './import-national/import-national.ts'
export type { LintProblem } from './lint.ts'
export { type LoadReport, loadProcedures } from './load-procedure/load-procedures.ts'
export { readProcedureFolder } from './load-procedure/read-folder.ts'
export { sayFees, sayLimit } from './say.ts'
export { SearchBox } from './search-procedures/search-page.tsx'
export {
  listProcedures,
  type ProcedureListItem,
  procedureTitles,
  type RevisionId,
} from './store/procedures.ts'
