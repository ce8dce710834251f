// A daemon that looks at files as ClamAV's does (clamd(8)), with moods: finds one text, is silent, breaks off, takes little, talks nonsense.
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What it takes for malware: the text that every scanner knows as a test, in two halves so that none takes this file for it. */
export const MALWARE = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

/** `small`: it takes a thousand bytes; `breaks`: it hangs up in the middle; `deaf`: it reads nothing; `odd`: somebody else answers. */
type Mood = 'well' | 'silent' | 'breaks' | 'small' | 'deaf' | 'odd'

export interface Clamd {
  readonly address: string
  mood: Mood
  /** Bytes that it was shown, file by file. */
  readonly seen: number[]
  close(): void
}

export async function clamdServer(): Promise<Clamd> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    if (self.mood === 'deaf') return void socket.pause()
    let rest = Buffer.alloc(0)
    let content: Buffer[] | null = null
    const answer = (text: string) => {
      if (self.mood !== 'silent') socket.end(`${self.mood === 'odd' ? 'SSH-2.0-OpenSSH_9.2p1' : text}\0`)
    }
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, chunk])
      if (content === null) {
        const end = rest.indexOf(0)
        if (end < 0) return
        const command = rest.subarray(0, end).toString()
        rest = rest.subarray(end + 1)
        if (command === 'zVERSION') return answer('ClamAV 1.4.6/27468/Thu Nov 26 09:25:00 2026')
        if (command !== 'zINSTREAM') return answer('UNKNOWN COMMAND')
        content = []
      }
      while (rest.length >= 4) {
        const length = rest.readUInt32BE()
        if (length === 0) {
          const all = Buffer.concat(content)
          self.seen.push(all.length)
          return answer(`stream: ${all.includes(MALWARE) ? 'Eicar-Test-Signature FOUND' : 'OK'}`)
        }
        if (rest.length < 4 + length) return
        content.push(rest.subarray(4, 4 + length))
        rest = rest.subarray(4 + length)
        if (self.mood === 'breaks') return void socket.destroy()
        if (self.mood === 'small' && Buffer.concat(content).length > 1000)
          return answer('INSTREAM size limit exceeded. ERROR')
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const self: Clamd = {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'well',
    seen: [],
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return self
}
