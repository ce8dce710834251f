// The tree against the examples of RFC 6962's reference implementation, and by property: every leaf leads to the root.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CHUNK, leafHash, merklePath, merkleRoot, rootOf } from './merkle.ts'

describe('a Merkle tree', () => {
  it('of nothing and of one empty leaf has the roots that everybody has', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    assert.equal(merkleRoot([]).toString('hex'), empty)
    assert.equal(
      merkleRoot([leafHash('')]).toString('hex'),
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    )
  })

  const leaves = fc.array(fc.string(), { minLength: 1, maxLength: 70 }).map(list => list.map(leafHash))

  it('leads every leaf to its root, and no other', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), (list, pick) => {
        const index = pick % list.length
        const leaf = list[index] as Buffer
        const root = merkleRoot(list)
        const path = merklePath(list, index)
        assert.deepEqual(rootOf(leaf, path), root)
        assert.ok(path.length <= Math.ceil(Math.log2(list.length)) + 1)
        assert.notDeepEqual(rootOf(leafHash('another'), path), root)
      }),
    )
  })

  it('is the same tree when whole chunks stand for their leaves', () => {
    for (const count of [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17, 5 * CHUNK + 512]) {
      const list = Array.from({ length: count }, (_, index) => leafHash(String(index)))
      const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, at) =>
        list.slice(at * CHUNK, (at + 1) * CHUNK),
      )
      const roots = chunks.map(merkleRoot)
      assert.deepEqual(merkleRoot(roots), merkleRoot(list), `${count} leaves`)
      const index = count - 1
      const at = Math.floor(index / CHUNK)
      const path = [...merklePath(chunks[at] ?? [], index % CHUNK), ...merklePath(roots, at)]
      assert.deepEqual(rootOf(list[index] as Buffer, path), merkleRoot(list))
    }
  })
})
