// COPY in text format: rows streamed into tables, many times faster than INSERT.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from } from 'pg-copy-streams'

export type Cell = string | number | boolean | Date | Buffer | readonly string[] | null

function encode(cell: Cell): string {
  if (cell === null) return '\\N'
  if (typeof cell === 'string')
    return cell.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n').replace(/\r/g, '\\r')
  if (Buffer.isBuffer(cell)) return `\\\\x${cell.toString('hex')}`
  if (cell instanceof Date) return cell.toISOString()
  if (typeof cell === 'boolean') return cell ? 't' : 'f'
  if (typeof cell === 'number') return String(cell)
  return encode(`{${cell.map(each => JSON.stringify(each)).join(',')}}`)
}

/** Copies rows into `table` (its columns named) over one connection. */
export async function copyRows(
  client: pg.PoolClient,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (rows.length === 0) return
  const lines = function* () {
    for (const row of rows) yield `${row.map(encode).join('\t')}\n`
  }
  await pipeline(Readable.from(lines()), client.query(from(`copy ${table} (${columns.join(', ')}) from stdin`)))
}
