// What is known before the first question, put where a form asks for it: of a person, and of the counter at which it is filled in.
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import type { Definition } from '../../catalogue/index.ts'
import type { Answers, Form } from '../../forms/index.ts'
import type { Person } from '../../identity/index.ts'
import { type AgencyId, findAgency, findPlace } from '../../organisation/index.ts'

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

/**
 * At a counter the place that decides who is competent starts as the commune of the counter: most who come live there. Nothing where
 * the procedure asks for no place, or the counter is the province's.
 */
export async function prefilledPlace(tx: Db, { procedure }: Definition, counter: AgencyId, at: Date): Promise<Answers> {
  const [field, part] = procedure.agency?.place?.split('.') ?? []
  if (field === undefined || part !== 'xa') return {}
  const today = civilDateOf(at)
  const centre = await findAgency(tx, counter, today)
  const above = centre?.parentId ? await findAgency(tx, centre.parentId, today) : null
  const code = centre?.placeCode ?? above?.placeCode ?? null
  const place = code === null ? null : await findPlace(tx, code, today)
  if (place === null || place.kind !== 'commune') return {}
  return { [field]: { tinh: place.parent ?? '', xa: place.code, duong: '' } }
}
