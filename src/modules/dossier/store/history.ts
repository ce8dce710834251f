// SQL of history and payloads: append-only by grant.
import { sql } from 'kysely'

import type { KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
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

/** Writes an entry. The primary key refuses a second one of one seq. */
export async function appendEntry(tx: Tx, keys: KeyRing, entry: ChainedNewEntry): Promise<void> {
  const { dossierId, seq, text, hash, payload } = entry
  const row = { dossier_id: dossierId, seq, body: text, hash }
  const unsealed = { dossier_id: dossierId, seq, hash }
  if (payload === null) {
    await tx
      .with('appended', query => query.insertInto('dossier.entry').values(row))
      .insertInto('dossier.unsealed')
      .values(unsealed)
      .execute()
    return
  }
  const sealed = seal(keys, 'payload', payload.text, `${dossierId}:${seq}`)
  await tx
    .with('appended', query => query.insertInto('dossier.entry').values(row))
    .with('unsealed', query => query.insertInto('dossier.unsealed').values(unsealed))
    .insertInto('dossier.payload')
    .values({ dossier_id: dossierId, seq, salt: payload.salt, sealed })
    .execute()
}

export async function readChain(tx: Db, dossierId: DossierId): Promise<ChainedEntry[]> {
  return tx
    .selectFrom('dossier.entry')
    .select(['seq', 'body', 'hash'])
    .where('dossier_id', '=', dossierId)
    .orderBy('seq')
    .execute()
}

export async function readEntries(tx: Db, dossierId: DossierId): Promise<EntryBody[]> {
  return (await readChain(tx, dossierId)).map(entry => readEntry(entry.body))
}

export async function lastEntry(tx: Db, dossierId: DossierId): Promise<EntryBody | null> {
  const row = await tx
    .selectFrom('dossier.entry')
    .select('body')
    .where('dossier_id', '=', dossierId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : readEntry(row.body)
}

/** The payloads of a dossier by seq; destroyed ones are absent. */
export async function readPayloads(tx: Db, keys: KeyRing, dossierId: DossierId): Promise<Map<number, unknown>> {
  const rows = await tx
    .selectFrom('dossier.payload')
    .select(['seq', 'sealed'])
    .where('dossier_id', '=', dossierId)
    .execute()
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
