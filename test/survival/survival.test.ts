// A minute in which everything goes wrong: what people were told is true afterwards. The hour: npm run survive.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tell } from './ledger.ts'
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
    t.diagnostic(tell(ledger))
    for (const name of outcome.impossible) t.diagnostic(`not possible on this machine: ${name}`)
    assert.deepEqual(outcome.faults, [])
    assert.deepEqual(ledger.complaints, [])
    assert.equal(outcome.verify.code, 0, outcome.verify.said)
    assert.ok(outcome.troubles.size > 0)
    for (const channel of ['api', 'portal', 'counter'])
      assert.ok(
        ledger.filed.some(filed => filed.channel === channel),
        `nothing was filed by ${channel}`,
      )
    const { acts, accounts, dropped, eidSignIns, papers, signedOut } = ledger
    for (const [what, many] of Object.entries({ acts, accounts, dropped, papers, signedOut }))
      assert.ok(many.length > 0, `no ${what}`)
    assert.ok(eidSignIns > 0, 'nobody signed in by eID')
  })
})
