// How the simulator fails, when told to.
/** How the simulator fails, when told to. */
export type FaultMode = 'none' | 'down' | 'slow' | 'access_denied' | 'bad-signature'
export interface FaultState {
  mode: FaultMode
  delayMs: number
}
