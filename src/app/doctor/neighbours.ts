// Checks of what stands around the program: mail server, eID, time-stamping authority, file drop, and whether pages are served.
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { clamd, clamdVersion } from '../../integrations/clamav/integration.ts'
import { httpTimestamps, timestampAuthority } from '../../integrations/timestamp/integration.ts'
import { vneidProvider } from '../../integrations/vneid/integration.ts'
import { EidRefused } from '../../modules/identity/index.ts'
import { readAuthorities } from '../../modules/signing/index.ts'
import { systemClock } from '../../platform/clock.ts'
import { MAX_UPLOAD_BYTES } from '../../platform/files/file-rows.ts'
import type { Config } from '../config.ts'
import { type Findings, fault, ok, type Patient, warning } from './finding.ts'

/** Longest wait for anybody. Milliseconds. */
const WAIT_MS = 5000
/** A file in the drop is read within minutes. */
const STALE_FILE_MS = 15 * 60_000

const why = (error: unknown): string => {
  const { message, cause } = error as Error
  // "fetch failed" says nothing; what it came from does.
  return cause instanceof Error ? cause.message || String((cause as { code?: string }).code) : message
}

/** Whether a mail server answers at all; a message that it refuses is found among the messages. */
export async function* mail({ smtp }: Config): Findings {
  if (smtp === null) {
    yield warning('SMTP_URL is not set: e-mail stays in the house.')
    return
  }
  const { hostname, port, protocol } = new URL(smtp.url)
  const greeting = await new Promise<string>(resolve => {
    const socket = connect(Number(port || (protocol === 'smtps:' ? 465 : 587)), hostname)
    const end = (said: string) => {
      socket.destroy()
      resolve(said)
    }
    socket.setTimeout(WAIT_MS, () => end('it says nothing'))
    socket.on('error', error => end(error.message))
    socket.on('end', () => end('it hangs up'))
    // With TLS from the first byte the server waits for us to speak.
    if (protocol === 'smtps:') socket.on('connect', () => end(''))
    else
      socket.on('data', chunk =>
        end(/^220/.test(chunk.toString()) ? '' : `it says ${chunk.toString().slice(0, 60).trim()}`),
      )
  })
  yield greeting === ''
    ? ok(`The mail server ${hostname} answers.`)
    : fault(
        `The mail server ${hostname} cannot be used (${greeting}): mails wait and are tried again. Mend it, or set SMTP_URL.`,
      )
}

/** Whether the issuer of VNeID says what a sign-in needs. */
export async function* eid({ vneid, publicUrl }: Config): Findings {
  if (vneid === null || vneid.issuer === 'simulator') return
  const provider = vneidProvider({
    issuer: () => vneid.issuer,
    clientId: vneid.clientId,
    clientSecret: vneid.clientSecret,
    redirectUri: () => `${publicUrl ?? 'http://localhost'}/dang-nhap/vneid/ve`,
    clock: systemClock,
    timeoutSeconds: WAIT_MS / 1000,
  })
  try {
    await provider.begin()
    yield ok(`The eID at ${vneid.issuer} answers.`)
  } catch (error) {
    const cause = error instanceof EidRefused && error.cause instanceof Error ? error.cause : error
    yield fault(
      `The eID at ${vneid.issuer} cannot be used (${why(cause)}): nobody signs in by it, passwords go on. See that this machine reaches it, and VNEID_ISSUER.`,
    )
  }
}

/** Whether the time-stamping authority stamps: it is asked for one stamp, which is thrown away. */
export async function* stampAuthority({ timestamps, timestampCa }: Config): Findings {
  if (timestamps === null || timestamps === 'simulator') return
  try {
    const wire = httpTimestamps(timestamps, WAIT_MS)
    await timestampAuthority(wire, timestampCa === null ? null : readAuthorities(timestampCa)).stamp(
      Buffer.from('motcua doctor'),
    )
    yield ok(`The time-stamping authority at ${timestamps} stamps.`)
  } catch (error) {
    yield fault(
      `The time-stamping authority at ${timestamps} cannot be used (${why(error)}): seals wait for their stamps. See that this machine reaches it, TSA_URL and TSA_CA.`,
    )
  }
}

