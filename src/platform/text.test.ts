// Text that enters the program: one form, and bounded work for whatever a stranger sends.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compose, fold, normalise } from './text.ts'

describe('text', () => {
  it('of marks without end costs no more than other text: at most thirty stay on a letter', () => {
    // Put in order by comparing each with all before it, this would take hours.
    const marks = `${'\u0315'.repeat(500_000)}${'\u0334'.repeat(500_000)}`
    for (const way of [compose, normalise, fold]) assert.ok(way(`a${marks}b`).length <= 32)
    assert.equal(normalise(`a${marks}b`).at(-1), 'b')
  })

  it('as people write it stays as it is', () => {
    for (const word of ['Nguyễn Thị Mẫu', 'Đặng Ngọc Ửng', 'e\u0302\u0323'.normalize('NFC')])
      assert.equal(normalise(word.normalize('NFD')), word)
    assert.equal(compose(`x${'\u0301'.repeat(30)}`).length, 31)
  })
})
