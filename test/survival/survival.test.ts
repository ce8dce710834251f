// A minute in which everything goes wrong: what people were told is true afterwards. The hour: npm run survive.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { survive } from './survive.ts'

describe('a minute of troubles', () => {
  it('loses nothing that was acknowledged, does nothing twice, and finishes what it began', async t => {
    const outcome = await survive({
      seconds: 60,
      people: 6,
      megabytes: 700,
      quietSeconds: 60,
      say: line => t.diagnostic(line),
    })
    const { ledger } = outcome
    t.diagnostic(
      `${ledger.filed.length} filed, ${ledger.acts.length} acts, ${ledger.ended} ended, ${ledger.repeats} requests repeated`,
    )
    for (const name of outcome.impossible) t.diagnostic(`not possible on this machine: ${name}`)
    assert.deepEqual(outcome.faults, [])
    assert.deepEqual(ledger.complaints, [])
    assert.equal(outcome.verify.code, 0, outcome.verify.said)
    assert.ok(ledger.filed.length > 0 && ledger.acts.length > 0)
  })
})
