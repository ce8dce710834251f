// Reads the folder of a province (CSV and YAML) into plain rows, each with the file and line it came from.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseCsv } from 'csv-parse/sync'
import { LineCounter, parseDocument } from 'yaml'
import { normalise } from '../../../platform/text.ts'

/** Something wrong in the data, with the place to look at. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface Row {
  readonly file: string
  readonly line: number
  readonly values: Readonly<Record<string, string>>
}

/** Rows of a CSV file with a header line; an unreadable file or a missing column is a problem. */
export function readCsv(
  folder: string,
  file: string,
  columns: readonly string[],
  optional: readonly string[],
  problems: Problem[],
): Row[] {
  const path = join(folder, file)
  if (!existsSync(path)) {
    problems.push({ file, line: 0, text: 'the file is missing' })
    return []
  }
  try {
    const records: { record: Record<string, string>; info: { lines: number } }[] = parseCsv(
      readFileSync(path, 'utf8'),
      {
        columns: true,
        bom: true,
        info: true,
        trim: true,
        skip_empty_lines: true,
        comment: '#',
      },
    )
    const header = Object.keys(records[0]?.record ?? {})
    for (const column of columns.filter(each => records.length > 0 && !header.includes(each)))
      problems.push({ file, line: 1, text: `column "${column}" is missing` })
    for (const column of header.filter(each => !columns.includes(each) && !optional.includes(each)))
      problems.push({ file, line: 1, text: `column "${column}" is not known` })
    return records.map(({ record, info }) => ({
      file,
      line: info.lines,
      values: Object.fromEntries(Object.entries(record).map(([name, value]) => [name, normalise(value)])),
    }))
  } catch (error) {
    problems.push({
      file,
      line: (error as { lines?: number }).lines ?? 0,
      text: `cannot be read as CSV: ${(error as Error).message}`,
    })
    return []
  }
}

/** A YAML file as a value; syntax errors are problems with their line. */
export function readYaml(folder: string, file: string, problems: Problem[]): unknown {
  const path = join(folder, file)
  if (!existsSync(path)) {
    problems.push({ file, line: 0, text: 'the file is missing' })
    return null
  }
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: false })
  for (const error of document.errors)
    problems.push({ file, line: lines.linePos(error.pos[0]).line, text: error.message })
  return document.errors.length > 0 ? null : document.toJS({ maxAliasCount: 20 })
}
