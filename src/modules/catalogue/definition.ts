// What a procedure is, as data: the page citizens read, the form, the process, the letters. The schema is the type.
import { z } from 'zod'
import { condition, formSchema, localText } from '../forms/index.ts'

const idText = z.string().regex(/^[a-z][a-z0-9-]*$/)

export const timeLimit = z.discriminatedUnion('unit', [
  z.strictObject({ unit: z.literal('working-days'), value: z.number().int().min(1).max(400) }),
  z.strictObject({ unit: z.literal('working-hours'), value: z.number().min(0.5).max(400) }),
  z.strictObject({ unit: z.literal('days'), value: z.number().int().min(1).max(400) }),
  z.strictObject({ unit: z.literal('same-day'), cutoff: z.number().int().min(0).max(1440) }),
])

/** A paper the procedure asks for. */
const component = z.strictObject({
  id: idText,
  name: localText,
  hint: localText.optional(),
  form: z.string().optional(),
  /** The paper is the interactive form itself. */
  filled_in: z.boolean().optional(),
  originals: z.number().int().min(0).default(0),
  copies: z.number().int().min(0).default(0),
  required: z.boolean().default(true),
  when: condition.optional(),
  /** A source database whose look-up may replace the paper (NQ 66.7/2025/NQ-CP). */
  replaced_by: z.string().optional(),
})

const fee = z.strictObject({
  name: localText,
  /** Whole đồng; null where the province decides and the amount is not known here. */
  amount: z.number().int().min(0).nullable(),
  online: z.number().int().min(0).nullable().optional(),
  note: localText.optional(),
})

/** Rows of the procedure page that may be marked as not yet verified. */
export const PAGE_ROWS = [
  'code',
  'title',
  'levels',
  'audience',
  'results',
  'time_limit',
  'fees',
  'components',
  'requirements',
  'legal',
  'agency',
  'online',
] as const

export const STEP_KINDS = ['task', 'decide', 'initial', 'sign', 'number', 'seal', 'return'] as const
export type StepKind = (typeof STEP_KINDS)[number]

const outcome = z.strictObject({
  id: idText,
  label: localText,
  to: idText,
  /** Letter drafted when this outcome is chosen. */
  letter: idText.optional(),
  /** What the decision means for the person. */
  result: z.enum(['granted', 'denied']).optional(),
})

const step = z.strictObject({
  id: idText,
  name: localText,
  kind: z.enum(STEP_KINDS),
  /** Where the position sits: the competent body or the receiving centre. */
  at: z.enum(['agency', 'centre']).default('agency'),
  role: z.enum(['clerk', 'specialist', 'head', 'leader', 'records']),
  sector: z.string().optional(),
  limit: timeLimit.optional(),
  may: z.array(z.enum(['request-supplement', 'return-step'])).default([]),
  /** For tasks and decisions; other kinds go on to `to`. */
  outcomes: z.array(outcome).default([]),
  to: idText.optional(),
})

export const processSchema = z.strictObject({ start: idText, steps: z.array(step).min(1) })
export type Process = z.infer<typeof processSchema>
export type Step = Process['steps'][number]
export type Outcome = Step['outcomes'][number]

/** A letter: NĐ 30/2020 layout filled from the dossier and from fields the officer completes. */
export const letterSchema = z.strictObject({
  id: idText,
  kind: z.enum(['result', 'letter']).default('result'),
  /** Notation after the number, as GPXD: "Số: 15/GPXD". */
  notation: z.string().min(1).max(30),
  title: z.string().min(1),
  subject: z.string().min(1),
  addressed: z.string().optional(),
  fields: z
    .array(
      z.strictObject({
        id: idText,
        label: localText,
        type: z.enum(['text', 'long-text', 'date']).default('text'),
        required: z.boolean().default(true),
        value: z.string().default(''),
      }),
    )
    .default([]),
  body: z.array(z.string().min(1)).min(1),
  recipients: z.array(z.string()).default([]),
})
export type Letter = z.infer<typeof letterSchema>

export const procedureSchema = z.strictObject({
  code: z.string().regex(/^\d\.\d{6}(\.[0-9A-Z.]+)?$/),
  kind: z.enum(['native', 'mirrored', 'information']),
  title: localText,
  field: localText,
  levels: z.array(z.enum(['province', 'commune'])).min(1),
  life_events: z
    .array(z.enum(['sinh-con', 'ket-hon', 'nha-dat', 'kinh-doanh', 'xe-co', 'nguoi-than-mat', 'hoc-tap', 'suc-khoe']))
    .default([]),
  /** Other words people search with. */
  keywords: z.array(z.string()).default([]),
  summary: localText,
  audience: localText,
  results: z.array(localText).min(1),
  time_limit: timeLimit.nullable(),
  time_note: localText.optional(),
  fees: z.array(fee).default([]),
  components: z.array(component).default([]),
  requirements: localText.optional(),
  /** How it goes, in the words of the source; procedures handled here show their process instead. */
  sequence: localText.optional(),
  legal: z.array(z.string()).default([]),
  online: z.enum(['full', 'partial', 'in-person']),
  /** Why a service is not fully online (NĐ 224/2026 Art. 14). */
  partial_reason: localText.optional(),
  /** Who decides: by kind and sector, and for communes by the place an address answer names. */
  agency: z
    .strictObject({
      kind: z.enum(['commune-committee', 'department']),
      sector: z.string(),
      place: z.string().optional(),
    })
    .optional(),
  /** For mirrored procedures: the system that keeps the dossier. */
  system: z.string().optional(),
  /** Where that system takes applications. */
  system_url: z.url({ protocol: /^https$/ }).optional(),
  /** Answer that names the case in lists, by field path. */
  subject: z.string().optional(),
  unverified: z.array(z.enum(PAGE_ROWS)).default([]),
  source: z.string(),
})
export type ProcedurePage = z.infer<typeof procedureSchema>

/** Everything one revision fixes. */
export const definitionSchema = z.strictObject({
  procedure: procedureSchema,
  form: formSchema.nullable(),
  process: processSchema.nullable(),
  letters: z.array(letterSchema),
})
export type Definition = z.infer<typeof definitionSchema>

/** The step of a process by id. Throws RangeError: a linted process has every step it names. */
export function stepOf(process: Process, id: string): Step {
  const found = process.steps.find(each => each.id === id)
  if (found === undefined) throw new RangeError(`process has no step ${id}`)
  return found
}
