// Whole public pages as bytes, by (address, language), thrown away when the version of the public data moves or their time is up.
import { gzipSync } from 'node:zlib'

export interface CachedPage {
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly status: number
  /** Made at this instant, ms since 1970, and good for so many seconds; Infinity: the version alone decides. */
  readonly made: number
  readonly seconds: number
}

export interface ByteCache {
  get(key: string, version: number, now: number): CachedPage | undefined
  put(key: string, version: number, page: Pick<CachedPage, 'status' | 'made' | 'seconds'>, html: string): CachedPage
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
    get(key, version, now) {
      useVersion(version)
      const found = pages.get(key)
      // A clock that was set back makes no page young again.
      if (found !== undefined && (now < found.made || now >= found.made + found.seconds * 1000)) return undefined
      if (found !== undefined) {
        pages.delete(key)
        pages.set(key, found)
      }
      return found
    },
    put(key, version, page, html) {
      useVersion(version)
      const plain = Buffer.from(html)
      const cached = { plain, gzip: gzipSync(plain, { level: 6 }), ...page }
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
