// Whole public pages as bytes, by (address, language), thrown away when the version of the public data moves.
import { gzipSync } from 'node:zlib'

export interface CachedPage {
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly status: number
}

export interface ByteCache {
  get(key: string, version: number): CachedPage | undefined
  put(key: string, version: number, status: number, html: string): CachedPage
}

/** Keeps at most `maxBytes`; the page used longest ago goes first. */
export function byteCache(maxBytes: number): ByteCache {
  const pages = new Map<string, CachedPage>()
  let held = 0
  let heldVersion = -1
  const useVersion = (version: number) => {
    if (version === heldVersion) return
    pages.clear()
    held = 0
    heldVersion = version
  }
  return {
    get(key, version) {
      useVersion(version)
      const found = pages.get(key)
      if (found !== undefined) {
        pages.delete(key)
        pages.set(key, found)
      }
      return found
    },
    put(key, version, status, html) {
      useVersion(version)
      const plain = Buffer.from(html)
      const cached = { plain, gzip: gzipSync(plain, { level: 6 }), status }
      const before = pages.get(key)
      if (before !== undefined) {
        pages.delete(key)
        held -= before.plain.length + before.gzip.length
      }
      pages.set(key, cached)
      held += plain.length + cached.gzip.length
      for (const [oldKey, old] of pages) {
        if (held <= maxBytes) break
        pages.delete(oldKey)
        held -= old.plain.length + old.gzip.length
      }
      return cached
    },
  }
}
