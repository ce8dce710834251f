// `motcua rotate-keys`: a new generation of keys, and everything that is stored sealed with it, while web and workers run on.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { addGeneration, RING_LOOKS } from '../platform/crypto/keys.ts'
import { resealColumn } from '../platform/crypto/reseal.ts'
import type { Module, Platform } from '../platform/module.ts'

export interface Rotation {
  readonly generation: number
  readonly values: number
  readonly files: number
}

/**
 * Adds a generation to the ring and reaches everything with it. Run again after an interruption: `next` false takes up
 * the generation that is current. The old generations stay in the ring: blind indexes and old backups need them.
 */
export async function rotateKeys(
  app: { readonly platform: Platform; readonly modules: readonly Module[] },
  pool: pg.Pool,
  ringFile: string,
  options: { readonly next: boolean; readonly say: (line: string) => void },
): Promise<Rotation> {
  const { keys, files, clock } = app.platform
  if (options.next) addGeneration(ringFile)
  // Until every process has seen the new generation, some still seal with the one before.
  await wait(RING_LOOKS + 500)
  let values = 0
  for (const column of app.modules.flatMap(module => module.sealed ?? [])) {
    const changed = await resealColumn(pool, keys, column)
    values += changed
    options.say(`${column.table}.${column.column}: ${changed}`)
  }
  let resealed = 0
  for await (const page of files.list(clock.now())) for (const key of page) if (await files.reseal(key)) resealed++
  options.say(`files: ${resealed}`)
  return { generation: keys.current, values, files: resealed }
}
