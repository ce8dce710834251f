// Authenticated encryption of small values: fields of persons, payloads of history, keys of signers.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyRing, KeyUse } from './keys.ts'

const NONCE = 12
const TAG = 16

/** Encrypts with AES-256-GCM: generation (1 byte) ‖ nonce (12) ‖ tag (16) ‖ ciphertext. `bound` ties it to its row. */
export function seal(ring: KeyRing, use: KeyUse, plain: string | Uint8Array, bound: string): Buffer {
  const nonce = randomBytes(NONCE)
  const generation = ring.current
  const cipher = createCipheriv('aes-256-gcm', ring.key(use, generation), nonce).setAAD(Buffer.from(bound))
  const body = Buffer.concat([cipher.update(typeof plain === 'string' ? Buffer.from(plain) : plain), cipher.final()])
  return Buffer.concat([Buffer.from([generation]), nonce, cipher.getAuthTag(), body])
}

/** Opens what `seal` made. Throws when a byte was changed, the key is absent or the value belongs to another row. */
export function open(ring: KeyRing, use: KeyUse, sealed: Buffer, bound: string): Buffer {
  const nonce = sealed.subarray(1, 1 + NONCE)
  const tag = sealed.subarray(1 + NONCE, 1 + NONCE + TAG)
  const decipher = createDecipheriv('aes-256-gcm', ring.key(use, sealed[0] ?? 0), nonce)
  decipher.setAAD(Buffer.from(bound)).setAuthTag(tag)
  return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE + TAG)), decipher.final()])
}

/** `seal` for a text that may be absent. */
export function sealText(ring: KeyRing, text: string | null | undefined, bound: string): Buffer | null {
  return text === null || text === undefined || text === '' ? null : seal(ring, 'field', text, bound)
}

/** `open` for a text that may be absent. */
export function openText(ring: KeyRing, sealed: Buffer | null, bound: string): string | null {
  return sealed === null ? null : open(ring, 'field', sealed, bound).toString('utf8')
}
