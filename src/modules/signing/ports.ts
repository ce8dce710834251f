// What signing needs from outside: something that holds private keys, and somebody who says what time it is.
import type { TimestampToken } from './timestamp/token.ts'

/** A key as the store knows it: the private part only sealed. */
export interface HeldKey {
  readonly id: string
  readonly holder: string
  readonly name: string
  /** DER of the certificate, then of its issuers. */
  readonly certificate: Uint8Array
  readonly chain: readonly Uint8Array[]
  readonly sealedPrivateKey: Buffer
}

export interface SignerPort {
  /** RSASSA-PKCS1-v1_5 with SHA-256 over `data`. Rejects when the key cannot be used. */
  sign(key: HeldKey, data: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** A time-stamping authority (RFC 3161): whoever does not belong to the house and says when it saw something. */
export interface TimestampPort {
  /** A token over SHA-256 of `data`. Rejects with TimestampRefused, or when the authority cannot be reached. */
  stamp(data: Uint8Array): Promise<TimestampToken>
}
