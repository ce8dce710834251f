// SQL of history and payloads: append-only by grant.
import { sql } from 'kysely'

import type { KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import type { DossierId, EntryBody } from '../dossier.ts'
import { type ChainedEntry, chainHash, entryText, payloadDigest, readEntry } from '../history.ts'

export interface NewEntry extends Omit<EntryBody, 'digest'> {
  readonly payload: unknown
}

/** An entry in its place in a chain, ready to be written. */
export interface ChainedNewEntry {
  readonly dossierId: DossierId
  readonly seq: number
  readonly text: string
  readonly hash: Buffer
  readonly payload: { readonly salt: Buffer; readonly text: string } | null
}

/** Puts an entry behind the one whose hash is `previous`. */
export function newEntry(dossierId: DossierId, previous: Buffer, entry: NewEntry): ChainedNewEntry {
  const { payload, ...rest } = entry
  const bound = payload === null ? null : payloadDigest(payload)
  const text = entryText({ ...rest, digest: bound?.digest ?? null })
  return { dossierId, seq: entry.seq, text, hash: chainHash(previous, text), payload: bound }
}

interface EntryRow {
  readonly dossierId: string
  readonly seq: number
  readonly body: string
  readonly hash: Buffer
}

const insertEntry = statement((db, { dossierId: dossier_id, seq, body, hash }: EntryRow) =>
  db
    .with('appended', query => query.insertInto('dossier.entry').values({ dossier_id, seq, body, hash }))
    .insertInto('dossier.unsealed')
    .values({ dossier_id, seq, hash }),
)
const insertEntryWithPayload = statement((db, given: EntryRow & { readonly salt: Buffer; readonly sealed: Buffer }) => {
  const { dossierId: dossier_id, seq, body, hash, salt, sealed } = given
  return db
    .with('appended', query => query.insertInto('dossier.entry').values({ dossier_id, seq, body, hash }))
    .with('unsealed', query => query.insertInto('dossier.unsealed').values({ dossier_id, seq, hash }))
    .insertInto('dossier.payload')
    .values({ dossier_id, seq, salt, sealed })
})

/** Writes an entry. The primary key refuses a second one of one seq. */
export async function appendEntry(tx: Tx, keys: KeyRing, entry: ChainedNewEntry): Promise<void> {
  const { dossierId, seq, text, hash, payload } = entry
  const row = { dossierId, seq, body: text, hash }
  if (payload === null) return insertEntry.send(tx, row)
  const sealed = seal(keys, 'payload', payload.text, `${dossierId}:${seq}`)
  await insertEntryWithPayload.send(tx, { ...row, salt: payload.salt, sealed })
}

const selectChain = statement((db, given: { readonly dossierId: DossierId }) =>
  db
    .selectFrom('dossier.entry')
    .select(['seq', 'body', 'hash'])
    .where('dossier_id', '=', given.dossierId)
    .orderBy('seq'),
)

export async function readChain(tx: Db, dossierId: DossierId): Promise<ChainedEntry[]> {
  return selectChain.all(tx, { dossierId })
}

export async function readEntries(tx: Db, dossierId: DossierId): Promise<EntryBody[]> {
  return (await readChain(tx, dossierId)).map(entry => readEntry(entry.body))
}

const selectLast = statement((db, given: { readonly dossierId: DossierId }) =>
  db
    .selectFrom('dossier.entry')
    .select('body')
    .where('dossier_id', '=', given.dossierId)
    .orderBy('seq', 'desc')
    .limit(1),
)

export async function lastEntry(tx: Db, dossierId: DossierId): Promise<EntryBody | null> {
  const row = await selectLast.first(tx, { dossierId })
  return row === undefined ? null : readEntry(row.body)
}

const selectPayload = statement((db, given: { readonly dossierId: DossierId; readonly seq: number }) =>
  db
    .selectFrom('dossier.payload')
    .select('sealed')
    .where('dossier_id', '=', given.dossierId)
    .where('seq', '=', given.seq),
)

/** What one entry says about people; null where it was destroyed, or never was. */
export async function readPayload(tx: Db, keys: KeyRing, dossierId: DossierId, seq: number): Promise<unknown> {
  const row = await selectPayload.first(tx, { dossierId, seq })
  return row === undefined ? null : JSON.parse(open(keys, 'payload', row.sealed, `${dossierId}:${seq}`).toString())
}

const selectPayloads = statement((db, given: { readonly dossierId: DossierId }) =>
  db.selectFrom('dossier.payload').select(['seq', 'sealed']).where('dossier_id', '=', given.dossierId),
)

/** The payloads of a dossier by seq; destroyed ones are absent. */
export async function readPayloads(tx: Db, keys: KeyRing, dossierId: DossierId): Promise<Map<number, unknown>> {
  const rows = await selectPayloads.all(tx, { dossierId })
  return new Map(
    rows.map(row => [
      row.seq,
      JSON.parse(open(keys, 'payload', row.sealed, `${dossierId}:${row.seq}`).toString()) as unknown,
    ]),
  )
}

export interface SaltedPayload {
  readonly salt: Buffer
  readonly payload: unknown
}

const among = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`

/** Ids of histories after `after`, in order; found by their first entry, whatever became of the current row. */
export async function historiesAfter(tx: Db, after: string, limit: number): Promise<DossierId[]> {
  const rows = await tx
    .selectFrom('dossier.entry')
    .select('dossier_id')
    .distinct()
    .where('dossier_id', '>', after)
    .orderBy('dossier_id')
    .limit(limit)
    .execute()
  return rows.map(row => row.dossier_id as DossierId)
}

export async function readChains(tx: Db, ids: readonly DossierId[]): Promise<Map<string, ChainedEntry[]>> {
  const rows = await tx
    .selectFrom('dossier.entry')
    .select(['dossier_id', 'seq', 'body', 'hash'])
    .where('dossier_id', '=', among(ids))
    .orderBy('dossier_id')
    .orderBy('seq')
    .execute()
  const chains = new Map<string, ChainedEntry[]>()
  for (const { dossier_id, ...entry } of rows) {
    const chain = chains.get(dossier_id)
    if (chain === undefined) chains.set(dossier_id, [entry])
    else chain.push(entry)
  }
  return chains
}

/** Payloads with their salts, by dossier and seq; destroyed ones are absent. */
export async function readSaltedPayloads(
  tx: Db,
  keys: KeyRing,
  ids: readonly DossierId[],
): Promise<Map<string, Map<number, SaltedPayload>>> {
  const rows = await tx
    .selectFrom('dossier.payload')
    .select(['dossier_id', 'seq', 'salt', 'sealed'])
    .where('dossier_id', '=', among(ids))
    .execute()
  const payloads = new Map<string, Map<number, SaltedPayload>>()
  for (const row of rows) {
    const of = payloads.get(row.dossier_id) ?? new Map<number, SaltedPayload>()
    of.set(row.seq, {
      salt: row.salt,
      payload: JSON.parse(open(keys, 'payload', row.sealed, `${row.dossier_id}:${row.seq}`).toString()),
    })
    payloads.set(row.dossier_id, of)
  }
  return payloads
}
