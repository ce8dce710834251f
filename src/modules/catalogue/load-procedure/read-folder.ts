// Reads a procedure folder (procedure.yaml, form.yaml, process.yaml, letters/*.yaml) into a checked definition.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import type { ZodType } from 'zod'
import { formSchema } from '../../forms/index.ts'
import { type Definition, letterSchema, procedureSchema, processSchema } from '../definition.ts'
import { type LintProblem, lint } from '../lint.ts'

export interface FolderReading {
  /** Null when a file cannot be read or decoded. */
  readonly definition: Definition | null
  readonly problems: readonly LintProblem[]
}

/** Reads and lints a folder; every problem is listed, the files with their lines where YAML knows them. */
export function readProcedureFolder(folder: string): FolderReading {
  const problems: LintProblem[] = []
  const procedure = readPart(folder, 'procedure.yaml', procedureSchema, problems, true)
  const form = readPart(folder, 'form.yaml', formSchema, problems, false)
  const process = readPart(folder, 'process.yaml', processSchema, problems, false)
  const names = existsSync(join(folder, 'letters'))
    ? readdirSync(join(folder, 'letters'))
        .filter(name => name.endsWith('.yaml'))
        .sort()
    : []
  const letters = names.map(name => readPart(folder, `letters/${name}`, letterSchema, problems, true))
  if (procedure === null || problems.length > 0) return { definition: null, problems }
  const definition = { procedure, form, process, letters: letters.filter(letter => letter !== null) }
  return { definition, problems: lint(definition) }
}

function readPart<T>(
  folder: string,
  file: string,
  schema: ZodType<T>,
  problems: LintProblem[],
  required: boolean,
): T | null {
  const path = join(folder, file)
  if (!existsSync(path)) {
    if (required) problems.push({ level: 'error', where: file, text: 'the file is missing' })
    return null
  }
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8').normalize('NFC'), {
    lineCounter: lines,
    prettyErrors: false,
  })
  for (const fault of document.errors)
    problems.push({ level: 'error', where: `${file}:${lines.linePos(fault.pos[0]).line}`, text: fault.message })
  if (document.errors.length > 0) return null
  const result = schema.safeParse(document.toJS({ maxAliasCount: 20 }))
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    const node = document.getIn(
      issue.path.map(part => (typeof part === 'symbol' ? String(part) : part)),
      true,
    ) as { range?: [number, number, number] } | undefined
    const line = node?.range === undefined ? '' : `:${lines.linePos(node.range[0]).line}`
    problems.push({ level: 'error', where: `${file}${line}`, text: `${issue.path.join('.')}: ${issue.message}` })
  }
  return null
}
