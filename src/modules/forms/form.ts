// What a form is: pages of fields with conditions, as data. The schema is the type.
import { z } from 'zod'

export const localText = z.strictObject({ vi: z.string().min(1), en: z.string().optional() })

/** A test on answers. `over` and `under` compare with a number or with another field. */
export type Condition =
  | { readonly field: string; readonly is: string }
  | { readonly field: string; readonly in: readonly string[] }
  | { readonly field: string; readonly filled: boolean }
  | { readonly field: string; readonly over: number | { readonly field: string } }
  | { readonly field: string; readonly under: number | { readonly field: string } }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }

const bound = z.union([z.number(), z.strictObject({ field: z.string() })])
export const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ field: z.string(), is: z.string() }),
    z.strictObject({ field: z.string(), in: z.array(z.string()).min(1) }),
    z.strictObject({ field: z.string(), filled: z.boolean() }),
    z.strictObject({ field: z.string(), over: bound }),
    z.strictObject({ field: z.string(), under: bound }),
    z.strictObject({ all: z.array(condition).min(1) }),
    z.strictObject({ any: z.array(condition).min(1) }),
    z.strictObject({ not: condition }),
  ]),
)

/** A value computed from others: numbers or ids of fields. */
const computation = z.union([
  z.strictObject({ sum: z.array(z.union([z.string(), z.number()])).min(1) }),
  z.strictObject({ product: z.array(z.union([z.string(), z.number()])).min(1) }),
  z.strictObject({ count: z.string() }),
  z.strictObject({ sum_of: z.strictObject({ group: z.string(), field: z.string() }) }),
])
export type Computation = z.infer<typeof computation>

export const FIELD_TYPES = [
  'text',
  'long-text',
  'number',
  'money',
  'date',
  'choice',
  'checkboxes',
  'yes-no',
  'phone',
  'email',
  'citizen-number',
  'tax-code',
  'address',
  'person',
  'organisation',
  'file',
  'group',
] as const
export type FieldType = (typeof FIELD_TYPES)[number]

const option = z.strictObject({ value: z.string().regex(/^[a-z0-9-]+$/), label: localText, hint: localText.optional() })
const fieldId = z.string().regex(/^[a-z][a-z0-9-]*$/)

const baseField = {
  id: fieldId,
  label: localText,
  hint: localText.optional(),
  required: z.boolean().default(true),
  when: condition.optional(),
  /** Longest text, largest number, or latest date: a number, or "today". */
  max: z.union([z.number(), z.literal('today')]).optional(),
  min: z.union([z.number(), z.literal('today')]).optional(),
  unit: localText.optional(),
  decimals: z.number().int().min(0).max(4).default(0),
  options: z.array(option).optional(),
  compute: computation.optional(),
  /** Filled from the signed-in person's profile. */
  prefill: z.enum(['name', 'id-number', 'phone', 'email', 'person']).optional(),
}

const simpleField = z.strictObject({ ...baseField, type: z.enum(FIELD_TYPES).exclude(['group']) })
const groupField = z.strictObject({
  ...baseField,
  type: z.literal('group'),
  fields: z.array(simpleField).min(1),
  /** How many members at most. */
  limit: z.number().int().min(1).max(100).default(20),
})
const field = z.discriminatedUnion('type', [groupField, simpleField])

const pageSchema = z.strictObject({
  id: fieldId,
  title: localText,
  hint: localText.optional(),
  when: condition.optional(),
  fields: z.array(field).min(1),
  /** What must not hold, with the sentence and the field that shows it. */
  checks: z.array(z.strictObject({ never: condition, field: fieldId, say: localText })).default([]),
})

export const formSchema = z.strictObject({ pages: z.array(pageSchema).min(1) })
export type Form = z.infer<typeof formSchema>
export type FormPage = Form['pages'][number]
export type Field = FormPage['fields'][number]
export type GroupField = z.infer<typeof groupField>
export type SimpleField = z.infer<typeof simpleField>

export interface AddressAnswer {
  /** Statistics-office codes of today's units. */
  readonly tinh: string
  readonly xa: string
  readonly duong: string
}
export interface PersonAnswer {
  readonly 'ho-ten': string
  readonly 'so-dinh-danh': string
  readonly 'ngay-sinh': string
  readonly 'dien-thoai': string
}
export interface OrganisationAnswer {
  readonly ten: string
  readonly 'ma-so': string
  readonly 'dai-dien': string
  readonly 'dien-thoai': string
}

/** One answer: text, number, several choices, a compound, or the members of a group. */
export type Answer = string | number | readonly string[] | { readonly [part: string]: string } | readonly Answers[]
export interface Answers {
  readonly [field: string]: Answer | undefined
}

/** Every field of a form with the page it stands on; members of groups under `group.field`. */
export function* eachField(form: Form): Generator<{ page: FormPage; field: Field; path: string }> {
  for (const page of form.pages) {
    for (const field of page.fields) {
      yield { page, field, path: field.id }
      if (field.type === 'group')
        for (const inner of field.fields) yield { page, field: inner, path: `${field.id}.${inner.id}` }
    }
  }
}
