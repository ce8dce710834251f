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
  /**
   * One makes a page, the others wait for it: `make` runs for the first who asks and gives what it put, or undefined where that is
   * not for keeping; then, or when it failed, whoever waited is given undefined too and makes an own answer.
   */
  makeOnce(key: string, version: number, make: () => Promise<CachedPage | undefined>): Promise<CachedPage | undefined>
}

/** Keeps at most `maxBytes`; the page used longest ago goes first. */
export function byteCache(maxBytes: number): ByteCache {
  const pages = new Map<string, CachedPage>()
  const making = new Map<string, Promise<CachedPage | undefined>>()
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
    makeOnce(key, version, make) {
      const name = `${version} ${key}`
      const begun = making.get(name)
      if (begun !== undefined) return begun.catch(() => undefined)
      const made = make().finally(() => making.delete(name))
      making.set(name, made)
      return made
    },
  }
}
