// What is known of a person, put where a form asks for it. Pure.
import type { Answers, Form } from '../../forms/index.ts'
import type { Person } from '../../identity/index.ts'

/** What is known of a person, put where the form asks for it. */
export function prefilled(
  form: Form,
  person: Pick<Person, 'name' | 'idNumber' | 'birthDate' | 'phone' | 'email'>,
): Answers {
  const whole = {
    'ho-ten': person.name,
    'so-dinh-danh': person.idNumber ?? '',
    'ngay-sinh': person.birthDate ?? '',
    'dien-thoai': person.phone ?? '',
  }
  const values = {
    name: person.name,
    'id-number': person.idNumber ?? '',
    phone: person.phone ?? '',
    email: person.email ?? '',
    person: whole,
  }
  const fields = form.pages.flatMap(each => each.fields)
  return Object.fromEntries(
    fields.flatMap(field => (field.prefill === undefined ? [] : [[field.id, values[field.prefill]]])),
  )
}
