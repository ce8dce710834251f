// The e-mail carrier gives up on a server that falls silent or dribbles, at whatever point of the conversation.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { mustEncrypt, smtpCarrier } from '../src/integrations/smtp/integration.ts'
import { mailServer } from './survival/wires.ts'

const message = { key: 'k1', to: 'mau@example.vn', subject: 'Hồ sơ', text: 'Đã tiếp nhận' }
const carrierTo = (port: number) =>
  smtpCarrier({
    url: `smtp://127.0.0.1:${port}?ignoreTLS=true`,
    from: 'motcua@example.vn',
    patience: { silence: 300, mail: 1200 },
  })

/** A server whose answers `behave` gives. */
async function serverThat(behave: (socket: Socket) => void): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    behave(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

describe('the SMTP carrier', () => {
  it('asks for encryption outside of this machine, unless the operator said no', () => {
    const cases: readonly [string, boolean][] = [
      ['smtp://mail.example.vn', true],
      ['smtp://user:x@10.0.0.5:25', true],
      ['smtps://mail.example.vn', true],
      ['smtp://127.0.0.1:25', false],
      ['smtp://localhost', false],
      ['smtp://[::1]:25', false],
      ['smtp://localhost.example.vn', true],
      ['smtp://mail.example.vn?requireTLS=false', false],
    ]
    for (const [url, asked] of cases) assert.equal(mustEncrypt(url), asked, url)
  })
  it('hands a mail over, with the key as its id', async () => {
    const mail = await mailServer()
    await carrierTo(mail.port).send(message)
    assert.equal(mail.arrived.get('<k1@motcua>'), 1)
    mail.close()
  })

  it('says why a mail was refused, without the address that the server repeats', async () => {
    const server = await mailServer()
    server.mood = 'knows-nobody'
    try {
      await assert.rejects(carrierTo(server.port).send(message), (error: Error & { responseCode?: number }) => {
        assert.match(error.message, /550 5\.1\.1 <\[address\]>: no such user here/)
        assert.equal(error.responseCode, 550)
        assert.doesNotMatch(
          JSON.stringify({ ...error, stack: error.stack, cause: error.cause ?? null }),
          /mau|@example/,
        )
        return true
      })
    } finally {
      server.close()
    }
  })

  it('gives up on a server that says nothing, or nothing more', async () => {
    for (const greeting of ['', '220 mail.test\r\n']) {
      const { port, close } = await serverThat(socket => void socket.write(greeting))
      const began = performance.now()
      await assert.rejects(carrierTo(port).send(message), /Greeting never received|Timeout/)
      assert.ok(performance.now() - began < 1100, 'within its patience for silence')
      close()
    }
  })

  it('gives up on a server that keeps talking and never comes to an end', async () => {
    const { port, close } = await serverThat(socket => {
      socket.write('220 mail.test\r\n')
      const dribble = setInterval(() => socket.write('250-still\r\n'), 50)
      socket.on('close', () => clearInterval(dribble))
    })
    await assert.rejects(carrierTo(port).send(message), { name: /AbortError|TimeoutError/ })
    close()
  })
})
