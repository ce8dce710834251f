// What stands between processes and can fail: a relay before the database, a balancer before the web, a mail server.
import http from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Wire } from '../support/test-app.ts'

const listen = (server: Server): Promise<number> =>
  new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))

export interface Relay {
  readonly port: number
  /** Where new connections go, in turn; one that refuses is passed over. */
  targets: readonly number[]
  /** Cuts every connection that is open. */
  cut(): void
  close(): void
}

/** Passes connections on, byte by byte: for the database one target, for the web all that run. */
export async function relay(targets: readonly number[] = []): Promise<Relay> {
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer(client => {
    open.add(client)
    client.on('close', () => open.delete(client)).on('error', () => undefined)
    client.pause()
    const order = self.targets.map((_, index, all) => all[(turn + index) % all.length] as number)
    turn++
    const attempt = (): void => {
      const port = order.shift()
      if (port === undefined) return void client.destroy()
      const target = connect(port, '127.0.0.1')
      let connected = false
      target.on('connect', () => {
        connected = true
        open.add(target)
        client.pipe(target).pipe(client)
        client.on('close', () => target.destroy())
      })
      target.on('error', () => (connected ? client.destroy() : attempt()))
      target.on('close', () => {
        open.delete(target)
        if (connected) client.destroy()
      })
    }
    attempt()
  })
  const self: Relay = {
    port: await listen(server),
    targets,
    cut: () => {
      for (const socket of open) socket.destroy()
    },
    close: () => {
      server.close()
      self.cut()
    },
  }
  return self
}

type MailMood = 'well' | 'refuses' | 'knows-nobody' | 'silent' | 'slow' | 'forgets' | 'down'

/** How long somebody slow takes for each answer, in milliseconds. */
export const SLOW_MS = 700

export interface MailServer {
  readonly port: number
  /** `knows-nobody` refuses each address; `forgets` takes a mail and breaks off before it says so; `silent` never answers,
   * `slow` each line after a while. */
  mood: MailMood
  /** Message-ID → how often it arrived whole. */
  readonly arrived: Map<string, number>
  /** The newest mail to each address, as it came. */
  readonly letters: Map<string, string>
  close(): void
}

/** A mail server of RFC 5321 as far as a sender can tell, with moods. */
export async function mailServer(): Promise<MailServer> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    if (self.mood === 'down') return void socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    const say = (line: string) => {
      if (self.mood === 'slow') setTimeout(() => socket.write(`${line}\r\n`), SLOW_MS)
      else if (self.mood !== 'silent') socket.write(`${line}\r\n`)
    }
    let mail: string | null = null
    let rest = ''
    say('220 mail.test')
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      rest += chunk
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (mail !== null) {
          if (line !== '.') {
            mail += `${line}\n`
            continue
          }
          const id = /^message-id: *(<[^>]+>)/im.exec(mail)?.[1] ?? ''
          const to = /^to: *<?([^>\n]+)>?/im.exec(mail)?.[1]?.trim()
          if (to !== undefined) self.letters.set(to, mail)
          mail = null
          self.arrived.set(id, (self.arrived.get(id) ?? 0) + 1)
          if (self.mood === 'forgets') return void socket.destroy()
          say('250 taken')
        } else if (/^(EHLO|HELO)/i.test(line)) say('250 mail.test')
        else if (/^MAIL/i.test(line)) say(self.mood === 'refuses' ? '451 try again later' : '250 ok')
        else if (/^RCPT/i.test(line) && self.mood === 'knows-nobody')
          // As servers say it: with the address.
          say(`550 5.1.1 ${line.slice(8)}: no such user here`)
        else if (/^DATA/i.test(line)) {
          mail = ''
          say('354 go on')
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
        else say('250 ok')
      }
    })
  })
  const self: MailServer = {
    port: await listen(server),
    mood: 'well',
    arrived: new Map(),
    letters: new Map(),
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return self
}

/** Requests to a server over sockets: each on a connection of its own, or kept by `agent`. Rejects when the connection breaks or 20 s pass. */
export function httpWire(port: number, agent: http.Agent | false = false): Wire {
  return ({ method, url, headers, payload }) =>
    new Promise((resolve, reject) => {
      const host = `127.0.0.1:${port}`
      const request = http.request(
        {
          host: '127.0.0.1',
          port,
          method,
          path: url,
          agent,
          timeout: 20_000,
          headers: {
            host,
            ...(method === 'POST' ? { origin: `http://${host}` } : {}),
            ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
            ...headers,
          },
        },
        response => {
          const parts: Buffer[] = []
          response.on('data', part => parts.push(part))
          response.on('error', reject)
          response.on('end', () => {
            if (!response.complete) return reject(new Error('the answer was cut off'))
            const cookies = (response.headers['set-cookie'] ?? []).map(line => {
              const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
              const age = /max-age=(-?\d+)/i.exec(line)?.[1]
              return { name, value, maxAge: age === undefined ? undefined : Number(age) }
            })
            const location = response.headers.location ?? ''
            const bytes = Buffer.concat(parts)
            const status = response.statusCode ?? 0
            resolve({ status, body: bytes.toString(), bytes, location, headers: response.headers, cookies })
          })
        },
      )
      request.on('timeout', () => request.destroy(new Error('no answer within 20 s')))
      request.on('error', reject)
      request.end(payload)
    })
}
