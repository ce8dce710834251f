// Faults as sentences, answers as a person reads them.
import { isCivilDate } from '../../platform/calendar/civil.ts'
import type { FieldErrors } from '../../platform/errors.ts'
import { formatCivilDate, formatMoney, formatNumber } from '../../platform/i18n/format.ts'
import { type Lang, local } from '../../platform/i18n/texts.ts'
import type { Fault, Faults } from './evaluate.ts'
import { isFilled } from './evaluate.ts'
import {
  type Answer,
  type Answers,
  eachField,
  type Field,
  type Form,
  type GroupField,
  type SimpleField,
} from './form.ts'
import { PARTS } from './parts.ts'
import { texts } from './texts.ts'

/** Field path → sentence. With the form each sentence names its field, so that a summary of several can be told apart. */
export function sayFaults(faults: Faults, lang: Lang, form?: Form): FieldErrors {
  const labels = form === undefined ? new Map<string, string>() : labelsOf(form, lang)
  return Object.fromEntries(Object.entries(faults).map(([path, fault]) => [path, sayFault(fault, path, labels, lang)]))
}

function sayFault(fault: Fault, path: string, labels: ReadonlyMap<string, string>, lang: Lang): string {
  const t = texts(lang)
  if ('say' in fault) return local(fault.say, lang)
  const plain = path.replace(/\.\d+/g, '')
  const last = plain.split('.').at(-1) ?? ''
  const part = labels.has(plain)
    ? undefined
    : Object.values(PARTS).flat().includes(last)
      ? t(`part.${last as 'xa'}`)
      : undefined
  const label = labels.get(plain) ?? part
  if (label === undefined) return t(`fault.${fault.key}`, fault.values)
  const name = label.replace(/[?:.]+$/, '')
  return fault.key === 'required'
    ? t('fault.required-named', { label: name })
    : `${name}: ${t(`fault.${fault.key}`, fault.values)}`
}

function labelsOf(form: Form, lang: Lang): Map<string, string> {
  return new Map([...eachField(form)].map(({ field, path }) => [path, local(field.label, lang)]))
}

/** Names of places by code, for showing addresses. */
export type PlaceNames = ReadonlyMap<string, string>

const isGroup = (field: Field | SimpleField): field is GroupField => field.type === 'group'

/** One answer as text; '' when there is none. */
export function sayAnswer(field: SimpleField, answer: Answer | undefined, lang: Lang, places: PlaceNames): string {
  const t = texts(lang)
  if (!isFilled(answer)) return ''
  const optionLabel = (value: string) => {
    const option = field.options?.find(each => each.value === value)
    return option === undefined ? value : local(option.label, lang)
  }
  if (PARTS[field.type] !== undefined && typeof answer === 'object' && !Array.isArray(answer)) {
    const parts = answer as Readonly<Record<string, string>>
    if (field.type === 'address')
      return [parts.duong, places.get(parts.xa ?? '') ?? parts.xa, places.get(parts.tinh ?? '') ?? parts.tinh]
        .filter(Boolean)
        .join(', ')
    return (PARTS[field.type] ?? [])
      .map(part => (isCivilDate(parts[part] ?? '') ? formatCivilDate(parts[part] ?? '') : (parts[part] ?? '')))
      .filter(Boolean)
      .join(' · ')
  }
  if (typeof answer === 'number') {
    if (field.type === 'money') return formatMoney(answer, lang)
    const [whole = '0', decimals] = String(answer).split('.')
    const text =
      formatNumber(Number(whole), lang) + (decimals === undefined ? '' : `${lang === 'vi' ? ',' : '.'}${decimals}`)
    return field.unit === undefined ? text : `${text} ${local(field.unit, lang)}`
  }
  if (Array.isArray(answer)) return (answer as readonly string[]).map(optionLabel).join(', ')
  const text = String(answer)
  if (field.type === 'date') return isCivilDate(text) ? formatCivilDate(text) : text
  if (field.type === 'yes-no') return t(text === 'co' ? 'yes' : 'no')
  return field.type === 'choice' ? optionLabel(text) : text
}

export interface SaidRow {
  readonly id: string
  readonly label: string
  readonly text: string
}

/** The filled fields of a list as label and text; members of a group under numbered labels. */
export function sayFields(fields: readonly Field[], answers: Answers, lang: Lang, places: PlaceNames): SaidRow[] {
  return fields.flatMap((field): SaidRow[] => {
    const label = local(field.label, lang)
    const answer = answers[field.id]
    if (!isGroup(field)) {
      const text = sayAnswer(field, answer, lang, places)
      return text === '' ? [] : [{ id: field.id, label, text }]
    }
    const members = Array.isArray(answer) ? (answer as readonly Answers[]) : []
    return members.map((member, index) => ({
      id: `${field.id}.${index}`,
      label: `${label} ${index + 1}`,
      text: field.fields
        .map(inner => sayAnswer(inner, member[inner.id], lang, places))
        .filter(Boolean)
        .join(' · '),
    }))
  })
}

/** Codes of places that answers mention. */
export function placeCodes(answers: Answers): string[] {
  return Object.values(answers).flatMap((answer): string[] => {
    if (typeof answer !== 'object' || answer === null) return []
    if (Array.isArray(answer))
      return (answer as readonly unknown[]).flatMap(member =>
        typeof member === 'object' && member !== null ? placeCodes(member as Answers) : [],
      )
    const parts = answer as Readonly<Record<string, string>>
    return [parts.tinh, parts.xa].filter((code): code is string => code !== undefined && code !== '')
  })
}
