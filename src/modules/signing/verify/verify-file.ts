// Verifies files in threads of their own, few at a time, each with a limit of time and memory.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { builtRoot } from '../../../platform/root.ts'
import type { Verification } from '../pades/verify.ts'
import type { VerifyTask } from '../verify-thread.ts'

const AT_ONCE = 2
const LONGEST_MS = 10_000
const MEMORY_MB = 400

/** A verifier that answers `unreadable` for a file that takes too much. */
export function verifier(): (task: VerifyTask) => Promise<Verification> {
  const queue: (() => void)[] = []
  let running = 0
  return async task => {
    if (running >= AT_ONCE) await new Promise<void>(resolve => queue.push(resolve))
    else running++
    try {
      return await verifyOnce(task)
    } finally {
      const next = queue.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

async function verifyOnce(task: VerifyTask): Promise<Verification> {
  const worker = new Worker(join(builtRoot, 'modules/signing/verify-thread.js'), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  try {
    const [verification] = await once(worker, 'message', { signal: AbortSignal.timeout(LONGEST_MS) })
    return verification as Verification
  } catch (error) {
    // Out of time or memory: the file's doing. Anything else is a fault of ours and must be seen.
    const { name, code } = error as { name?: string; code?: string }
    if (name === 'AbortError' || code === 'ERR_WORKER_OUT_OF_MEMORY') return { kind: 'unreadable', reason: 'too much' }
    throw error
  } finally {
    await worker.terminate()
  }
}
