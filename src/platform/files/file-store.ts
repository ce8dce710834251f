// Bytes at rest: encrypted in frames under the installation key, written to a temporary name, synced, then renamed.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { type FileHandle, mkdir, open as openFile, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { KeyRing } from '../crypto/keys.ts'
import { SNIFF_BYTES, type Sniffed, sniff } from './sniff.ts'

const FRAME = 64 * 1024
const TAG = 16
/** Generation of the key, then the file's own salt. */
const SALT = 32
const HEADER = 1 + SALT

/** What `write` learned of the bytes while they passed. */
export interface StoredBytes {
  readonly key: string
  readonly size: number
  readonly sha256: Buffer
  readonly sniffed: Sniffed
  /** The name of malware that a scanner found; null where it found none, or nobody looked. */
  readonly threat: string | null
}

export interface FileStore {
  /** Stores a stream. Throws FileTooLarge past `limit` bytes, leaving nothing behind. */
  write(content: AsyncIterable<Uint8Array>, limit: number): Promise<StoredBytes>
  /** Opens the plain bytes as a stream; it errors when a frame was changed. Null when there is no such file. */
  read(key: string): Readable | null
  /** The plain bytes at once, for files known to be small. */
  readAll(key: string): Promise<Buffer | null>
  remove(key: string): Promise<void>
  /** Encrypts a file anew under the current generation; false when it is already, or gone. Readers are not disturbed. */
  reseal(key: string): Promise<boolean>
  /** Keys last written before `before`, a batch at a time: the sweeper compares them with the rows. */
  list(before: Date): AsyncGenerator<string[]>
}

export class FileTooLarge extends Error {
  readonly limit: number
  constructor(limit: number) {
    super(`more than ${limit} bytes`)
    this.name = 'FileTooLarge'
    this.limit = limit
  }
}

/** Where a local store keeps a file. */
export const storedPath = (folder: string, key: string): string => join(folder, key.slice(0, 2), key)

/** A store in a local folder, spread over 256 sub-folders. */
export function localFileStore(folder: string, ring: KeyRing): FileStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (key: string) => storedPath(folder, key)
  const read = (key: string): Readable | null => {
    if (!/^[0-9a-f]{32}$/.test(key) || !existsSync(pathOf(key))) return null
    return Readable.from(decryptFrames(ring, key, createReadStream(pathOf(key), { highWaterMark: FRAME + TAG })), {
      objectMode: false,
    })
  }
  const subs = new Map<string, Promise<void>>()
  /** A sub-folder, made and synced into its parent when this process first writes there. */
  const haveSub = (name: string): Promise<void> => {
    const known = subs.get(name)
    if (known !== undefined) return known
    const made = mkdir(join(folder, name), { recursive: true, mode: 0o700 }).then(() => syncFolder(folder))
    made.catch(() => subs.delete(name))
    subs.set(name, made)
    return made
  }
  return {
    read,
    async write(content, limit) {
      const key = randomBytes(16).toString('hex')
      await haveSub(key.slice(0, 2))
      const temporary = `${pathOf(key)}.part`
      const make = () => openFile(temporary, 'wx', 0o600)
      const file = await make().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        // The folder was replaced under us, by a restored backup.
        subs.clear()
        await haveSub(key.slice(0, 2))
        return make()
      })
      try {
        const stored = await encryptTo(file, ring, key, content, limit)
        await file.sync()
        await file.close()
        await rename(temporary, pathOf(key))
        await syncFolder(join(folder, key.slice(0, 2)))
        return { key, ...stored }
      } catch (error) {
        await file.close().catch(() => undefined)
        await unlink(temporary).catch(() => undefined)
        throw error
      }
    },
    async readAll(key) {
      const stream = read(key)
      if (stream === null) return null
      const parts: Buffer[] = []
      for await (const part of stream) parts.push(part as Buffer)
      return Buffer.concat(parts)
    },
    async remove(key) {
      await unlink(pathOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
    async reseal(key) {
      const old = await openFile(pathOf(key), 'r').catch(() => null)
      if (old === null) return false
      const temporary = `${pathOf(key)}.reseal`
      try {
        const header = Buffer.alloc(1)
        await old.read(header, 0, 1, 0)
        if (header[0] === ring.current) return false
        const file = await openFile(temporary, 'w', 0o600)
        try {
          const plain = decryptFrames(
            ring,
            key,
            old.createReadStream({ start: 0, highWaterMark: FRAME + TAG, autoClose: false }),
          )
          await encryptTo(file, ring, key, plain, Number.POSITIVE_INFINITY)
          await file.sync()
        } finally {
          await file.close()
        }
        // Removed meanwhile: then it must stay removed.
        if (!existsSync(pathOf(key))) return false
        await rename(temporary, pathOf(key))
        await syncFolder(join(folder, key.slice(0, 2)))
        return true
      } finally {
        await old.close()
        await unlink(temporary).catch(() => undefined)
      }
    },
    async *list(before) {
      for (const sub of await readdir(folder)) {
        const keys: string[] = []
        for (const name of await readdir(join(folder, sub))) {
          const info = await stat(join(folder, sub, name)).catch(() => null)
          if (info !== null && info.mtime < before) keys.push(name)
        }
        for (let start = 0; start < keys.length; start += 1000) yield keys.slice(start, start + 1000)
      }
    },
  }
}

