// A time-stamping authority of somebody else, over HTTP, which can be told to fail.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type TimestampFault, timestampSimulator } from '../../src/integrations/timestamp/simulator.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { SLOW_MS } from './wires.ts'

export interface StampServer {
  readonly url: string
  mood: TimestampFault | 'silent' | 'slow'
  close(): void
}

export async function stampServer(): Promise<StampServer> {
  const simulator = timestampSimulator(systemClock)
  const server = createServer((request, response) => {
    if (self.mood === 'silent') return
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const slow = self.mood === 'slow'
    simulator.fault = self.mood === 'slow' ? 'none' : self.mood
    const parts: Buffer[] = []
    request.on('data', part => parts.push(part))
    request.on('end', () => {
      void (slow ? wait(SLOW_MS) : Promise.resolve())
        .then(() => simulator.answer(Buffer.concat(parts)))
        .then(
          answer => response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(answer),
          () => request.destroy(),
        )
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const self: StampServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`,
    mood: 'none',
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return self
}
