// A flood brake in this process: a token bucket per address. Sign-in, tracking and codes are limited in PostgreSQL instead.

export interface FloodBrake {
  /** Seconds to wait, or 0 when the request may pass. */
  take(key: string, at: number): number
}

/** Lets `burst` requests pass at once and `perSecond` after; forgets idle keys; holds at most `maxKeys`. */
export function floodBrake(perSecond: number, burst: number, maxKeys = 50_000): FloodBrake {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take(key, at) {
      const bucket = buckets.get(key) ?? { tokens: burst, at }
      const tokens = Math.min(burst, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * perSecond)
      buckets.delete(key)
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at })
      if (buckets.size > maxKeys) {
        const oldest = buckets.keys().next().value
        if (oldest !== undefined) buckets.delete(oldest)
      }
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perSecond)
    },
  }
}
