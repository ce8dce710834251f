// The evaluator of forms: conditions, computed values, decoding and checking. Pure; server and browser run the same code.
import { isCivilDate } from '../../platform/calendar/civil.ts'
import { isCitizenNumber, isEmail, isTaxCode, normalisePhone } from '../../platform/identifiers.ts'
import type { Answer, Answers, Condition, Field, Form, FormPage, SimpleField } from './form.ts'
import { PARTS } from './parts.ts'

/** A fault by the key of its sentence, with values for it; or a sentence of the form's own. */
export type Fault =
  | { readonly key: FaultKey; readonly values?: Readonly<Record<string, string | number>> }
  | { readonly say: { readonly vi: string; readonly en?: string | undefined } }
export type FaultKey =
  | 'required'
  | 'too-long'
  | 'not-a-number'
  | 'too-large'
  | 'too-small'
  | 'decimals'
  | 'date'
  | 'date-late'
  | 'date-early'
  | 'choice'
  | 'phone'
  | 'email'
  | 'citizen-number'
  | 'tax-code'
  | 'address'
  | 'too-many'
  | 'type'

/** Control id → fault. Ids are field paths: `a`, `a.xa`, `nhom.0.b`. */
export type Faults = Readonly<Record<string, Fault>>

export interface CheckContext {
  /** Today in Việt Nam, 'YYYY-MM-DD'. */
  readonly today: string
  /** Whether a commune belongs to a province; absent in the browser, where the server's word comes later. */
  readonly communeIn?: (commune: string, province: string) => boolean
}

const DEFAULT_TEXT = 500
const DEFAULT_LONG = 5000

/** True when the condition holds; an absent condition always does. */
export function holds(condition: Condition | undefined, answers: Answers): boolean {
  if (condition === undefined) return true
  if ('all' in condition) return condition.all.every(each => holds(each, answers))
  if ('any' in condition) return condition.any.some(each => holds(each, answers))
  if ('not' in condition) return !holds(condition.not, answers)
  const answer = lookUp(answers, condition.field)
  if ('filled' in condition) return isFilled(answer) === condition.filled
  if ('is' in condition) return Array.isArray(answer) ? answer.includes(condition.is) : answer === condition.is
  if ('in' in condition)
    return condition.in.some(value => (Array.isArray(answer) ? answer.includes(value) : answer === value))
  const limit = 'over' in condition ? condition.over : condition.under
  const other = typeof limit === 'number' ? limit : lookUp(answers, limit.field)
  if (typeof answer !== 'number' || typeof other !== 'number') return false
  return 'over' in condition ? answer > other : answer < other
}

/** An answer by path: `a`, or `a.xa` for a part of a compound. */
export function lookUp(answers: Answers, path: string): Answer | undefined {
  const [head = '', part] = path.split('.')
  const answer = answers[head]
  if (part === undefined) return answer
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer)
    ? (answer as Record<string, string>)[part]
    : undefined
}

export function isFilled(answer: Answer | undefined): boolean {
  if (answer === undefined || answer === null || answer === '') return false
  if (Array.isArray(answer)) return answer.length > 0
  if (typeof answer === 'object') return Object.values(answer).some(part => part !== '')
  return true
}

/** The pages that apply to these answers. */
export function visiblePages(form: Form, answers: Answers): FormPage[] {
  return form.pages.filter(page => holds(page.when, answers))
}

export function visibleFields(page: FormPage, answers: Answers): Field[] {
  return page.fields.filter(field => holds(field.when, answers))
}

/** The answers with computed fields filled in, in the order of the form. */
export function withComputed(form: Form, answers: Answers): Answers {
  const result: Record<string, Answer | undefined> = { ...answers }
  for (const page of form.pages) {
    for (const field of page.fields) {
      if (field.compute === undefined) continue
      // What does not apply has no value, and adds nothing to what is computed from it.
      if (holds(page.when, result) && holds(field.when, result)) result[field.id] = computeField(field, result)
      else delete result[field.id]
    }
  }
  return result
}

/** The value of a computed field. */
export function computeField(field: Field, answers: Answers): number {
  const rule = field.compute
  if (rule === undefined) return 0
  const numberOf = (term: string | number) => {
    const value = typeof term === 'number' ? term : answers[term]
    return typeof value === 'number' ? value : 0
  }
  let value: number
  if ('sum' in rule) value = rule.sum.reduce<number>((total, term) => total + numberOf(term), 0)
  else if ('product' in rule) value = rule.product.reduce<number>((total, term) => total * numberOf(term), 1)
  else {
    const members = answers['count' in rule ? rule.count : rule.sum_of.group]
    const list = Array.isArray(members) ? (members as readonly Answers[]) : []
    value =
      'count' in rule
        ? list.length
        : list.reduce(
            (total, member) =>
              total + (typeof member[rule.sum_of.field] === 'number' ? (member[rule.sum_of.field] as number) : 0),
            0,
          )
  }
  const scale = 10 ** field.decimals
  return Number.isFinite(value) ? Math.round(value * scale) / scale : 0
}

