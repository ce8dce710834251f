// Test cases of a procedure, kept beside it as data: what somebody fills in and what must come of it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const caseSchema = z.strictObject({
  name: z.string(),
  answers: z.record(z.string(), z.unknown()),
  papers: z.array(z.string()).default([]),
  /** Field paths that must have faults; absent: none. */
  faults: z.array(z.string()).default([]),
  /** Components that must be missing. */
  missing: z.array(z.string()).default([]),
  received: z.string().optional(),
  /** Day of the promise, 'YYYY-MM-DD'. */
  due: z.string().optional(),
  /** Code of the deciding agency in the demo province. */
  agency: z.string().optional(),
  /** Outcome of the first step, and what the officer fills in. */
  outcome: z.string().optional(),
  fields: z.record(z.string(), z.string()).default({}),
})
export type ProcedureCase = z.infer<typeof caseSchema>

/** The cases of a procedure folder; none when it has no cases.yaml. Throws with the issue when the file is malformed. */
export function readCases(folder: string): ProcedureCase[] {
  const path = join(folder, 'cases.yaml')
  if (!existsSync(path)) return []
  return z.strictObject({ cases: z.array(caseSchema) }).parse(parse(readFileSync(path, 'utf8'))).cases
}
