// SQL of seals: what is not sealed yet, the leaves of a seal, the roots of its chunks.
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/db/database.ts'
import type { DossierId } from '../dossier.ts'

export interface Leaf {
  readonly dossierId: DossierId
  readonly seq: number
  readonly hash: Buffer
}

export interface StoredSeal {
  readonly number: number
  readonly body: string
  readonly root: Buffer
}

/** Only one seal is made at a time; the lock ends with the transaction. */
const SEAL_LOCK = 730_112_361

export async function lockSeals(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${SEAL_LOCK})`.execute(tx)
}

export async function lastSeal(tx: Db): Promise<StoredSeal | null> {
  const row = await tx.selectFrom('dossier.seal').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst()
  return row ?? null
}

/**
 * Moves what no seal covers, at most `most` entries, into the leaves of seal `number`: one statement, so one snapshot.
 * What commits later stays for the next. Gives the number of leaves.
 */
export async function takeUnsealed(tx: Tx, number: number, most: number): Promise<number> {
  const { rows } = await sql<{ leaves: number }>`
    with taken as (
      delete from dossier.unsealed where ctid = any (array(select ctid from dossier.unsealed order by dossier_id, seq limit ${most}))
      returning dossier_id, seq, hash
    ), heads as (
      select distinct on (dossier_id) dossier_id, seq, hash from taken order by dossier_id, seq desc
    ), kept as (
      insert into dossier.seal_leaf (seal, position, dossier_id, seq, hash)
      select ${number}::int, row_number() over (order by dossier_id) - 1, dossier_id, seq, hash from heads returning 1
    ) select count(*)::int as leaves from kept`.execute(tx)
  return rows[0]?.leaves ?? 0
}

/** Leaves of a seal in their order, from a position on. */
export async function readLeaves(tx: Db, number: number, from: number, count: number): Promise<Leaf[]> {
  const rows = await tx
    .selectFrom('dossier.seal_leaf')
    .select(['dossier_id', 'seq', 'hash'])
    .where('seal', '=', number)
    .where('position', '>=', from)
    .where('position', '<', from + count)
    .orderBy('position')
    .execute()
  return rows.map(row => ({ dossierId: row.dossier_id as DossierId, seq: row.seq, hash: row.hash }))
}

export async function insertSeal(tx: Tx, seal: StoredSeal, chunks: readonly Buffer[]): Promise<void> {
  await tx.insertInto('dossier.seal').values(seal).execute()
  await sql`insert into dossier.seal_chunk (seal, position, hash)
    select ${seal.number}::int, ord - 1, hash from unnest(${[...chunks]}::bytea[]) with ordinality as c (hash, ord)`.execute(
    tx,
  )
}

export async function readChunks(tx: Db, number: number): Promise<Buffer[]> {
  const rows = await tx
    .selectFrom('dossier.seal_chunk')
    .select('hash')
    .where('seal', '=', number)
    .orderBy('position')
    .execute()
  return rows.map(row => row.hash)
}

/** A leaf in its place. */
export interface SealedLeaf extends Leaf {
  readonly seal: number
  readonly position: number
}

/** Where each seal that covers a dossier has it, the oldest first; empty when none does yet. */
export async function findLeaves(tx: Db, dossierId: DossierId): Promise<SealedLeaf[]> {
  const rows = await tx
    .selectFrom('dossier.seal_leaf')
    .selectAll()
    .where('dossier_id', '=', dossierId)
    .orderBy('seal')
    .execute()
  return rows.map(row => ({ ...row, dossierId }))
}

/** Texts of the seals from one number to another, in order. */
export async function sealTexts(tx: Db, from: number, to: number): Promise<string[]> {
  const rows = await tx
    .selectFrom('dossier.seal')
    .select('body')
    .where('number', '>=', from)
    .where('number', '<=', to)
    .orderBy('number')
    .execute()
  return rows.map(row => row.body)
}

/** Seals from the newest down. */
export async function listSeals(tx: Db, before: number | null, limit: number): Promise<StoredSeal[]> {
  return tx
    .selectFrom('dossier.seal')
    .selectAll()
    .$if(before !== null, query => query.where('number', '<', before ?? 0))
    .orderBy('number', 'desc')
    .limit(limit)
    .execute()
}

export async function findSeal(tx: Db, number: number): Promise<StoredSeal | null> {
  const row = await tx.selectFrom('dossier.seal').selectAll().where('number', '=', number).executeTakeFirst()
  return row ?? null
}

/** Leaves whose entry is gone or has another hash than was sealed. */
export async function brokenLeaves(
  tx: Db,
  number: number,
  limit: number,
): Promise<{ dossierId: string; seq: number }[]> {
  const { rows } = await sql<{ dossier_id: string; seq: number }>`
    select l.dossier_id, l.seq from dossier.seal_leaf l
    left join dossier.entry e on e.dossier_id = l.dossier_id and e.seq = l.seq
    where l.seal = ${number} and e.hash is distinct from l.hash limit ${limit}`.execute(tx)
  return rows.map(row => ({ dossierId: row.dossier_id, seq: row.seq }))
}