/**
 * Answers without what does not apply: hidden pages and fields fall away, so that a changed mind leaves nothing behind.
 * Hiding one answer may hide others that hang on it, so it goes round until nothing changes.
 */
export function prune(form: Form, answers: Answers): Answers {
  let current = withComputed(form, answers)
  for (let round = 0; round < 10; round++) {
    const kept: Record<string, Answer | undefined> = {}
    for (const page of visiblePages(form, current)) {
      for (const field of visibleFields(page, current)) {
        const answer = field.type === 'group' ? pruneMembers(field, current[field.id]) : current[field.id]
        if (isFilled(answer) && field.compute === undefined) kept[field.id] = answer
      }
    }
    const next = withComputed(form, kept)
    if (
      Object.keys(next).filter(id => next[id] !== undefined).length ===
      Object.keys(current).filter(id => isFilled(current[id])).length
    )
      return next
    current = next
  }
  return current
}

/** The members of a group without unknown keys and without what their own conditions hide. */
function pruneMembers(field: Extract<Field, { type: 'group' }>, answer: Answer | undefined): readonly Answers[] {
  const members = Array.isArray(answer) ? (answer as readonly unknown[]) : []
  return members.map(member => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return {}
    const given = member as Answers
    return Object.fromEntries(
      field.fields
        .filter(inner => holds(inner.when, given) && isFilled(given[inner.id]))
        .map(inner => [inner.id, given[inner.id]]),
    )
  })
}

/** Answers that the form never asked for, as field paths: a caller who sends them misunderstands the form. */
export function unknownAnswers(form: Form, answers: Answers): string[] {
  const fields = new Map(form.pages.flatMap(page => page.fields.map(field => [field.id, field] as const)))
  return Object.entries(answers).flatMap(([id, answer]) => {
    const field = fields.get(id)
    if (field === undefined) return answer === undefined ? [] : [id]
    if (field.type !== 'group' || !Array.isArray(answer)) return []
    const inner = new Set(field.fields.map(each => each.id))
    return (answer as readonly unknown[]).flatMap((member, index) =>
      typeof member === 'object' && member !== null
        ? Object.keys(member)
            .filter(key => !inner.has(key))
            .map(key => `${id}.${index}.${key}`)
        : [],
    )
  })
}

/** The faults of one page, given all answers. */
export function checkPage(page: FormPage, answers: Answers, context: CheckContext): Faults {
  const faults: Record<string, Fault> = {}
  for (const field of visibleFields(page, answers)) {
    const answer = answers[field.id]
    if (field.type === 'group') checkGroup(field, answer, faults, context)
    else checkField(field, field.id, answer, faults, context)
  }
  for (const check of page.checks) {
    if (faults[check.field] === undefined && holds(check.never, answers)) faults[check.field] = { say: check.say }
  }
  return faults
}

/** The faults of the whole form: what submit and the API ask. Answers nobody asked for are faults too. */
export function checkForm(form: Form, answers: Answers, context: CheckContext): Faults {
  const faults: Record<string, Fault> = Object.fromEntries(
    unknownAnswers(form, answers).map(path => [path, { key: 'type' }]),
  )
  for (const page of visiblePages(form, answers)) Object.assign(faults, checkPage(page, answers, context))
  return faults
}

function checkGroup(
  field: Extract<Field, { type: 'group' }>,
  answer: Answer | undefined,
  faults: Record<string, Fault>,
  context: CheckContext,
) {
  const members = Array.isArray(answer) ? (answer as readonly Answers[]) : []
  if (members.length === 0 && field.required) faults[field.id] = { key: 'required' }
  if (members.length > field.limit) faults[field.id] = { key: 'too-many', values: { max: field.limit } }
  for (const [index, member] of members.entries()) {
    if (typeof member !== 'object' || member === null) {
      faults[field.id] = { key: 'type' }
      continue
    }
    for (const inner of field.fields)
      if (holds(inner.when, member))
        checkField(inner, `${field.id}.${index}.${inner.id}`, member[inner.id], faults, context)
  }
}

function checkField(
  field: SimpleField,
  path: string,
  answer: Answer | undefined,
  faults: Record<string, Fault>,
  context: CheckContext,
) {
  if (!isFilled(answer)) {
    if (field.required && field.compute === undefined)
      faults[PARTS[field.type] === undefined ? path : `${path}.${PARTS[field.type]?.[0]}`] = { key: 'required' }
    return
  }
  if (PARTS[field.type] !== undefined) {
    checkCompound(field, path, answer, faults, context)
    return
  }
  const fault = checkSimple(field, answer, context)
  if (fault !== null) faults[path] = fault
}

