// When small pages are worth a word, and which.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type SharedMemory, smallPages } from './server.ts'

it('huge pages are advised where they are worth it and the machine has them', () => {
  const four: SharedMemory = { asked: 'try', status: 'off', bytes: 4 * 2 ** 30, pages: 2202 }
  const cases: readonly [Partial<SharedMemory>, RegExp | null][] = [
    [{}, /4\.0 GiB .+ machine: sysctl vm\.nr_hugepages=2202 /],
    [{ asked: 'off' }, /machine: set huge_pages = try, sysctl/],
    [{ status: 'on' }, null],
    [{ status: null }, null],
    [{ bytes: 128 * 2 ** 20 }, null],
    [{ pages: -1 }, null],
  ]
  for (const [change, said] of cases) {
    const text = smallPages({ ...four, ...change })
    if (said === null) assert.equal(text, null, JSON.stringify(change))
    else assert.match(text ?? '', said, JSON.stringify(change))
  }
})
