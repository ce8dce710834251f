// RFC 3161 over HTTP: the time-stamping authority of seals, and later of signatures.
import { type Authorities, askTimestamp, readTimestamp, type TimestampPort } from '../../modules/signing/index.ts'

const WAIT_MS = 15_000
const MOST_BYTES = 100_000

/** What carries a question to an authority and its answer back. */
export type TimestampWire = (question: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>

/** `authorities`: those under which its certificate must stand. */
export function timestampAuthority(wire: TimestampWire, authorities: Authorities): TimestampPort {
  return {
    async stamp(data) {
      const { der, nonce } = askTimestamp(data)
      return readTimestamp(await wire(der), { data, nonce }, authorities)
    },
  }
}

/** By POST, as RFC 3161 §3.4 says. Rejects when the answer is late (`waitMs`), too long, elsewhere or of another kind. */
export const httpTimestamps =
  (url: string, waitMs = WAIT_MS): TimestampWire =>
  async question => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body: question,
      redirect: 'error',
      signal: AbortSignal.timeout(waitMs),
    })
    const type = response.headers.get('content-type') ?? ''
    if (!response.ok || !type.startsWith('application/timestamp-reply'))
      throw new Error(`the time-stamping authority answered ${response.status} ${type}`)
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of response.body ?? []) {
      length += part.length
      if (length > MOST_BYTES) throw new Error('the answer of the time-stamping authority is too long')
      parts.push(part)
    }
    return Buffer.concat(parts)
  }
