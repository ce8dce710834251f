// Working time: the rules by table, the arithmetic by property.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  addWorkingMinutes,
  dueInstant,
  nextWorkingInstant,
  type TimeLimit,
  type WorkingCalendar,
  workingMinutesBetween,
} from './working-time.ts'

const day: readonly (readonly [number, number])[] = [
  [450, 690],
  [810, 1050],
]
const calendar: WorkingCalendar = {
  version: 'test',
  week: { 1: day, 2: day, 3: day, 4: day, 5: day },
  exceptions: new Map([
    ['2026-11-24', []],
    ['2026-11-28', day],
    ['2026-12-31', [[450, 690]]],
  ]),
}
const vn = (text: string) => new Date(`${text}:00+07:00`)

describe('time limits', () => {
  const rows: [string, string, TimeLimit, string][] = [
    [
      'three working days skip the holiday, the day of receipt is not counted',
      '2026-11-23T09:00',
      { unit: 'working-days', value: 3 },
      '2026-11-27T17:30',
    ],
    ['a swapped working Saturday counts', '2026-11-26T09:00', { unit: 'working-days', value: 2 }, '2026-11-28T17:30'],
    ['filed on Sunday counts from Monday', '2026-11-22T10:00', { unit: 'working-days', value: 1 }, '2026-11-25T17:30'],
    ['same day before the cut-off', '2026-11-23T14:59', { unit: 'same-day', cutoff: 900 }, '2026-11-23T17:30'],
    [
      'same day at the cut-off goes to the next working day',
      '2026-11-23T15:00',
      { unit: 'same-day', cutoff: 900 },
      '2026-11-25T17:30',
    ],
    [
      'same day filed at night is the next day',
      '2026-11-25T22:00',
      { unit: 'same-day', cutoff: 900 },
      '2026-11-26T17:30',
    ],
    [
      'eight working hours over lunch and holiday',
      '2026-11-23T16:30',
      { unit: 'working-hours', value: 8 },
      '2026-11-25T16:30',
    ],
    ['calendar days that end on a day off move on', '2026-11-23T09:00', { unit: 'days', value: 1 }, '2026-11-25T17:30'],
    ['a half day closes at noon', '2026-12-30T09:00', { unit: 'working-days', value: 1 }, '2026-12-31T11:30'],
  ]
  for (const [name, from, limit, to] of rows)
    it(name, () => assert.equal(dueInstant(calendar, vn(from), limit).toISOString(), vn(to).toISOString()))

  it('a calendar without working days says so instead of looping', () => {
    assert.throws(
      () =>
        dueInstant({ version: 'none', week: {}, exceptions: new Map() }, vn('2026-11-23T09:00'), {
          unit: 'working-days',
          value: 1,
        }),
      RangeError,
    )
  })
})

describe('working minutes', () => {
  const instant = fc
    .integer({ min: vn('2026-11-01T00:00').getTime(), max: vn('2027-01-31T00:00').getTime() })
    .map(ms => new Date(ms))
  const minutes = fc.integer({ min: 0, max: 5000 })

  it('what is added is what lies between', () => {
    fc.assert(
      fc.property(instant, minutes, (at, count) => {
        const start = nextWorkingInstant(calendar, at)
        const end = addWorkingMinutes(calendar, at, count)
        assert.ok(Math.abs(workingMinutesBetween(calendar, start, end) - count) < 0.001)
      }),
    )
  })
  it('adding twice is adding the sum', () => {
    fc.assert(
      fc.property(instant, minutes, minutes, (at, a, b) => {
        const twice = addWorkingMinutes(calendar, addWorkingMinutes(calendar, at, a), b)
        const once = addWorkingMinutes(calendar, at, a + b)
        assert.ok(
          workingMinutesBetween(calendar, once, twice) < 0.001 && workingMinutesBetween(calendar, twice, once) < 0.001,
        )
      }),
    )
  })
  it('pausing and going on at once changes nothing that counts', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 1, max: 30 }), minutes, (at, days, later) => {
        const due = dueInstant(calendar, at, { unit: 'working-days', value: days })
        const pause = addWorkingMinutes(calendar, at, later)
        const left = workingMinutesBetween(calendar, pause, due)
        if (left > 0)
          assert.ok(Math.abs(workingMinutesBetween(calendar, addWorkingMinutes(calendar, pause, left), due)) < 0.001)
      }),
    )
  })
})
