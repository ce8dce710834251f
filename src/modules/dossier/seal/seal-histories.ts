// Once a day the heads of all histories that changed are sealed under one Merkle root, and each root under the next.
import { createHash } from 'node:crypto'
import { CHUNK, leafHash, merklePath, merkleRoot, type PathStep } from '../../../platform/crypto/merkle.ts'
import { type Db, inTransaction } from '../../../platform/db/database.ts'
import type { House } from '../change-dossier.ts'
import type { DossierId } from '../dossier.ts'
import { canonicalText } from '../history.ts'
import { readChain } from '../store/history.ts'
import {
  brokenLeaves,
  findLeaves,
  insertSeal,
  type Leaf,
  lastSeal,
  listSeals,
  lockSeals,
  readChunks,
  readLeaves,
  type SealedLeaf,
  type StoredSeal,
  sealTexts,
  takeUnsealed,
} from '../store/seals.ts'

/** What a seal says; its root is SHA-256 of the canonical text of exactly this. */
export interface SealBody {
  readonly number: number
  readonly at: string
  readonly leaves: number
  /** Root of the Merkle tree over the leaves, hex. */
  readonly tree: string
  /** Root of the seal before, hex; null for the first. */
  readonly previous: string | null
}

/** Entries of one seal at most; more are sealed by the next, made at once. */
const MOST = 500_000

/** The text of a leaf: which dossier, how far its history went, and the hash of its last entry. */
export const leafText = (leaf: Leaf): string => `${leaf.dossierId} ${leaf.seq} ${leaf.hash.toString('hex')}`

const rootOfBody = (body: string): Buffer => createHash('sha256').update(body).digest()

/** Seals what changed since the last time; gives the numbers of the seals that were made. Nothing changed, nothing made. */
export async function sealHistories(house: House): Promise<number[]> {
  const made: number[] = []
  for (;;) {
    const number = await inTransaction(house.db, async tx => {
      await lockSeals(tx)
      const last = await lastSeal(tx)
      const next = (last?.number ?? 0) + 1
      const leaves = await takeUnsealed(tx, next, MOST)
      if (leaves === 0) return null
      const chunks = await chunkRoots(tx, next, leaves)
      const body = canonicalText({
        number: next,
        at: house.clock.now().toISOString(),
        leaves,
        tree: merkleRoot(chunks).toString('hex'),
        previous: last === null ? null : last.root.toString('hex'),
      } satisfies SealBody)
      await insertSeal(tx, { number: next, body, root: rootOfBody(body) }, chunks)
      return next
    })
    if (number === null) return made
    made.push(number)
  }
}

async function chunkRoots(tx: Db, number: number, leaves: number): Promise<Buffer[]> {
  const roots: Buffer[] = []
  const many = CHUNK * 16
  for (let from = 0; from < leaves; from += many) {
    const hashes = (await readLeaves(tx, number, from, many)).map(leaf => leafHash(leafText(leaf)))
    for (let at = 0; at < hashes.length; at += CHUNK) roots.push(merkleRoot(hashes.slice(at, at + CHUNK)))
  }
  return roots
}

/** Everything somebody needs to see offline that a history is the one that was sealed, by every seal that covers it. */
export interface HistoryProof {
  readonly format: 'motcua-history-proof-2'
  readonly dossier: string
  /** Canonical texts of the entries exactly as hashed; they name nobody. */
  readonly entries: readonly string[]
  /** Canonical texts of the seals from the first that covers the dossier to the last, without a gap: each names the root before. */
  readonly seals: readonly string[]
  /** Where each seal that covers the dossier has it. */
  readonly leaves: readonly {
    readonly seal: number
    /** How far the history went. */
    readonly seq: number
    /** The way through the tree of the seal. */
    readonly path: readonly { readonly side: PathStep['side']; readonly hash: string }[]
  }[]
  /** Root of the last of the seals, as published. */
  readonly root: string
}

/** The proof of a dossier's history; null while no seal covers it. */
export async function proofOf(db: Db, dossierId: DossierId): Promise<HistoryProof | null> {
  const leaves = await findLeaves(db, dossierId)
  const [first, last] = [leaves[0], leaves.at(-1)]
  if (first === undefined || last === undefined) return null
  const seals = await sealTexts(db, first.seal, last.seal)
  const placed = []
  for (const leaf of leaves) placed.push({ seal: leaf.seal, seq: leaf.seq, path: await pathOf(db, leaf) })
  return {
    format: 'motcua-history-proof-2',
    dossier: dossierId,
    entries: (await readChain(db, dossierId)).map(entry => entry.body),
    seals,
    leaves: placed,
    root: rootOfBody(seals.at(-1) ?? '').toString('hex'),
  }
}

async function pathOf(db: Db, { seal, position }: SealedLeaf): Promise<HistoryProof['leaves'][number]['path']> {
  const chunk = Math.floor(position / CHUNK)
  const within = (await readLeaves(db, seal, chunk * CHUNK, CHUNK)).map(each => leafHash(leafText(each)))
  const path = [...merklePath(within, position % CHUNK), ...merklePath(await readChunks(db, seal), chunk)]
  return path.map(step => ({ side: step.side, hash: step.hash.toString('hex') }))
}

/** What is wrong with seals: a gap, another root than its leaves give, a leaf whose entry is no longer that. */
export async function verifySeals(db: Db): Promise<{ seals: number; faults: string[] }> {
  const faults: string[] = []
  let after: StoredSeal | null = null
  let seals = 0
  for (;;) {
    // Newest first: each names the root of the one before.
    const page: StoredSeal[] = await listSeals(db, after?.number ?? null, 100)
    for (const seal of page) {
      seals++
      const body: SealBody = JSON.parse(seal.body)
      if (!rootOfBody(seal.body).equals(seal.root)) faults.push(`seal ${seal.number}: its text was changed`)
      if (body.number !== seal.number) faults.push(`seal ${seal.number}: it was moved`)
      if (after !== null) {
        const next: SealBody = JSON.parse(after.body)
        if (seal.number !== after.number - 1) faults.push(`seal ${after.number - 1} is missing`)
        else if (next.previous !== seal.root.toString('hex'))
          faults.push(`seal ${after.number} does not stand on seal ${seal.number}`)
      }
      const chunks = await chunkRoots(db, seal.number, body.leaves)
      if (merkleRoot(chunks).toString('hex') !== body.tree) faults.push(`seal ${seal.number}: its leaves were changed`)
      for (const { dossierId, seq } of await brokenLeaves(db, seal.number, 10))
        faults.push(`seal ${seal.number}: entry ${seq} of ${dossierId} is not the one that was sealed`)
      after = seal
    }
    if (page.length === 0) break
  }
  if (after !== null && after.number !== 1) faults.push(`seal ${after.number - 1} is missing`)
  return { seals, faults }
}
