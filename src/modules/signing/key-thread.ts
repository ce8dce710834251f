// A worker thread that makes RSA signatures: private keys are used here, the main thread goes on serving people.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

export interface SignTask {
  readonly task: number
  /** Names the key, so that it is parsed once. */
  readonly keyId: string
  /** PKCS #8 DER. */
  readonly privateKey: Uint8Array
  readonly data: Uint8Array
}
export type SignReply =
  | { readonly task: number; readonly signature: Uint8Array }
  | { readonly task: number; readonly error: string }

const KEPT = 500
const port = parentPort
if (port !== null) {
  const keys = new Map<string, KeyObject>()
  port.on('message', (message: SignTask) => {
    try {
      let key = keys.get(message.keyId)
      if (key === undefined) {
        if (keys.size >= KEPT) keys.clear()
        key = createPrivateKey({ key: Buffer.from(message.privateKey), format: 'der', type: 'pkcs8' })
        keys.set(message.keyId, key)
      }
      port.postMessage({ task: message.task, signature: sign('sha256', message.data, key) } satisfies SignReply)
    } catch (error) {
      port.postMessage({ task: message.task, error: String(error) } satisfies SignReply)
    }
  })
}
