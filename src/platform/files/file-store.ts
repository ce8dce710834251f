// Bytes at rest: encrypted in frames under the installation key, written to a temporary name, synced, then renamed.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { type FileHandle, open as openFile, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { KeyRing } from '../crypto/keys.ts'
import { SNIFF_BYTES, type Sniffed, sniff } from './sniff.ts'

const FRAME = 64 * 1024
const TAG = 16
const HEADER = 1 + 7

/** What `write` learned of the bytes while they passed. */
export interface StoredBytes {
  readonly key: string
  readonly size: number
  readonly sha256: Buffer
  readonly sniffed: Sniffed
}

export interface FileStore {
  /** Stores a stream. Throws FileTooLarge past `limit` bytes, leaving nothing behind. */
  write(content: AsyncIterable<Uint8Array>, limit: number): Promise<StoredBytes>
  /** Opens the plain bytes as a stream; it errors when a frame was changed. Null when there is no such file. */
  read(key: string): Readable | null
  /** The plain bytes at once, for files known to be small. */
  readAll(key: string): Promise<Buffer | null>
  remove(key: string): Promise<void>
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

/** A store in a local folder, spread over 256 sub-folders. */
export function localFileStore(folder: string, ring: KeyRing): FileStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (key: string) => join(folder, key.slice(0, 2), key)
  const read = (key: string): Readable | null => {
    if (!/^[0-9a-f]{32}$/.test(key) || !existsSync(pathOf(key))) return null
    return Readable.from(decryptFrames(ring, createReadStream(pathOf(key), { highWaterMark: FRAME + TAG })), {
      objectMode: false,
    })
  }
  return {
    read,
    async write(content, limit) {
      const key = randomBytes(16).toString('hex')
      mkdirSync(join(folder, key.slice(0, 2)), { recursive: true, mode: 0o700 })
      const temporary = `${pathOf(key)}.part`
      const file = await openFile(temporary, 'wx', 0o600)
      try {
        const stored = await encryptTo(file, ring, content, limit)
        await file.sync()
        await file.close()
        await rename(temporary, pathOf(key))
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
    async *list(before) {
      for (const sub of await readdir(folder)) {
        const keys: string[] = []
        for (const name of await readdir(join(folder, sub))) {
          const info = await stat(join(folder, sub, name)).catch(() => null)
          if (info !== null && info.mtime < before) keys.push(name)
        }
        if (keys.length > 0) yield keys
      }
    },
  }
}

/** Frame nonce: 7 random bytes of the file, 4 bytes frame number, 1 byte "last frame": frames cannot be cut, swapped or moved (STREAM construction). */
function frameNonce(prefix: Buffer, index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  prefix.copy(nonce, 0)
  nonce.writeUInt32BE(index, 7)
  nonce[11] = last ? 1 : 0
  return nonce
}

async function encryptTo(
  file: FileHandle,
  ring: KeyRing,
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Omit<StoredBytes, 'key'>> {
  const prefix = randomBytes(7)
  const key = ring.key('file', ring.current)
  await file.write(Buffer.concat([Buffer.from([ring.current]), prefix]))
  const hash = createHash('sha256')
  let pending = Buffer.alloc(0)
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let size = 0
  let index = 0
  const writeFrame = async (plain: Buffer, last: boolean) => {
    const cipher = createCipheriv('aes-256-gcm', key, frameNonce(prefix, index++, last))
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
  return { size, sha256: hash.digest(), sniffed: sniff(head, tail) }
}

async function* decryptFrames(ring: KeyRing, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0)
  let prefix: Buffer | null = null
  let key: Buffer | null = null
  let index = 0
  const openFrame = (frame: Buffer, last: boolean) => {
    if (key === null || prefix === null) throw new Error('file has no header')
    const decipher = createDecipheriv('aes-256-gcm', key, frameNonce(prefix, index++, last))
    decipher.setAuthTag(frame.subarray(-TAG))
    return Buffer.concat([decipher.update(frame.subarray(0, -TAG)), decipher.final()])
  }
  for await (const part of content) {
    pending = Buffer.concat([pending, part])
    if (prefix === null && pending.length >= HEADER) {
      key = ring.key('file', pending[0] ?? 0)
      prefix = Buffer.from(pending.subarray(1, HEADER))
      pending = pending.subarray(HEADER)
    }
    while (prefix !== null && pending.length > FRAME + TAG) {
      yield openFrame(pending.subarray(0, FRAME + TAG), false)
      pending = pending.subarray(FRAME + TAG)
    }
  }
  if (pending.length < TAG) throw new Error('file is cut off')
  yield openFrame(pending, true)
}
