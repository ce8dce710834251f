// What identity needs from outside: a national electronic identity provider.

/** Facts a provider vouches for. */
export interface EidPerson {
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly idNumber: string
  readonly birthDate: string | null
}

/** What must be kept between leaving for the provider and coming back. */
export interface EidPending {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Why a sign-in did not happen: the person said no, may not, came back with what cannot be taken, or the provider is away. */
export type EidFault = 'denied' | 'forbidden' | 'untrusted' | 'away'

export class EidRefused extends Error {
  readonly fault: EidFault
  /** `reason`: a sentence for the person. */
  constructor(fault: EidFault, reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'EidRefused'
    this.fault = fault
  }
}

export interface EidProvider {
  /** Where to send the browser, and what to keep. Throws EidRefused when the provider cannot be reached. */
  begin(): Promise<{ url: string; pending: EidPending }>
  /** Who came back. Throws EidRefused for denial, forgery, expiry or an unreachable provider. */
  finish(search: string, pending: EidPending): Promise<EidPerson>
}
