// The installation's key ring: one master key per generation; every use derives its own key from it.
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** What a derived key is for; two uses never share a key. */
export type KeyUse = 'field' | 'blind-index' | 'file' | 'payload' | 'signing-key' | 'cookie' | 'check'

/** A ring that is missing or of another database; the message is a sentence for the operator. */
export class KeyRingUnfit extends Error {}

export interface KeyRing {
  /** Id of the generation that new ciphertexts use, 1 … 255. */
  readonly current: number
  /** The 32-byte key of a generation and use. Throws when the ring lacks that generation. */
  key(use: KeyUse, generation: number): Buffer
  /** Whether the ring has a generation. */
  has(generation: number): boolean
}

/**
 * Reads the ring from a file `{"current": 1, "keys": {"1": "<base64 of 32 bytes>"}}`; makes one with mode 0600 when the
 * file is absent and `create` is set.
 */
export function loadKeyRing(path: string, create: boolean): KeyRing {
  if (!existsSync(path)) {
    if (!create)
      throw new KeyRingUnfit(
        `The key ring ${path} is missing. Put it back from the backup: without it nothing can be opened.`,
      )
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, JSON.stringify({ current: 1, keys: { 1: randomBytes(32).toString('base64') } }), {
      mode: 0o600,
      flag: 'wx',
    })
    chmodSync(path, 0o600)
  }
  return watched(path)
}

interface RingFile {
  readonly current: number
  readonly keys: Record<string, string>
}
const readRing = (path: string): RingFile => JSON.parse(readFileSync(path, 'utf8'))

/** How long a process may go on sealing with the generation before the newest, in milliseconds. */
export const RING_LOOKS = 2000

/** A ring that follows its file: a new generation is used soon, and known the moment something sealed with it is read. */
function watched(path: string): KeyRing {
  let seen = statSync(path).mtimeMs
  let ring = keyRing(readRing(path))
  let looked = performance.now()
  const look = (): void => {
    looked = performance.now()
    // A file that went away is the doctor's finding; what was read from it goes on serving.
    const now = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? seen
    if (now === seen) return
    ring = keyRing(readRing(path))
    seen = now
  }
  return {
    get current() {
      if (performance.now() - looked > RING_LOOKS) look()
      return ring.current
    },
    key(use, generation) {
      if (!ring.has(generation)) look()
      return ring.key(use, generation)
    },
    has: generation => ring.has(generation),
  }
}

/** Adds a new generation to the file of a ring and makes it the current one; gives its number. Throws after 255. */
export function addGeneration(path: string): number {
  const file = readRing(path)
  const next = Math.max(...Object.keys(file.keys).map(Number)) + 1
  if (next > 255) throw new Error('The key ring has had 255 generations; there is no number left.')
  const keys = { ...file.keys, [next]: randomBytes(32).toString('base64') }
  // Whole and on the disk before it has its name: a ring that is lost takes everything with it.
  const written = openSync(`${path}.new`, 'w', 0o600)
  writeFileSync(written, JSON.stringify({ current: next, keys }))
  fsyncSync(written)
  closeSync(written)
  renameSync(`${path}.new`, path)
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return next
}

/** Builds a ring from its parsed file. */
export function keyRing(file: RingFile): KeyRing {
  const derived = new Map<string, Buffer>()
  return {
    current: file.current,
    has: generation => file.keys[String(generation)] !== undefined,
    key(use, generation) {
      const name = `${use}/${generation}`
      const known = derived.get(name)
      if (known !== undefined) return known
      const master = file.keys[String(generation)]
      if (master === undefined) throw new Error(`The key ring has no key of generation ${generation}.`)
      const key = Buffer.from(hkdfSync('sha256', Buffer.from(master, 'base64'), '', `motcua ${use}`, 32))
      derived.set(name, key)
      return key
    },
  }
}

/** Keys of the current generation and of blind indexes in a form that can be given to a thread. */
export interface LentKeys {
  readonly current: number
  readonly keys: readonly (readonly [name: string, key: Uint8Array])[]
}

/** The keys of some uses, for a thread of this process that seals; it never sees the ring's file. */
export function lendKeys(ring: KeyRing, uses: readonly KeyUse[]): LentKeys {
  const { current } = ring
  const generations = [...new Set([current, 1])].filter(generation => ring.has(generation))
  return {
    current,
    keys: uses.flatMap(use =>
      generations.map(generation => [`${use}/${generation}`, ring.key(use, generation)] as const),
    ),
  }
}

/** The ring that a thread makes of what it was lent. Throws for a use or generation that was not. */
export function borrowedRing(lent: LentKeys): KeyRing {
  const keys = new Map(lent.keys.map(([name, key]) => [name, Buffer.from(key)]))
  return {
    current: lent.current,
    has: generation => [...keys.keys()].some(name => name.endsWith(`/${generation}`)),
    key(use, generation) {
      const key = keys.get(`${use}/${generation}`)
      if (key === undefined) throw new Error(`The key of ${use}, generation ${generation}, was not lent.`)
      return key
    },
  }
}

/**
 * The blind index of an identifier: the same text gives the same 16 bytes, nothing can be read back, and each column
 * (`scope`) has its own. It always uses generation 1, since an index that changes cannot be searched.
 */
export function blindIndex(ring: KeyRing, scope: string, text: string): Buffer {
  return createHmac('sha256', ring.key('blind-index', 1)).update(`${scope}\u0000${text}`).digest().subarray(0, 16)
}
