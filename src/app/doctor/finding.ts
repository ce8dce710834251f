// What the doctor finds, and what every check is given.
import type pg from 'pg'
import type { Config } from '../config.ts'

export type Level = 'ok' | 'warning' | 'fault'

/** One sentence for the operator: what is wrong, and what to do. */
export interface Finding {
  readonly level: Level
  readonly text: string
}

export interface Patient {
  readonly config: Config
  readonly client: pg.Client
  readonly at: Date
  /** The database runs only for this command: nobody else uses it. */
  readonly alone: boolean
}

export type Findings = AsyncGenerator<Finding, void, undefined>

export const ok = (text: string): Finding => ({ level: 'ok', text })
export const warning = (text: string): Finding => ({ level: 'warning', text })
export const fault = (text: string): Finding => ({ level: 'fault', text })

/** The rows of a question; the driver gives counts as text. */
export async function ask<Row extends pg.QueryResultRow>(
  { client }: Patient,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await client.query<Row>(text, [...values])).rows
}