/** Signatures older than this know nothing of the week. */
const OLD_SIGNATURES_MS = 7 * 86_400_000

/** Shows the largest file that people may send, of noughts. Throws ScannerAway where the daemon takes less. */
async function showLargest(address: string): Promise<void> {
  const scan = clamd(address, WAIT_MS).begin()
  try {
    for (let left = MAX_UPLOAD_BYTES; left > 0; left -= 1_000_000) await scan.show(Buffer.alloc(1_000_000))
    await scan.end()
  } finally {
    scan.abandon()
  }
}

/** Whether ClamAV can be asked and takes what people may send, and how old its knowledge is. */
export async function* malware({ config, at }: Patient): Findings {
  if (config.clamd === null) {
    if (!config.demo)
      yield warning(
        'CLAMD is not set: files that come in are not looked at for malware. docs/howto/van-hanh.md says how.',
      )
    return
  }
  try {
    const { version, signaturesAt } = await clamdVersion(config.clamd, WAIT_MS)
    await showLargest(config.clamd)
    const days = signaturesAt === null ? null : (at.getTime() - signaturesAt.getTime()) / 86_400_000
    yield days === null || days * 86_400_000 > OLD_SIGNATURES_MS
      ? warning(
          `${version} at ${config.clamd} looks at files with ${days === null ? 'no signatures of its publisher' : `signatures of ${days.toFixed(0)} days ago`}: see that freshclam runs.`,
        )
      : ok(`${version} looks at files that come in.`)
  } catch (error) {
    yield fault(
      `ClamAV at ${config.clamd} cannot be used (${why(error)}): no file is taken, people are asked to come again. Start clamav-daemon, or mend CLAMD.`,
    )
  }
}

/** The file drop of the national portal: there, open to us, and read. */
export async function* fileDrop({ config, at }: Patient): Findings {
  const folder = config.nationalDropDir
  if (folder === null) return
  let waiting: number
  try {
    accessSync(join(folder, 'outgoing'), constants.W_OK)
    accessSync(join(folder, 'incoming'), constants.R_OK | constants.W_OK)
    waiting = readdirSync(join(folder, 'incoming')).filter(
      name =>
        name.endsWith('.json') &&
        at.getTime() - statSync(join(folder, 'incoming', name)).mtime.getTime() > STALE_FILE_MS,
    ).length
  } catch (error) {
    yield fault(
      `The drop NATIONAL_DROP_DIR cannot be used (${(error as Error).message}): nothing of the national portal comes in. Mount it, or mend its rights.`,
    )
    return
  }
  yield waiting > 0
    ? fault(
        `${waiting} files of the national portal have lain in ${join(folder, 'incoming')} for more than a quarter of an hour: see the job national-portal.import-drop at /van-hanh, and that a worker runs.`,
      )
    : ok(`The drop ${folder} is read.`)
}

/** Whether anybody serves pages, where they are looked for. */
export async function* pages({ config, alone }: Patient): Findings {
  // A database that was started for this command has no web process beside it.
  if (alone) return
  const base = config.publicUrl ?? `http://${config.host}:${config.port}`
  try {
    const answer = await fetch(`${base}/suc-khoe/san-sang`, {
      signal: AbortSignal.timeout(WAIT_MS),
      redirect: 'manual',
    })
    yield answer.status === 200
      ? ok(`Pages are served at ${base}.`)
      : fault(`What answers at ${base} says ${answer.status}: see that motcua web runs and what its log says.`)
  } catch (error) {
    const otherwise =
      config.publicUrl === null
        ? 'where it listens elsewhere, set PORT and HOST for this command too'
        : 'see the proxy before it; from this machine it may not be reached at all'
    yield warning(`Nothing answers at ${base} (${why(error)}). Start motcua web; ${otherwise}.`)
  }
}
