// Which addresses count as one.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { customerOf, networkOf } from './network.ts'

const rows: readonly [string, string][] = [
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
]
for (const [ip, network] of rows) it(`${ip} counts as ${network}`, () => assert.equal(networkOf(ip), network))

it('a /64 lies in a /48, an IPv4 address in nothing', () => {
  assert.equal(customerOf(networkOf('2001:db8:1:2::9')), '2001:db8:1::/48')
  assert.equal(customerOf(networkOf('::1')), '0:0:0::/48')
  assert.equal(customerOf('203.0.113.7'), null)
})
