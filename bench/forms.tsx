// A form of 300 fields with conditions and sums: one keystroke's work in the browser, one posted page and one submission on the server.
import { render } from 'preact-render-to-string'
import { type Answers, checkForm, decodePage, FormFields, formSchema, prune } from '../src/modules/forms/index.ts'
import type { Bench } from './product.ts'

const FIELDS = 300

/** One page of 300 fields: every third hangs on the one before, every tenth is a sum of three others. */
const form = formSchema.parse({
  pages: [
    {
      id: 'trang',
      title: { vi: 'Ba trăm ô' },
      fields: Array.from({ length: FIELDS }, (_, at) => ({
        id: `o-${at}`,
        label: { vi: `Ô số ${at}` },
        required: false,
        type: at % 10 === 9 ? 'number' : at % 3 === 0 ? 'number' : at % 3 === 1 ? 'text' : 'date',
        ...(at % 10 === 9 ? { compute: { sum: [`o-${at - 9}`, `o-${at - 6}`, `o-${at - 3}`] } } : {}),
        ...(at % 3 === 2 && at % 10 !== 9 ? { when: { field: `o-${at - 1}`, filled: true } } : {}),
      })),
    },
  ],
})

const median = (run: () => void): number => {
  for (let i = 0; i < 30; i++) run()
  const times = Array.from({ length: 200 }, () => {
    const began = performance.now()
    run()
    return performance.now() - began
  }).sort((a, b) => a - b)
  return times[100] ?? 0
}

export function formFigures(bench: Bench): void {
  const [page] = form.pages
  if (page === undefined) return
  const values = new Map(
    page.fields.map((field, at) => [
      field.id,
      field.type === 'number' ? String(at) : field.type === 'date' ? '01/02/2026' : `chữ ${at}`,
    ]),
  )
  const posted = {
    text: (name: string) => values.get(name) ?? '',
    list: () => [],
    has: (name: string) => values.has(name),
  }
  const answers: Answers = prune(form, decodePage(page, posted))
  const context = { today: '2026-11-21' } as Parameters<typeof checkForm>[2]
  const drawn = {
    lang: 'vi',
    answers,
    errors: {},
    provinces: [],
    communes: new Map(),
    fileNames: new Map(),
  } as const
  for (const [name, run] of [
    ['300-field form: conditions and sums after a keystroke', () => void prune(form, answers)],
    [
      '300-field form: decode, evaluate, check',
      () => void checkForm(form, prune(form, decodePage(page, posted)), context),
    ],
    ['300-field form: draw', () => void render(<FormFields fields={page.fields} context={drawn} />)],
  ] as const) {
    const ours = median(run)
    bench.report({
      name,
      unit: 'ms',
      ours,
      limit: 16,
      limitName: 'one frame of a screen',
      ratio: 16 / ours,
      goal: '≤ 16 ms',
      p50: ours,
      p95: null,
      p99: null,
    })
  }
}
