// Proof of integrity: every chain is recomputed, payloads are held against their digests, histories refolded to current rows.

import type { KeyRing } from '../../platform/crypto/keys.ts'
import type { Db } from '../../platform/db/database.ts'
import { type Core, type DossierId, fold } from './dossier.ts'
import { type ChainedEntry, canonicalText, chainFault, payloadDigest, readEntry } from './history.ts'
import { type Dossier, dossiersByIds, rowsWithoutHistory } from './store/current.ts'
import { historiesAfter, readChains, readSaltedPayloads, type SaltedPayload } from './store/history.ts'

export interface VerifyReport {
  readonly dossiers: number
  readonly entries: number
  /** Payloads that were destroyed on purpose: the chain holds without them. */
  readonly withoutPayload: number
  readonly faults: readonly { readonly dossierId: string; readonly fault: string }[]
}

/** Walks every history there is, a few hundred at a time, each page in one snapshot; deleted current rows are faults too. */
export async function verifyHistories(db: Db, keys: KeyRing): Promise<VerifyReport> {
  const faults: { dossierId: string; fault: string }[] = []
  let dossiers = 0
  let entries = 0
  let withoutPayload = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const results = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async tx => verifyPage(tx, keys, await historiesAfter(tx, after, PAGE)))
    for (const result of results) {
      dossiers++
      entries += result.entries
      withoutPayload += result.withoutPayload
      if (result.fault !== null) faults.push({ dossierId: result.id, fault: result.fault })
      after = result.id
    }
    if (results.length === 0) break
  }
  for (const id of await rowsWithoutHistory(db, 100)) faults.push({ dossierId: id, fault: 'there is no history' })
  return { dossiers, entries, withoutPayload, faults }
}

const PAGE = 300

interface Verified {
  readonly id: DossierId
  readonly entries: number
  readonly withoutPayload: number
  readonly fault: string | null
}

/** Verifies one dossier. */
export async function verifyOne(db: Db, keys: KeyRing, id: DossierId): Promise<Verified> {
  const [result] = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(tx => verifyPage(tx, keys, [id]))
  return result ?? { id, entries: 0, withoutPayload: 0, fault: 'there is no history' }
}

async function verifyPage(tx: Db, keys: KeyRing, ids: readonly DossierId[]): Promise<Verified[]> {
  const chains = await readChains(tx, ids)
  const payloads = await readSaltedPayloads(tx, keys, ids)
  const rows = await dossiersByIds(tx, ids)
  return ids.map(id => verifyChain(id, chains.get(id) ?? [], payloads.get(id) ?? new Map(), rows.get(id) ?? null))
}

function verifyChain(
  id: DossierId,
  chain: readonly ChainedEntry[],
  payloads: ReadonlyMap<number, SaltedPayload>,
  row: Dossier | null,
): Verified {
  const bodies = chain.map(entry => readEntry(entry.body))
  const withoutPayload = bodies.filter(body => body.digest !== null && !payloads.has(body.seq)).length
  const said = (fault: string | null): Verified => ({ id, entries: chain.length, withoutPayload, fault })
  const broken = chainFault(id, chain)
  if (broken !== null) return said(broken)
  for (const body of bodies) {
    const kept = payloads.get(body.seq)
    if (kept === undefined) continue
    if (body.digest === null || payloadDigest(kept.payload, kept.salt).digest !== body.digest)
      return said(`payload of entry ${body.seq} is not what was recorded`)
  }
  const core = fold(bodies)
  const last = chain.at(-1)
  if (core === null || last === undefined) return said('there is no history')
  if (row === null) return said('the current row is missing')
  if (row.seq !== last.seq || !row.hash.equals(last.hash))
    return said('the current row does not stand at the end of its history')
  const differing = (Object.keys(core) as (keyof Core)[]).filter(
    key => canonicalText({ v: core[key] }) !== canonicalText({ v: row.core[key] }),
  )
  return said(differing.length === 0 ? null : `the current row differs from its history in ${differing.join(', ')}`)
}
