// Malware in files that come in: a scanner sees the bytes while they pass into the store; what it names is not kept.
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import type { Log } from '../log.ts'
import type { FileStore } from './file-store.ts'

/** A program that knows malware. */
export interface Scanner {
  /** Begins to look at one file. */
  begin(): Scan
}

export interface Scan {
  /** Shows the next bytes; resolves when more may come. Throws ScannerAway. */
  show(part: Uint8Array): Promise<void>
  /** That was all: the name of what was found, null where nothing was. Throws ScannerAway. */
  end(): Promise<string | null>
  /** Nobody waits for the answer any more. */
  abandon(): void
}

/** Whether a file is malware cannot be said now: it is not taken, and the person is asked to come again. */
export class ScannerAway extends AppError {
  constructor(detail: string) {
    super({
      code: 'file.unchecked',
      status: 503,
      say: lang => coreTexts(lang)('file.unchecked'),
      detail,
      retryAfterSeconds: 60,
    })
  }
}

/** The store for what comes from outside: what is written there is looked at, `threat` says what was found. */
export function scanned(store: FileStore, scanner: Scanner | null, log: Log): FileStore {
  if (scanner === null) return store
  return {
    ...store,
    async write(content, limit) {
      const scan = scanner.begin()
      try {
        const stored = await store.write(shown(content, scan), limit)
        const threat = await scan.end().catch(async error => {
          await store.remove(stored.key)
          throw error
        })
        if (threat !== null)
          log.warn({ threat, sha256: stored.sha256.toString('hex') }, 'a file that came in is malware')
        return { ...stored, threat }
      } finally {
        scan.abandon()
      }
    },
  }
}

async function* shown(content: AsyncIterable<Uint8Array>, scan: Scan): AsyncGenerator<Uint8Array> {
  for await (const part of content) {
    await scan.show(part)
    yield part
  }
}
