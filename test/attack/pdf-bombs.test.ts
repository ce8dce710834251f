// Files of sixty kilobytes that become sixty megabytes of PDF: the answer is a word, the program goes on serving.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { deflateSync } from 'node:zlib'
import { testApp, Visitor } from '../support/test-app.ts'

/** A PDF whose catalogue lies in an object stream and holds `body`. */
function packed(body: Buffer): Buffer {
  const bytes = (value: number, width: number) => {
    const out = Buffer.alloc(width)
    out.writeUIntBE(value, 0, width)
    return out
  }
  const first = Buffer.from('1 0 ')
  const stream = deflateSync(Buffer.concat([first, Buffer.from('<</A'), body, Buffer.from('>>')]), { level: 9 })
  const head = Buffer.from('%PDF-1.7\n')
  const container = Buffer.concat([
    Buffer.from(
      `2 0 obj\n<</Type/ObjStm/N 1/First ${first.length}/Filter/FlateDecode/Length ${stream.length}>>\nstream\n`,
    ),
    stream,
    Buffer.from('\nendstream\nendobj\n'),
  ])
  const at = head.length + container.length
  const rows = deflateSync(
    Buffer.concat(
      [
        [0, 0, 0],
        [2, 2, 0],
        [1, head.length, 0],
        [1, at, 0],
      ].map(([type = 0, a = 0, b = 0]) => Buffer.concat([bytes(type, 1), bytes(a, 4), bytes(b, 4)])),
    ),
  )
  return Buffer.concat([
    head,
    container,
    Buffer.from(
      `3 0 obj\n<</Type/XRef/Size 4/W[1 4 4]/Root 1 0 R/Filter/FlateDecode/Length ${rows.length}>>\nstream\n`,
    ),
    rows,
    Buffer.from(`\nendstream\nendobj\nstartxref\n${at}\n%%EOF\n`),
  ])
}

const SIZE = 62_000_000
const fill = (unit: string) => Buffer.alloc(SIZE - (SIZE % unit.length), unit)
const between = (open: string, unit: string, close: string) =>
  packed(Buffer.concat([Buffer.from(open), fill(unit), Buffer.from(close)]))

it('bombs end as files that cannot be read; others are served meanwhile; the line is short', {
  timeout: 240_000,
}, async () => {
  const test = await testApp()
  try {
    const send = (content: Buffer) =>
      new Visitor(test.app).upload('/xac-minh', {}, [{ field: 'tep', name: 'a.pdf', content }])
    for (const bomb of [
      between('<', '0', '>'),
      between('(', 'a', ')'),
      between('[', '1 ', ']'),
      between('[', '<<>>[]', ']'),
      between('[', '/', ']'),
      between('/', '#61', ''),
    ]) {
      assert.ok(bomb.length < 200_000)
      const began = performance.now()
      const [reply, home] = await Promise.all([send(bomb), new Visitor(test.app).get('/')])
      assert.equal(home.status, 200)
      assert.equal(reply.status, 200)
      assert.match(reply.body, /class="verdict/)
      assert.ok(performance.now() - began < 20_000)
    }
    const slow = between('(', 'a', ')')
    const many = await Promise.all(Array.from({ length: 20 }, () => send(slow)))
    const statuses = many.map(reply => reply.status).sort()
    assert.deepEqual(
      statuses.filter(status => status !== 200 && status !== 503),
      [],
    )
    assert.ok(statuses.filter(status => status === 503).length >= 4, `${statuses}`)
  } finally {
    await test.close()
  }
})
