// Reference data inside commands and pages: what changes by import and decree, not by work, is read once a version, not once a command or page.
import type { Kysely } from 'kysely'
import type { DB } from './schema.generated.ts'
import { readVersion } from './versions.ts'

/** The handle of an app or one of its transactions. */
type Db = Kysely<DB>

/** What one app keeps of one version of the reference data. */
interface Shelf {
  version: number
  values: Map<string, unknown>
}

const KEPT = 10_000
/** By database handle and by transaction: two apps in one process share nothing, and nothing outlives its owner. */
const shelves = new WeakMap<Db, Shelf>()
const readings = new WeakMap<Db, { readonly shelf: Shelf; version: Promise<number> | null }>()

/** Lets the statements of a transaction use what the app keeps. */
export function shareReference(db: Db, tx: Db): void {
  const shelf = shelves.get(db) ?? { version: -1, values: new Map() }
  shelves.set(db, shelf)
  readings.set(tx, { shelf, version: null })
}

/** Asks for the version now, so that it comes with whatever the transaction asks first; for commands, which always need it. */
export function expectReference(tx: Db): void {
  const reading = readings.get(tx)
  if (reading === undefined || reading.version !== null) return
  reading.version = readVersion(tx, 'reference')
  // Told to whoever uses it.
  reading.version.catch(() => undefined)
}

/** A key of all that a value depends on; different things never give one key. */
export const referenceKey = (...parts: readonly unknown[]): string => JSON.stringify(parts)

/** Several values of one kind by their ids: what is not kept yet is read with one statement. Ids that name nothing are absent. */
export async function referenceMany<T>(
  tx: Db,
  keyOf: (id: string) => string,
  ids: readonly string[],
  load: (missing: string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<Map<string, T>> {
  const wanted = [...new Set(ids)]
  const reading = readings.get(tx)
  if (reading === undefined || wanted.length === 0) return new Map(wanted.length === 0 ? [] : await load(wanted))
  reading.version ??= readVersion(tx, 'reference')
  const version = await reading.version
  const { shelf } = reading
  const found = new Map<string, T>()
  const missing: string[] = []
  for (const id of wanted) {
    const key = keyOf(id)
    if (shelf.version === version && shelf.values.has(key)) found.set(id, shelf.values.get(key) as T)
    else missing.push(id)
  }
  if (missing.length === 0) return found
  const loaded = await load(missing)
  const keep = (await readVersion(tx, 'reference')) === version
  for (const [id, value] of loaded) {
    found.set(id, value)
    if (keep) put(shelf, version, keyOf(id), value)
  }
  return found
}

/**
 * The value that `load` reads from tables with the trigger `raise_reference`, by a key that names all it depends on.
 * Inside a transaction the version is read once, with its first such value; outside of one nothing is kept. Values are
 * shared between callers: never change them.
 */
export async function reference<T>(tx: Db, key: string, load: () => Promise<T>): Promise<T> {
  const reading = readings.get(tx)
  if (reading === undefined) return load()
  reading.version ??= readVersion(tx, 'reference')
  const version = await reading.version
  const { shelf } = reading
  if (shelf.version === version && shelf.values.has(key)) return shelf.values.get(key) as T
  const value = await load()
  // What this transaction itself has changed, or others while it was reading, belongs to no version that can be kept.
  if ((await readVersion(tx, 'reference')) !== version) return value
  put(shelf, version, key, value)
  return value
}

function put(shelf: Shelf, version: number, key: string, value: unknown): void {
  if (shelf.version !== version || shelf.values.size >= KEPT) {
    shelf.version = version
    shelf.values = new Map()
  }
  shelf.values.set(key, value)
}
