// Cached pages live as long as their version and their time, and never longer than memory allows.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { byteCache } from './byte-cache.ts'

const page = (made: number, seconds: number) => ({ status: 200, made, seconds })

describe('cached pages', () => {
  it('go with their version', () => {
    const cache = byteCache(1_000_000)
    cache.put('a', 1, page(0, Number.POSITIVE_INFINITY), 'một')
    assert.equal(cache.get('a', 1, 9e15)?.plain.toString(), 'một')
    assert.equal(cache.get('a', 2, 0), undefined)
    assert.equal(cache.get('a', 1, 0), undefined, 'a version that comes back is no reason to trust')
  })
  it('go when their time is up; a clock set back makes none young again', () => {
    const cache = byteCache(1_000_000)
    cache.put('a', 1, page(10_000, 2), 'một')
    assert.ok(cache.get('a', 1, 11_999))
    assert.equal(cache.get('a', 1, 12_000), undefined)
    assert.equal(cache.get('a', 1, 9_999), undefined)
  })
  it('make room, the one used longest ago first', () => {
    const cache = byteCache(700)
    for (const key of ['a', 'b', 'c']) cache.put(key, 1, page(0, 10), 'x'.repeat(300))
    cache.get('a', 1, 1)
    cache.put('d', 1, page(0, 10), 'y'.repeat(300))
    const left = ['a', 'b', 'c', 'd'].filter(key => cache.get(key, 1, 1) !== undefined)
    assert.ok(left.includes('d') && !left.includes('b'), left.join())
  })
})
