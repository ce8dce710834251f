// The software implementation of the signer port: sealed keys of the installation, used in worker threads.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { KeyRing } from '../../platform/crypto/keys.ts'
import { open } from '../../platform/crypto/seal.ts'
import { builtRoot } from '../../platform/root.ts'
import type { SignReply, SignTask } from './key-thread.ts'
import type { HeldKey, SignerPort } from './ports.ts'

/** Asked once: it is a call of the system. */
const CORES = availableParallelism()

interface Waiting {
  resolve(signature: Uint8Array): void
  reject(error: Error): void
}
interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
}

/** Starts threads when first used, one a core at most, each task to the one with the least to do; `close` ends them. */
export function softwareKeys(ring: KeyRing): SignerPort {
  const threads: Thread[] = []
  let tasks = 0
  const start = (): Thread => {
    const thread: Thread = {
      worker: new Worker(join(builtRoot, 'modules/signing/key-thread.js')),
      waiting: new Map(),
    }
    thread.worker.on('message', (reply: SignReply) => {
      const call = thread.waiting.get(reply.task)
      thread.waiting.delete(reply.task)
      if ('signature' in reply) call?.resolve(reply.signature)
      else call?.reject(new Error(reply.error))
    })
    const end = (error: Error): void => {
      const at = threads.indexOf(thread)
      if (at >= 0) threads.splice(at, 1)
      for (const call of thread.waiting.values()) call.reject(error)
      thread.waiting.clear()
    }
    thread.worker.on('error', end)
    thread.worker.on('exit', code => end(new Error(`the signing thread ended with code ${code}`)))
    threads.push(thread)
    return thread
  }
  return {
    async sign(key: HeldKey, data: Uint8Array) {
      const privateKey = open(ring, 'signing-key', key.sealedPrivateKey, `key:${key.id}`)
      const idle = threads.find(each => each.waiting.size === 0)
      const thread =
        idle ??
        (threads.length < CORES
          ? start()
          : threads.reduce((least, each) => (each.waiting.size < least.waiting.size ? each : least)))
      const task = ++tasks
      return new Promise<Uint8Array>((resolve, reject) => {
        thread.waiting.set(task, { resolve, reject })
        thread.worker.postMessage({ task, keyId: key.id, privateKey, data } satisfies SignTask)
      })
    },
    async close() {
      await Promise.all(threads.splice(0).map(thread => thread.worker.terminate()))
    },
  }
}
