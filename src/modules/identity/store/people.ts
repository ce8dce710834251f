// SQL of people: identifiers are sealed by field and found by blind index.
import { blindIndex, type KeyRing } from '../../../platform/crypto/keys.ts'
import { openText, sealText } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { newId } from '../../../platform/id.ts'
import type { Person, PersonId } from '../identity.ts'
import { settleMandates } from './mandates.ts'

const COLUMNS = ['id', 'kind', 'name', 'id_number', 'phone', 'email', 'profile', 'assured'] as const

interface PersonRow {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly id_number: Buffer | null
  readonly phone: Buffer | null
  readonly email: Buffer | null
  readonly profile: Buffer | null
  readonly assured: boolean
}

/** The blind index by which a person's number is found, here and on dossiers. */
export function idNumberIndex(keys: KeyRing, idNumber: string): Buffer {
  return blindIndex(keys, 'person.id-number', idNumber)
}

function toPerson(keys: KeyRing, row: PersonRow): Person {
  const bound = (field: string) => `person:${row.id}:${field}`
  const profile: { birthDate?: string } = JSON.parse(openText(keys, row.profile, bound('profile')) ?? '{}')
  return {
    id: row.id as PersonId,
    kind: row.kind as Person['kind'],
    name: row.name,
    idNumber: openText(keys, row.id_number, bound('id-number')),
    phone: openText(keys, row.phone, bound('phone')),
    email: openText(keys, row.email, bound('email')),
    birthDate: profile.birthDate ?? null,
    assured: row.assured,
  }
}

function sealedColumns(keys: KeyRing, person: Person) {
  const bound = (field: string) => `person:${person.id}:${field}`
  return {
    kind: person.kind,
    name: person.name,
    id_number: sealText(keys, person.idNumber, bound('id-number')),
    id_index: person.idNumber === null ? null : idNumberIndex(keys, person.idNumber),
    phone: sealText(keys, person.phone, bound('phone')),
    phone_index: person.phone === null ? null : blindIndex(keys, 'person.phone', person.phone),
    email: sealText(keys, person.email, bound('email')),
    email_index: person.email === null ? null : blindIndex(keys, 'person.email', person.email.toLowerCase()),
    profile: sealText(keys, JSON.stringify({ birthDate: person.birthDate ?? undefined }), bound('profile')),
    assured: person.assured,
  }
}

const selectById = statement((db, given: { readonly id: PersonId }) =>
  db.selectFrom('identity.person').select(COLUMNS).where('id', '=', given.id),
)
const selectByIndex = statement((db, given: { readonly index: Buffer }) =>
  db.selectFrom('identity.person').select(COLUMNS).where('id_index', '=', given.index),
)

export async function findPerson(tx: Db, keys: KeyRing, id: PersonId): Promise<Person | null> {
  const row = await selectById.first(tx, { id })
  return row === undefined ? null : toPerson(keys, row)
}

export async function findPersonByIdNumber(tx: Db, keys: KeyRing, idNumber: string): Promise<Person | null> {
  const row = await selectByIndex.first(tx, { index: idNumberIndex(keys, idNumber) })
  return row === undefined ? null : toPerson(keys, row)
}

/** Where an identification number comes from: an eID, an office or system that saw the paper, or the person's own word. */
export type NumberProof = 'eid' | 'office' | 'claim'

export type NewPerson = Omit<Person, 'id'>

/**
 * Finds the person of an identification number or makes one. What an eID says replaces what a form said; a form never
 * overwrites a known person. A number on the person's own word is kept but never indexed: it can neither take over nor
 * be taken for somebody else. Two at once meet on the unique index.
 */
export async function upsertPerson(
  tx: Tx,
  keys: KeyRing,
  given: NewPerson,
  proof: NumberProof,
  at: Date,
): Promise<Person> {
  const known =
    given.idNumber === null || proof === 'claim' ? null : await findPersonByIdNumber(tx, keys, given.idNumber)
  if (known !== null) {
    if (!given.assured) return known
    const merged = {
      ...known,
      name: given.name,
      birthDate: given.birthDate ?? known.birthDate,
      // What others wrote beside the number before the person came, a broker's phone perhaps, is not the person's.
      phone: (known.assured ? known.phone : null) ?? given.phone,
      email: (known.assured ? known.email : null) ?? given.email,
      assured: true,
    }
    await tx
      .updateTable('identity.person')
      .set({ ...sealedColumns(keys, merged), updated_at: at })
      .where('id', '=', known.id)
      .execute()
    await settleMandates(tx, keys, merged)
    return merged
  }
  const person: Person = { ...given, id: newId(at) }
  const inserted = await tx
    .insertInto('identity.person')
    .values({
      id: person.id,
      ...sealedColumns(keys, person),
      ...(proof === 'claim' ? { id_index: null } : {}),
      created_at: at,
      updated_at: at,
    })
    .onConflict(conflict => conflict.column('id_index').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted !== undefined && given.assured) await settleMandates(tx, keys, person)
  if (inserted !== undefined || given.idNumber === null || proof === 'claim') return person
  return (await findPersonByIdNumber(tx, keys, given.idNumber)) ?? person
}
