// The part of autocannon that the benches use; the package ships no types.
declare module 'autocannon' {
  interface Options {
    readonly url: string
    readonly connections: number
    readonly duration: number
    /** Requests a second, of all connections together. */
    readonly overallRate?: number
    readonly headers?: Readonly<Record<string, string>>
  }
  interface Outcome {
    readonly requests: { readonly average: number }
    readonly latency: { readonly p50: number; readonly p97_5: number; readonly p99: number }
    readonly non2xx: number
    readonly errors: number
  }
  export default function autocannon(options: Options): Promise<Outcome>
}
