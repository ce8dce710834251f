// Publishes the procedures of a folder of folders; one that has errors is reported and left alone.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Db, inTransaction } from '../../../platform/db/database.ts'
import type { LintProblem } from '../lint.ts'
import { publishDefinition } from '../store/procedures.ts'
import { readProcedureFolder } from './read-folder.ts'

export interface LoadReport {
  /** Codes that were read without an error: what is published unless it is a dry run. */
  readonly clean: readonly string[]
  readonly published: readonly string[]
  readonly unchanged: readonly string[]
  readonly problems: readonly (LintProblem & { readonly folder: string })[]
}

/** Reads each sub-folder of `folder`; publishes what is clean unless it is a dry run. */
export async function loadProcedures(
  db: Db,
  options: { folder: string; only?: string; dryRun: boolean; at: Date },
): Promise<LoadReport> {
  const clean: string[] = []
  const published: string[] = []
  const unchanged: string[] = []
  const problems: (LintProblem & { folder: string })[] = []
  const names = readdirSync(options.folder, { withFileTypes: true }).filter(
    entry => entry.isDirectory() && (options.only === undefined || entry.name === options.only),
  )
  for (const { name } of names) {
    const reading = readProcedureFolder(join(options.folder, name))
    problems.push(...reading.problems.map(problem => ({ ...problem, folder: name })))
    const { definition } = reading
    if (definition === null || reading.problems.some(problem => problem.level === 'error')) continue
    clean.push(definition.procedure.code)
    if (options.dryRun) continue
    const { fresh } = await inTransaction(db, tx => publishDefinition(tx, definition, options.at))
    if (fresh) published.push(definition.procedure.code)
    else unchanged.push(definition.procedure.code)
  }
  return { clean, published, unchanged, problems }
}
