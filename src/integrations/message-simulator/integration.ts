// Stands in for SMS and Zalo gateways, and for SMTP in the demo: keeps the last messages, drops repeats, can be told to fail.
import type { Carrier, OutgoingMessage } from '../../modules/notifications/index.ts'

export interface SimulatedCarrier extends Carrier {
  readonly sent: readonly OutgoingMessage[]
  /** While set, every message is refused. */
  failing: boolean
}

const KEPT = 200

export function simulatedCarrier(): SimulatedCarrier {
  const sent: OutgoingMessage[] = []
  const simulator: SimulatedCarrier = {
    sent,
    failing: false,
    async send(message) {
      if (simulator.failing) throw new Error('the simulated gateway refuses messages')
      if (sent.some(each => each.key === message.key)) return
      sent.push(message)
      if (sent.length > KEPT) sent.shift()
    },
  }
  return simulator
}
