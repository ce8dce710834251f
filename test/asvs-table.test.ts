// docs/security/asvs.md: its sums are those of its lines, and what it names as proof is there.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { productRoot } from '../src/platform/root.ts'

/** How many requirements ASVS 5.0.0 has at levels 1 and 2. */
const ASKED = 253

describe('the table of ASVS', () => {
  const text = readFileSync(join(productRoot, 'docs/security/asvs.md'), 'utf8')
  const lines = [...text.matchAll(/^\| (\d+)\.(\d+\.\d+) \| (.+?) \| (holds|n\.a\.|gap) \| (.+) \|$/gm)].map(
    ([, chapter = '', number = '', , state = '', ground = '']) => ({ chapter, number, state, ground }),
  )

  it('has each line once, with its ground', () => {
    assert.equal(lines.length, ASKED)
    assert.equal(new Set(lines.map(({ chapter, number }) => `${chapter}.${number}`)).size, ASKED)
    for (const { chapter, number, ground } of lines) {
      const depth = ground.split('(').length - ground.split(')').length
      assert.ok(ground.length > 4 && depth === 0, `${chapter}.${number}: ${ground}`)
    }
  })

  it('sums up what its lines say', () => {
    const sums = [
      ...text.matchAll(
        /^\| (?:V(\d+) .*?|\*\*all (\d+)\*\*) \| \**(\d+)\** \| \**\d+\** \| \**(\d+)\** \| \**(\d+)\** \|$/gm,
      ),
    ]
    assert.equal(sums.length, 18)
    for (const [line, chapter, all, ...counts] of sums) {
      const own = lines.filter(each => chapter === undefined || each.chapter === chapter)
      assert.deepEqual(
        counts.map(Number),
        ['holds', 'n.a.', 'gap'].map(state => own.filter(each => each.state === state).length),
        line,
      )
      if (all !== undefined) assert.equal(Number(all), own.length)
    }
  })

  it('names files that are there', () => {
    const named = new Set(text.match(/\b(?:src|test|docs|scripts|bench)\/[\w./@-]+\w/g))
    assert.ok(named.size > 100)
    assert.deepEqual(
      [...named].filter(path => !existsSync(join(productRoot, path))),
      [],
    )
  })
})
