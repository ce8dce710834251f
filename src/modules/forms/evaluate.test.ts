// The evaluator: decoding, conditions, computed values, checks; and a form of 300 fields stays quick.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeNumber, decodePage } from './decode.ts'
import { checkForm, holds, prune, withComputed } from './evaluate.ts'
import { type Answers, FIELD_TYPES, formSchema } from './form.ts'

const context = { today: '2026-11-23', communeIn: (commune: string, province: string) => commune.startsWith(province) }
const label = { vi: 'x' }
const one = (field: Record<string, unknown>) =>
  formSchema.parse({ pages: [{ id: 'p', title: label, fields: [{ id: 'a', label, ...field }] }] })

describe('checks', () => {
  const rows: [Record<string, unknown>, unknown, string | null][] = [
    [{ type: 'text' }, '', 'required'],
    [{ type: 'text', required: false }, '', null],
    [{ type: 'text', max: 3 }, 'abcd', 'too-long'],
    [{ type: 'text' }, 7, 'type'],
    [{ type: 'text' }, ['x'], 'type'],
    [{ type: 'number' }, 'ba', 'not-a-number'],
    [{ type: 'number' }, 1.5, 'decimals'],
    [{ type: 'number', decimals: 1 }, 1.5, null],
    [{ type: 'number' }, -1, 'too-small'],
    [{ type: 'number', max: 10 }, 11, 'too-large'],
    [{ type: 'money' }, 1e300, 'not-a-number'],
    [{ type: 'date' }, '2026-02-30', 'date'],
    [{ type: 'date', max: 'today' }, '2026-11-24', 'date-late'],
    [{ type: 'date', min: 'today' }, '2026-11-22', 'date-early'],
    [{ type: 'choice', options: [{ value: 'm', label }] }, 'x', 'choice'],
    [{ type: 'checkboxes', options: [{ value: 'm', label }] }, ['m', 'x'], 'choice'],
    [{ type: 'yes-no' }, 'maybe', 'choice'],
    [{ type: 'phone' }, '0912 000 123', null],
    [{ type: 'phone' }, '123', 'phone'],
    [{ type: 'email' }, 'a@b', 'email'],
    [{ type: 'email' }, 'a@b.vn', null],
    [{ type: 'citizen-number' }, '044185000123', null],
    [{ type: 'citizen-number' }, '999185000123', 'citizen-number'],
    [{ type: 'tax-code' }, '0100109106', null],
    [{ type: 'tax-code' }, '0100109107', 'tax-code'],
    [{ type: 'tax-code' }, '0100109106-001', null],
  ]
  for (const [field, answer, expected] of rows) {
    it(`${JSON.stringify(field)} ${JSON.stringify(answer)} → ${expected ?? 'fine'}`, () => {
      const faults = checkForm(one(field), { a: answer } as Answers, context)
      const first = faults.a
      assert.equal(first === undefined ? null : 'key' in first ? first.key : 'said', expected)
    })
  }
  it('an address must name a commune of its province', () => {
    const faults = checkForm(one({ type: 'address' }), { a: { tinh: '44', xa: '99001', duong: '' } }, context)
    assert.deepEqual(Object.keys(faults), ['a.xa'])
  })
  it('an answer nobody asked for is refused', () =>
    assert.deepEqual(Object.keys(checkForm(one({ type: 'text' }), { a: 'x', b: 'y' }, context)), ['b']))
  it('no value of any type makes it throw', () => {
    const types = FIELD_TYPES.filter(type => type !== 'group')
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.jsonValue(),
        (type, value) =>
          void checkForm(one({ type, options: [{ value: 'm', label }] }), { a: value } as Answers, context),
      ),
    )
  })
})

describe('numbers as Vietnamese people write them', () => {
  for (const [text, value] of [
    ['1.250.000', 1250000],
    ['75,5', 75.5],
    ['75.5', 75.5],
    ['1 250', 1250],
    ['-3', -3],
    ['', ''],
    ['abc', 'abc'],
    ['1.25.000', '1.25.000'],
  ] as const) {
    it(JSON.stringify(text), () => assert.equal(decodeNumber(text), value))
  }
})

describe('conditions and hidden answers', () => {
  const form = formSchema.parse({
    pages: [
      {
        id: 'p',
        title: label,
        fields: [
          { id: 'a', type: 'yes-no', label },
          { id: 'b', type: 'yes-no', label, when: { field: 'a', is: 'co' } },
          { id: 'c', type: 'text', label, when: { field: 'b', is: 'co' } },
          { id: 'n', type: 'number', label, required: false },
          { id: 's', type: 'number', label, compute: { product: ['n', 2] } },
        ],
      },
    ],
  })
  it('a changed mind leaves nothing behind, down the chain', () =>
    assert.deepEqual(prune(form, { a: 'khong', b: 'co', c: 'x', n: 4 }), { a: 'khong', n: 4, s: 8 }))
  it('pruning twice is pruning once', () => {
    const answer = fc.constantFrom('co', 'khong', undefined)
    fc.assert(
      fc.property(answer, answer, fc.string(), (a, b, c) =>
        assert.deepEqual(prune(form, prune(form, { a, b, c })), prune(form, { a, b, c })),
      ),
    )
  })
  it('not, any and all are what they say', () => {
    assert.ok(holds({ not: { field: 'a', is: 'co' } }, { a: 'khong' }))
    assert.ok(
      holds(
        {
          any: [
            { field: 'a', is: 'x' },
            { field: 'n', over: 3 },
          ],
        },
        { n: 4 },
      ),
    )
    assert.ok(
      !holds(
        {
          all: [
            { field: 'a', filled: true },
            { field: 'n', under: { field: 'm' } },
          ],
        },
        { a: 'x', n: 4, m: 4 },
      ),
    )
  })
})

describe('a long form', () => {
  const fields = Array.from({ length: 300 }, (_each, index) => ({
    id: `f${index}`,
    type: index % 3 === 0 ? 'number' : 'text',
    label,
    required: false,
    ...(index > 0 ? { when: { field: `f${index - 1}`, filled: true } } : {}),
  }))
  const form = formSchema.parse({
    pages: [
      {
        id: 'p',
        title: label,
        fields: [
          ...fields,
          {
            id: 'tong',
            type: 'number',
            label,
            compute: { sum: fields.filter((_each, index) => index % 3 === 0).map(each => each.id) },
          },
        ],
      },
    ],
  })
  it('300 fields in a chain are decoded, computed, pruned and checked', () => {
    const posted = {
      text: (name: string) => (Number(name.slice(1)) % 3 === 0 ? '2' : 'x'),
      list: () => [],
      has: () => true,
    }
    const [page] = form.pages
    if (page === undefined) throw new Error('no page')
    const answers = withComputed(form, decodePage(page, posted))
    assert.equal(answers.tong, 200)
    assert.deepEqual(checkForm(form, prune(form, answers), context), {})
  })
})
