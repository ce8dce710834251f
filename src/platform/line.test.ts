// The line: so many at once, so many waiting, in their order, the rest turned away; a fault frees the place.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { line } from './line.ts'

describe('a line', () => {
  it('runs so many at once, the others in their order, and turns away the rest', async () => {
    const inTurn = line({ atOnce: 2, waiting: 3, full: () => new Error('full') })
    let running = 0
    let most = 0
    const begun: number[] = []
    const ends: (() => void)[] = []
    const work = (n: number) =>
      inTurn(async () => {
        begun.push(n)
        most = Math.max(most, ++running)
        await new Promise<void>(resolve => ends.push(resolve))
        running--
        if (n === 1) throw new Error('broken')
        return n
      })
    const all = [0, 1, 2, 3, 4, 5].map(work)
    const outcomes = Promise.allSettled(all)
    await assert.rejects(all[5] as Promise<number>, /full/)
    for (let done = 0; done < 5; done++) {
      while (ends.length === 0) await new Promise(setImmediate)
      ends.shift()?.()
    }
    assert.deepEqual(
      (await outcomes).map(each => (each.status === 'fulfilled' ? each.value : (each.reason as Error).message)),
      [0, 'broken', 2, 3, 4, 'full'],
    )
    assert.deepEqual(begun, [0, 1, 2, 3, 4])
    assert.equal(most, 2)
    const after = work(6)
    ends.shift()?.()
    assert.equal(await after, 6, 'every place is free again')
  })
})
