// Publishes procedures for information from a file of the national portal; what this house handles itself is left alone.
import { readFileSync } from 'node:fs'
import { type Db, inTransaction } from '../../../platform/db/database.ts'
import { definitionSchema } from '../definition.ts'
import { lint } from '../lint.ts'
import { findProcedureKind, publishDefinition } from '../store/procedures.ts'
import { type NationalReading, readNational } from './read-national.ts'

export interface NationalImport {
  readonly published: number
  readonly unchanged: number
  readonly kept: readonly string[]
  readonly refused: readonly { readonly record: number; readonly title: string; readonly why: string }[]
  readonly readings: readonly NationalReading[]
}

/** Throws SyntaxError for a file that is not JSON. One record, a list, or an answer with `result` is accepted. */
export async function importNational(
  db: Db,
  options: { file: string; dryRun: boolean; at: Date },
): Promise<NationalImport> {
  const parsed: unknown = JSON.parse(readFileSync(options.file, 'utf8').replace(/^\uFEFF/, ''))
  const inner =
    typeof parsed === 'object' && parsed !== null && 'result' in parsed
      ? (parsed as { result: unknown }).result
      : parsed
  const records = Array.isArray(inner) ? inner : [inner]
  const readings = records.map(readNational)
  const seen = new Set<string>()
  const kept: string[] = []
  const refused: { record: number; title: string; why: string }[] = []
  let published = 0
  let unchanged = 0
  for (const [index, reading] of readings.entries()) {
    const refuse = (why: string) => refused.push({ record: index + 1, title: reading.title, why })
    if (reading.definition === null) {
      refuse(reading.missed.join('; '))
      continue
    }
    const checked = definitionSchema.safeParse(reading.definition)
    if (!checked.success) {
      refuse(checked.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; '))
      continue
    }
    const definition = checked.data
    const { code } = definition.procedure
    const faults = lint(definition).filter(problem => problem.level === 'error')
    if (faults.length > 0) refuse(faults.map(fault => fault.text).join('; '))
    else if (seen.has(code)) refuse(`the code ${code} stands in the file twice`)
    else {
      seen.add(code)
      const kind = await findProcedureKind(db, code)
      if (kind !== null && kind !== 'information') kept.push(code)
      else if (!options.dryRun) {
        const { fresh } = await inTransaction(db, tx => publishDefinition(tx, definition, options.at))
        if (fresh) published++
        else unchanged++
      }
    }
  }
  return { published, unchanged, kept, refused, readings }
}
