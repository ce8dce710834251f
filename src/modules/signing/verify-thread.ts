// A worker thread that verifies one file: what a stranger sends may take its time here, not that of everybody.
import { X509Certificate } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { verifyPdf } from './pades/verify.ts'

export interface VerifyTask {
  readonly content: Uint8Array
  /** DER of the trusted authorities. */
  readonly roots: readonly Uint8Array[]
  readonly now: Date
}

const { content, roots, now } = workerData as VerifyTask
parentPort?.postMessage(
  verifyPdf(
    content,
    roots.map(each => new X509Certificate(each)),
    now,
  ),
)
