// ClamAV: files are shown to its daemon by INSTREAM (clamd(8): zINSTREAM, then chunks behind their length, then a length of nought).
import { connect, type Socket } from 'node:net'
import { type Scan, type Scanner, ScannerAway } from '../../platform/files/scan.ts'

/** How long the daemon may say or take nothing, milliseconds: a large file is looked at for seconds. */
const SILENCE_MS = 60_000

/** Its own limit is 25 MB in older versions, half of what a person may send. */
const LIMIT = 'it takes files of 50 MB with StreamMaxLength 60M in clamd.conf'

/** Where clamd listens: tcp://host:port or unix:/path of its socket. Throws TypeError for anything else. */
export function clamdAddress(
  address: string,
): { readonly path: string } | { readonly host: string; readonly port: number } {
  const path = /^unix:(\/.+)$/.exec(address)?.[1]
  if (path !== undefined) return { path }
  const url = URL.canParse(address) ? new URL(address) : null
  if (url?.protocol !== 'tcp:' || url.hostname === '')
    throw new TypeError('tcp://host:3310 or unix:/run/clamav/clamd.ctl')
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 3310) }
}

/** A scanner that asks clamd; one connection a file. */
export function clamd(address: string, silence = SILENCE_MS): Scanner {
  const where = clamdAddress(address)
  return { begin: () => beginScan(connect(where), silence) }
}

function beginScan(socket: Socket, silence: number): Scan {
  let said = ''
  let fault: ScannerAway | null = null
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.setTimeout(silence, () => socket.destroy(new Error('it says nothing')))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // What it said before it hung up on us is lost then.
    const full = error.code === 'EPIPE' || error.code === 'ECONNRESET' ? `; ${LIMIT}` : ''
    fault ??= new ScannerAway(`clamd: ${error.message || error.code}${full}`)
  })
  socket.on('data', data => {
    said += data.toString('latin1')
  })
  socket.write('zINSTREAM\0')
  /** Resolves when the daemon takes more, or is gone. */
  const send = async (data: Uint8Array): Promise<void> => {
    if (fault !== null) throw fault
    // It has answered before the end: it takes no more.
    if (said !== '' || socket.destroyed) return
    if (!socket.write(data)) await Promise.race([new Promise(resolve => socket.once('drain', resolve)), closed])
  }
  return {
    async show(part) {
      if (part.length === 0) return
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      await send(Buffer.concat([length, part]))
    },
    async end() {
      await send(Buffer.alloc(4))
      await closed
      return verdictOf(said, fault)
    },
    abandon() {
      socket.destroy()
    },
  }
}

/** What the answer of clamd means. */
function verdictOf(said: string, fault: ScannerAway | null): string | null {
  const answer = said.replace(/\0.*$/s, '').trim()
  if (answer === 'stream: OK') return null
  const found = /^stream: (.+) FOUND$/.exec(answer)?.[1]
  if (found !== undefined) return found
  if (answer === '' && fault !== null) throw fault
  throw new ScannerAway(
    /size limit exceeded/.test(answer)
      ? `clamd: ${LIMIT}`
      : `clamd: ${answer.slice(0, 100) || 'it hung up without an answer'}`,
  )
}

/** What the daemon says of itself: version and day of its signatures, null where it has none. Throws where it cannot be asked. */
export async function clamdVersion(
  address: string,
  patience: number,
): Promise<{ readonly version: string; readonly signaturesAt: Date | null }> {
  const socket = connect(clamdAddress(address))
  const said = await new Promise<string>((resolve, reject) => {
    let text = ''
    socket.setTimeout(patience, () => socket.destroy(new Error('it says nothing')))
    socket.on('error', reject)
    socket.on('data', data => {
      text += data.toString('latin1')
    })
    socket.on('close', () => resolve(text))
    socket.write('zVERSION\0')
  })
  // "ClamAV 1.0.7/27468/Thu Nov 26 09:25:00 2026", or the first part alone.
  const [version = '', , day] = said.replace(/\0.*$/s, '').trim().split('/')
  if (!version.startsWith('ClamAV')) throw new Error(`it says ${JSON.stringify(said.slice(0, 60))}`)
  const at = day === undefined ? Number.NaN : Date.parse(`${day} UTC`)
  return { version, signaturesAt: Number.isNaN(at) ? null : new Date(at) }
}
