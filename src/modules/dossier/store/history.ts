// SQL of history and payloads: append-only by grant.

import type { KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import type { DossierId, EntryBody } from '../dossier.ts'
import { type ChainedEntry, canonicalText, chainHash, payloadDigest } from '../history.ts'

export interface NewEntry extends Omit<EntryBody, 'digest'> {
  readonly payload: unknown
}

/** Appends an entry after `previous` and gives its hash. The primary key refuses a second entry of one seq. */
export async function appendEntry(
  tx: Tx,
  keys: KeyRing,
  dossierId: DossierId,
  previous: Buffer,
  entry: NewEntry,
): Promise<Buffer> {
  const { payload, ...rest } = entry
  const bound = payload === null ? null : payloadDigest(payload)
  const body: EntryBody = { ...rest, digest: bound?.digest ?? null }
  const text = canonicalText(body)
  const hash = chainHash(previous, text)
  await tx.insertInto('dossier.entry').values({ dossier_id: dossierId, seq: entry.seq, body: text, hash }).execute()
  if (bound !== null) {
    const sealed = seal(keys, 'payload', bound.text, `${dossierId}:${entry.seq}`)
    await tx
      .insertInto('dossier.payload')
      .values({ dossier_id: dossierId, seq: entry.seq, salt: bound.salt, sealed })
      .execute()
  }
  return hash
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
  return (await readChain(tx, dossierId)).map(entry => JSON.parse(entry.body) as EntryBody)
}

export async function lastEntry(tx: Db, dossierId: DossierId): Promise<EntryBody | null> {
  const row = await tx
    .selectFrom('dossier.entry')
    .select('body')
    .where('dossier_id', '=', dossierId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : (JSON.parse(row.body) as EntryBody)
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

/** The payload of one entry with its salt, for verification; null when it was destroyed. */
export async function readSaltedPayload(
  tx: Db,
  keys: KeyRing,
  dossierId: DossierId,
  seq: number,
): Promise<{ salt: Buffer; payload: unknown } | null> {
  const row = await tx
    .selectFrom('dossier.payload')
    .select(['salt', 'sealed'])
    .where('dossier_id', '=', dossierId)
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row === undefined
    ? null
    : { salt: row.salt, payload: JSON.parse(open(keys, 'payload', row.sealed, `${dossierId}:${seq}`).toString()) }
}

/** Destroys what the history says about people; the chain still verifies. */
export async function destroyPayloads(tx: Tx, dossierId: DossierId): Promise<void> {
  await tx.deleteFrom('dossier.payload').where('dossier_id', '=', dossierId).execute()
}