function checkSimple(field: SimpleField, answer: Answer | undefined, context: CheckContext): Fault | null {
  const text = typeof answer === 'string' ? answer : null
  switch (field.type) {
    case 'text':
      return text === null ? { key: 'type' } : tooLong(text, limitOf(field, DEFAULT_TEXT))
    case 'long-text':
      return text === null ? { key: 'type' } : tooLong(text, limitOf(field, DEFAULT_LONG))
    case 'number':
    case 'money':
      return checkNumber(field, answer)
    case 'date':
      return text === null ? { key: 'type' } : checkDate(field, text, context)
    case 'choice':
      return text !== null && (field.options ?? []).some(option => option.value === text) ? null : { key: 'choice' }
    case 'yes-no':
      return text === 'co' || text === 'khong' ? null : { key: 'choice' }
    case 'checkboxes':
      return Array.isArray(answer) &&
        (answer as readonly unknown[]).every(value => (field.options ?? []).some(option => option.value === value))
        ? null
        : { key: 'choice' }
    case 'phone':
      return text !== null && normalisePhone(text) !== null ? null : { key: 'phone' }
    case 'email':
      return text !== null && isEmail(text) ? null : { key: 'email' }
    case 'citizen-number':
      return text !== null && isCitizenNumber(text) ? null : { key: 'citizen-number' }
    case 'tax-code':
      return text !== null && isTaxCode(text) ? null : { key: 'tax-code' }
    case 'file':
      return Array.isArray(answer) && (answer as readonly unknown[]).every(value => typeof value === 'string')
        ? null
        : { key: 'type' }
    default:
      return null
  }
}

const limitOf = (field: SimpleField, otherwise: number) => (typeof field.max === 'number' ? field.max : otherwise)
const tooLong = (text: string, max: number): Fault | null =>
  text.length > max ? { key: 'too-long', values: { max, count: text.length } } : null

function checkNumber(field: SimpleField, answer: Answer | undefined): Fault | null {
  if (typeof answer !== 'number' || !Number.isFinite(answer) || Math.abs(answer) > 1e15) return { key: 'not-a-number' }
  const decimals = field.type === 'money' ? 0 : field.decimals
  if (Math.abs(answer * 10 ** decimals - Math.round(answer * 10 ** decimals)) > 1e-6)
    return { key: 'decimals', values: { count: decimals } }
  const min = typeof field.min === 'number' ? field.min : 0
  if (answer < min) return { key: 'too-small', values: { min } }
  if (typeof field.max === 'number' && answer > field.max) return { key: 'too-large', values: { max: field.max } }
  return null
}

function checkDate(field: SimpleField, text: string, context: CheckContext): Fault | null {
  if (!isCivilDate(text)) return { key: 'date' }
  if (field.max === 'today' && text > context.today) return { key: 'date-late' }
  if (field.min === 'today' && text < context.today) return { key: 'date-early' }
  return null
}

function checkCompound(
  field: SimpleField,
  path: string,
  answer: Answer | undefined,
  faults: Record<string, Fault>,
  context: CheckContext,
) {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    faults[path] = { key: 'type' }
    return
  }
  const parts = answer as Readonly<Record<string, string>>
  const put = (part: string, fault: Fault | null) => {
    if (fault !== null) faults[`${path}.${part}`] = fault
  }
  const need = (part: string) => (parts[part] ? tooLong(parts[part] ?? '', 300) : ({ key: 'required' } as const))
  if (
    Object.keys(parts).some(part => !PARTS[field.type]?.includes(part)) ||
    Object.values(parts).some(part => typeof part !== 'string')
  ) {
    faults[path] = { key: 'type' }
    return
  }
  if (field.type === 'address') {
    put('tinh', need('tinh'))
    put('xa', need('xa'))
    if (parts.tinh && parts.xa && context.communeIn !== undefined && !context.communeIn(parts.xa, parts.tinh))
      put('xa', { key: 'address' })
    put('duong', parts.duong ? tooLong(parts.duong, 300) : null)
  } else if (field.type === 'person') {
    put('ho-ten', need('ho-ten'))
    put(
      'so-dinh-danh',
      isCitizenNumber(parts['so-dinh-danh'] ?? '')
        ? null
        : { key: parts['so-dinh-danh'] ? 'citizen-number' : 'required' },
    )
    if (parts['ngay-sinh'])
      put(
        'ngay-sinh',
        !isCivilDate(parts['ngay-sinh'])
          ? { key: 'date' }
          : parts['ngay-sinh'] > context.today
            ? { key: 'date-late' }
            : null,
      )
    if (parts['dien-thoai']) put('dien-thoai', normalisePhone(parts['dien-thoai']) === null ? { key: 'phone' } : null)
  } else {
    put('ten', need('ten'))
    put('ma-so', isTaxCode(parts['ma-so'] ?? '') ? null : { key: parts['ma-so'] ? 'tax-code' : 'required' })
    put('dai-dien', parts['dai-dien'] ? tooLong(parts['dai-dien'], 300) : null)
    if (parts['dien-thoai']) put('dien-thoai', normalisePhone(parts['dien-thoai']) === null ? { key: 'phone' } : null)
  }
}
