// Short-lived facts between two steps of signing in, sealed into a cookie: nothing to store, nothing to forge.
import type { KeyRing } from '../../platform/crypto/keys.ts'
import { open, seal } from '../../platform/crypto/seal.ts'
import type { CookieChange } from '../../platform/http/answer.ts'

/** Seals `value` under a cookie's name for `seconds`. */
export function sealedCookie(keys: KeyRing, name: string, value: unknown, at: Date, seconds: number): CookieChange {
  const text = JSON.stringify({ value, until: at.getTime() + seconds * 1000 })
  return { name, value: seal(keys, 'cookie', text, name).toString('base64url'), maxAgeSeconds: seconds }
}

/** What a sealed cookie holds, null when it is absent, forged or past its time. */
export function openCookie(keys: KeyRing, name: string, cookie: string | undefined, at: Date): unknown {
  if (cookie === undefined) return null
  try {
    const { value, until }: { value: unknown; until: number } = JSON.parse(
      open(keys, 'cookie', Buffer.from(cookie, 'base64url'), name).toString(),
    )
    return until > at.getTime() ? value : null
  } catch {
    return null
  }
}

export const forgetCookie = (name: string): CookieChange => ({ name, value: null, maxAgeSeconds: 0 })
