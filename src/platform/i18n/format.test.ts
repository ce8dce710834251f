// Numbers, waits and sizes as officials write them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatNumber, formatSize, formatWait } from './format.ts'

describe('what is counted is written', () => {
  const rows: readonly [string, string][] = [
    [formatNumber(1_250_000, 'vi'), '1.250.000'],
    [formatNumber(-1250, 'en'), '-1,250'],
    [formatSize(2_440_000, 'vi'), '2,4 MB'],
    [formatSize(999, 'en'), '999 B'],
    [formatWait(0, 'vi'), '1 phút'],
    [formatWait(90, 'vi'), '2 phút'],
    [formatWait(60, 'en'), '1 minute'],
    [formatWait(5400, 'vi'), '90 phút'],
    [formatWait(5401, 'vi'), '2 giờ'],
    [formatWait(86_400, 'vi'), '24 giờ'],
    [formatWait(86_400, 'en'), '24 hours'],
  ]
  for (const [written, wanted] of rows) it(wanted, () => assert.equal(written, wanted))
})
