// The software implementation of the signer port: sealed keys of the installation, used in worker threads.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { KeyRing } from '../../platform/crypto/keys.ts'
import { open } from '../../platform/crypto/seal.ts'
import { builtRoot } from '../../platform/root.ts'
import type { SignReply, SignTask } from './key-thread.ts'
import type { HeldKey, SignerPort } from './ports.ts'

interface Waiting {
  resolve(signature: Uint8Array): void
  reject(error: Error): void
}

/** Starts threads when first used; `close` ends them. */
export function softwareKeys(ring: KeyRing): SignerPort {
  const threads: Worker[] = []
  const waiting = new Map<number, Waiting>()
  let tasks = 0
  const start = (): Worker => {
    const thread = new Worker(join(builtRoot, 'modules/signing/key-thread.js'))
    thread.on('message', (reply: SignReply) => {
      const call = waiting.get(reply.task)
      waiting.delete(reply.task)
      if ('signature' in reply) call?.resolve(reply.signature)
      else call?.reject(new Error(reply.error))
    })
    thread.on('error', error => {
      for (const call of waiting.values()) call.reject(error)
      waiting.clear()
      threads.splice(threads.indexOf(thread), 1)
    })
    thread.unref()
    threads.push(thread)
    return thread
  }
  return {
    sign(key: HeldKey, data: Uint8Array) {
      const task = ++tasks
      const thread = threads.length < availableParallelism() ? start() : (threads[task % threads.length] ?? start())
      const privateKey = open(ring, 'signing-key', key.sealedPrivateKey, `key:${key.id}`)
      return new Promise((resolve, reject) => {
        waiting.set(task, { resolve, reject })
        thread.postMessage({ task, keyId: key.id, privateKey, data } satisfies SignTask)
      })
    },
    async close() {
      await Promise.all(threads.splice(0).map(thread => thread.terminate()))
    },
  }
}
