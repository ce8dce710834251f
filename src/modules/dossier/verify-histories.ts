// Proof of integrity: every chain is recomputed, payloads are held against their digests, histories refolded to current rows.

import type { KeyRing } from '../../platform/crypto/keys.ts'
import type { Db } from '../../platform/db/database.ts'
import { type Core, type DossierId, type EntryBody, fold } from './dossier.ts'
import { canonicalText, chainFault, payloadDigest } from './history.ts'
import { dossierIdsAfter, findDossier } from './store/current.ts'
import { readChain, readSaltedPayload } from './store/history.ts'

export interface VerifyReport {
  readonly dossiers: number
  readonly entries: number
  /** Payloads that were destroyed on purpose: the chain holds without them. */
  readonly withoutPayload: number
  readonly faults: readonly { readonly dossierId: string; readonly fault: string }[]
}

/** Walks all dossiers, a thousand at a time. */
export async function verifyHistories(db: Db, keys: KeyRing): Promise<VerifyReport> {
  const faults: { dossierId: string; fault: string }[] = []
  let dossiers = 0
  let entries = 0
  let withoutPayload = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const ids = await dossierIdsAfter(db, after, 1000)
    for (const id of ids) {
      const result = await verifyOne(db, keys, id)
      dossiers++
      entries += result.entries
      withoutPayload += result.withoutPayload
      if (result.fault !== null) faults.push({ dossierId: id, fault: result.fault })
    }
    const last = ids.at(-1)
    if (last === undefined) return { dossiers, entries, withoutPayload, faults }
    after = last
  }
}

export async function verifyOne(
  db: Db,
  keys: KeyRing,
  id: DossierId,
): Promise<{ entries: number; withoutPayload: number; fault: string | null }> {
  const chain = await readChain(db, id)
  const broken = chainFault(chain)
  if (broken !== null) return { entries: chain.length, withoutPayload: 0, fault: broken }
  const bodies = chain.map(entry => JSON.parse(entry.body) as EntryBody)
  let withoutPayload = 0
  for (const body of bodies) {
    if (body.digest === null) continue
    const kept = await readSaltedPayload(db, keys, id, body.seq)
    if (kept === null) withoutPayload++
    else if (payloadDigest(kept.payload, kept.salt).digest !== body.digest)
      return { entries: chain.length, withoutPayload, fault: `payload of entry ${body.seq} is not what was recorded` }
  }
  const row = await findDossier(db, id)
  const core = fold(bodies)
  const last = chain.at(-1)
  if (row === null || core === null || last === undefined)
    return { entries: chain.length, withoutPayload, fault: 'current row or history is missing' }
  if (row.seq !== last.seq || !row.hash.equals(last.hash))
    return { entries: chain.length, withoutPayload, fault: 'current row does not stand at the end of its history' }
  const differing = (Object.keys(core) as (keyof Core)[]).filter(
    key => canonicalText({ v: core[key] }) !== canonicalText({ v: row.core[key] }),
  )
  return {
    entries: chain.length,
    withoutPayload,
    fault: differing.length === 0 ? null : `current row differs from its history in ${differing.join(', ')}`,
  }
}
