// Verifies files in processes of their own, few at a time, each with a limit of time and memory; the line before them is short.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { AppError } from '../../../platform/errors.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { line, shares } from '../../../platform/line.ts'
import { builtRoot } from '../../../platform/root.ts'
import type { Verification } from '../pades/verify.ts'
import type { VerifyTask } from '../verify-process.ts'

const AT_ONCE = 2
/** Who would wait longer than a minute for the file before is told to come again. */
const IN_LINE = 12
/** Of one network, at work or in the line: whoever sends files made to take long waits for oneself. */
const OF_NETWORK = 3
const LONGEST_MS = 10_000
const MEMORY_MB = 400

const tooManyFiles = () =>
  new AppError({
    code: 'signing.busy',
    status: 503,
    say: lang => coreTexts(lang)('error.too-many', { seconds: 30 }),
    retryAfterSeconds: 30,
  })

/**
 * A verifier that answers `unreadable` for a file that takes too much. Throws 503 where too many files wait already, of all or
 * of this network.
 */
export function verifier(): (task: VerifyTask, network: string) => Promise<Verification> {
  const inTurn = line({ atOnce: AT_ONCE, waiting: IN_LINE, full: tooManyFiles })
  const held = shares()
  return (task, network) => held([[network, OF_NETWORK]], tooManyFiles, () => inTurn(() => verifyOnce(task)))
}

/**
 * One process for one file. A thread would not do: where V8 runs out of memory in the wrong place it ends the whole process,
 * whatever limits the thread was given.
 */
function verifyOnce(task: VerifyTask): Promise<Verification> {
  const child = fork(join(builtRoot, 'modules/signing/verify-process.js'), [], {
    execArgv: [`--max-old-space-size=${MEMORY_MB}`],
    // Nothing of ours is there to be read.
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  return new Promise<Verification>((resolve, reject) => {
    // Out of time, or ended by its own memory: the file's doing. A process that cannot be made is a fault of ours and must be seen.
    const tooMuch = () => resolve({ kind: 'unreadable', reason: 'too much' })
    const limit = setTimeout(tooMuch, LONGEST_MS)
    child.once('message', answer => resolve(answer as Verification))
    child.once('exit', tooMuch)
    child.once('error', reject)
    child.send(task, error => {
      if (error !== null) tooMuch()
    })
    child.once('close', () => clearTimeout(limit))
  }).finally(() => child.kill('SIGKILL'))
}
