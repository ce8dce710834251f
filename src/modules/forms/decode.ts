// From what was posted to answers: nothing is judged, so that what was typed can be shown again. Pure.
import { parseVietnameseDate } from '../../platform/calendar/civil.ts'
import { normalisePhone } from '../../platform/identifiers.ts'
import type { Answer, Answers, FormPage, SimpleField } from './form.ts'
import { PARTS } from './parts.ts'

/** Where posted values come from: a decoded form on the server, FormData in the browser. */
export interface PostedValues {
  text(name: string): string
  list(name: string): readonly string[]
  has(name: string): boolean
}

/** Reads what was posted for one page; nothing is judged yet, so that what was typed can be shown again. */
export function decodePage(page: FormPage, posted: PostedValues): Answers {
  const answers: Record<string, Answer | undefined> = {}
  for (const field of page.fields) {
    if (field.compute !== undefined || field.type === 'file') continue
    answers[field.id] =
      field.type === 'group'
        ? decodeGroup(field.id, field.fields, field.limit, posted)
        : decodeField(field, field.id, posted)
  }
  return answers
}

function decodeGroup(
  id: string,
  fields: readonly SimpleField[],
  limit: number,
  posted: PostedValues,
): readonly Answers[] {
  const members: Answers[] = []
  for (let index = 0; index <= limit && posted.has(`${id}.${index}`); index++) {
    const member: Record<string, Answer | undefined> = {}
    for (const field of fields) member[field.id] = decodeField(field, `${id}.${index}.${field.id}`, posted)
    members.push(member)
  }
  return members
}

function decodeField(field: SimpleField, name: string, posted: PostedValues): Answer {
  const parts = PARTS[field.type]
  if (parts !== undefined) {
    return Object.fromEntries(
      parts.map(part => [
        part,
        part === 'ngay-sinh' ? decodeDate(posted, `${name}.${part}`) : posted.text(`${name}.${part}`),
      ]),
    )
  }
  switch (field.type) {
    case 'number':
    case 'money':
      return decodeNumber(posted.text(name))
    case 'date':
      return decodeDate(posted, name)
    case 'checkboxes':
      return posted.list(name)
    case 'phone':
      return normalisePhone(posted.text(name)) ?? posted.text(name)
    case 'citizen-number':
    case 'tax-code':
      return posted.text(name).replace(/\s/g, '')
    default:
      return posted.text(name)
  }
}

/** Beyond this a number is a slip of the hand, and JSON cannot keep it exactly. */
const LARGEST = 1e15

/** "1.250.000", "1 250 000", "75,5" as a number; anything else stays text, to be shown again and refused. */
export function decodeNumber(text: string): number | string {
  const plain = text.replace(/\s/g, '')
  if (plain === '') return ''
  const grouped = /^-?\d{1,3}(\.\d{3})+(,\d+)?$/.test(plain)
  if (!grouped && !/^-?\d+([.,]\d+)?$/.test(plain)) return text
  const value = Number(grouped ? plain.replace(/\./g, '').replace(',', '.') : plain.replace(',', '.'))
  return Math.abs(value) <= LARGEST ? value : text
}

function decodeDate(posted: PostedValues, name: string): string {
  const [day, month, year] = [posted.text(`${name}-ngay`), posted.text(`${name}-thang`), posted.text(`${name}-nam`)]
  if (day === '' && month === '' && year === '') return parseVietnameseDate(posted.text(name)) ?? posted.text(name)
  return parseVietnameseDate(`${day}/${month}/${year}`) ?? `${day}/${month}/${year}`
}
