// Many big files at once: what a web process holds while they come in.
import { newId } from '../src/platform/id.ts'
import { highestOf } from '../test/support/pids.ts'
import { smallPdf, Visitor } from '../test/support/test-app.ts'
import { httpWire } from '../test/survival/wires.ts'
import { type Bench, startProduct } from './product.ts'

/** As many as one person may send at once, each nearly as large as one file may be. */
const AT_ONCE = 8
const BYTES = 49_000_000

/** A whole PDF of so many bytes, other than any before. */
function bigPdf(): Buffer {
  const [head, rest] = [smallPdf.subarray(0, 9), smallPdf.subarray(9)]
  return Buffer.concat([
    head,
    Buffer.from(`% ${newId(new Date())} `),
    Buffer.alloc(BYTES, 'x'),
    Buffer.from('\n'),
    rest,
  ])
}

export async function uploadFigures(bench: Bench, url: string): Promise<void> {
  const product = await startProduct(bench, { DATABASE_URL: url }, 'web')
  try {
    const citizen = await new Visitor(httpWire(Number(new URL(product.address).port))).signIn('0912000456')
    const draft = (await citizen.post('/nop-ho-so/1.013225')).location.replace(/\/trang\/.*$/, '')
    const began = performance.now()
    const sent = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) =>
        citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, [
          { field: 'giay-to.ban-ve', name: `ban-ve-${at}.pdf`, content: bigPdf() },
        ]),
      ),
    )
    const seconds = (performance.now() - began) / 1000
    const refused = sent.find(reply => reply.status !== 303)
    if (refused !== undefined) throw new Error(`an upload answered ${refused.status}`)
    const held = highestOf(product.pid)
    bench.report({
      name: `memory of web, ${AT_ONCE} uploads of ${BYTES / 1e6} MB at once`,
      unit: 'MB RSS',
      ours: held,
      limit: 300,
      limitName: `the goal itself; took ${seconds.toFixed(1)} s`,
      ratio: 300 / held,
      goal: '≤ 300 MB',
      p50: null,
      p95: null,
      p99: null,
    })
    await citizen.post(`${draft}/xoa`)
  } finally {
    await product.stop()
  }
}
