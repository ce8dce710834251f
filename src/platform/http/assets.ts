// Built browser files, held in memory and served under their content-hashed names for ever.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { productRoot } from '../root.ts'

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  woff2: 'font/woff2',
}

export interface Asset {
  readonly plain: Buffer
  readonly gzip: Buffer | null
  readonly brotli: Buffer | null
  readonly mediaType: string
}

export interface Assets {
  /** The address of a file by its plain name, "main.css" → "/tinh/main-ABC123.css". */
  href(name: string): string
  get(fileName: string): Asset | undefined
}

/** Loads dist/public. Throws with advice when it was not built. */
export function loadAssets(): Assets {
  const folder = join(productRoot, 'dist/public')
  const manifest: Record<string, string> = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const files = new Map<string, Asset>()
  for (const name of readdirSync(folder)) {
    const mediaType = TYPES[name.split('.').at(-1) ?? '']
    if (mediaType === undefined) continue
    const plain = readFileSync(join(folder, name))
    const text = !name.endsWith('.woff2')
    files.set(name, {
      plain,
      mediaType,
      gzip: text ? gzipSync(plain) : null,
      brotli: text ? brotliCompressSync(plain) : null,
    })
  }
  return {
    href(name) {
      const hashed = manifest[name]
      if (hashed === undefined) throw new Error(`dist/public has no ${name}; run npm run build`)
      return `/tinh/${hashed}`
    },
    get: fileName => files.get(fileName),
  }
}
