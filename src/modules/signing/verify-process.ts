// A process that verifies one file and ends: what a stranger sends may take its time and memory here, not that of everybody.
import { X509Certificate } from 'node:crypto'
import { verifyPdf } from './pades/verify.ts'

export interface VerifyTask {
  readonly content: Uint8Array
  /** DER of the trusted authorities. */
  readonly roots: readonly Uint8Array[]
  readonly now: Date
}

process.once('message', (task: VerifyTask) => {
  const roots = task.roots.map(each => new X509Certificate(each))
  process.send?.(verifyPdf(task.content, roots, task.now), () => process.exit(0))
})
// Nobody waits for an answer any more.
process.once('disconnect', () => process.exit(0))