/** A new name survives a power failure only when its folder was synced too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await openFile(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Each file has a key of its own, bound to its name: bytes put in another's place do not open. */
function fileKey(ring: KeyRing, generation: number, salt: Buffer, name: string): Buffer {
  return Buffer.from(hkdfSync('sha256', ring.key('file', generation), salt, `motcua file ${name}`, 32))
}

/** Frame number and "last frame": frames cannot be cut, swapped or moved (STREAM construction). The key is used once. */
function frameNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(index, 7)
  nonce[11] = last ? 1 : 0
  return nonce
}

async function encryptTo(
  file: FileHandle,
  ring: KeyRing,
  name: string,
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Omit<StoredBytes, 'key'>> {
  const salt = randomBytes(SALT)
  const generation = ring.current
  const key = fileKey(ring, generation, salt, name)
  await file.write(Buffer.concat([Buffer.from([generation]), salt]))
  const hash = createHash('sha256')
  let pending = Buffer.alloc(0)
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let size = 0
  let index = 0
  const writeFrame = async (plain: Buffer, last: boolean) => {
    const cipher = createCipheriv('aes-256-gcm', key, frameNonce(index++, last))
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    await file.write(Buffer.concat([body, cipher.getAuthTag()]))
  }
  for await (const part of content) {
    size += part.length
    if (size > limit) throw new FileTooLarge(limit)
    hash.update(part)
    if (head.length < SNIFF_BYTES) head = Buffer.concat([head, part.subarray(0, SNIFF_BYTES - head.length)])
    tail = Buffer.concat([tail, part.subarray(-SNIFF_BYTES)]).subarray(-SNIFF_BYTES)
    pending = Buffer.concat([pending, part])
    while (pending.length > FRAME) {
      await writeFrame(pending.subarray(0, FRAME), false)
      pending = pending.subarray(FRAME)
    }
  }
  await writeFrame(pending, true)
  return { size, sha256: hash.digest(), sniffed: sniff(head, tail), threat: null }
}

async function* decryptFrames(ring: KeyRing, name: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0)
  let key: Buffer | null = null
  let index = 0
  const openFrame = (frame: Buffer, last: boolean) => {
    if (key === null) throw new Error('file has no header')
    const decipher = createDecipheriv('aes-256-gcm', key, frameNonce(index++, last))
    decipher.setAuthTag(frame.subarray(-TAG))
    return Buffer.concat([decipher.update(frame.subarray(0, -TAG)), decipher.final()])
  }
  for await (const part of content) {
    pending = Buffer.concat([pending, part])
    if (key === null && pending.length >= HEADER) {
      key = fileKey(ring, pending[0] ?? 0, pending.subarray(1, HEADER), name)
      pending = pending.subarray(HEADER)
    }
    while (key !== null && pending.length > FRAME + TAG) {
      yield openFrame(pending.subarray(0, FRAME + TAG), false)
      pending = pending.subarray(FRAME + TAG)
    }
  }
  if (pending.length < TAG) throw new Error('file is cut off')
  yield openFrame(pending, true)
}
