// A Merkle tree as RFC 6962 §2.1 has it (SHA-256; leaves and nodes are told apart by a first byte), made for many leaves.
import { createHash } from 'node:crypto'

/** Leaves of one chunk: the roots of whole chunks are kept, so that a proof reads one chunk and not the whole tree. */
export const CHUNK = 1024

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

export const leafHash = (content: string): Buffer => sha256(LEAF, Buffer.from(content))
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(NODE, left, right)

/** The largest power of two below `n`, for n ≥ 2. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1))

/** The root over hashes that are leaves, or roots of whole chunks (the last may be shorter). Of none: SHA-256 of nothing. */
export function merkleRoot(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes
  if (only === undefined) return sha256()
  if (hashes.length === 1) return only
  const k = split(hashes.length)
  return nodeHash(merkleRoot(hashes.slice(0, k)), merkleRoot(hashes.slice(k)))
}

/** A neighbour on the way from a leaf to the root, and on which side it stands. */
export interface PathStep {
  readonly side: 'left' | 'right'
  readonly hash: Buffer
}

/** The way from the hash at `index` to the root over `hashes`. Throws RangeError when there is none. */
export function merklePath(hashes: readonly Buffer[], index: number): PathStep[] {
  if (index < 0 || index >= hashes.length) throw new RangeError('no such leaf')
  if (hashes.length === 1) return []
  const k = split(hashes.length)
  return index < k
    ? [...merklePath(hashes.slice(0, k), index), { side: 'right', hash: merkleRoot(hashes.slice(k)) }]
    : [...merklePath(hashes.slice(k), index - k), { side: 'left', hash: merkleRoot(hashes.slice(0, k)) }]
}

/** The root that a leaf leads to by its path. */
export function rootOf(leaf: Buffer, path: readonly PathStep[]): Buffer {
  return path.reduce(
    (hash, step) => (step.side === 'left' ? nodeHash(step.hash, hash) : nodeHash(hash, step.hash)),
    leaf,
  )
}
