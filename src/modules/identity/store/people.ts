// SQL of people and mandates: identifiers are sealed by field and found by blind index.
import { sql } from 'kysely'
import type { CivilDate } from '../../../platform/calendar/civil.ts'
import { blindIndex, type KeyRing } from '../../../platform/crypto/keys.ts'
import { openText, sealText } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { newId } from '../../../platform/id.ts'
import type { Person, PersonId } from '../identity.ts'

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
  if (inserted !== undefined || given.idNumber === null || proof === 'claim') return person
  return (await findPersonByIdNumber(tx, keys, given.idNumber)) ?? person
}

export interface Mandate {
  readonly id: string
  readonly otherName: string
  readonly otherId: PersonId
  readonly lastDay: CivilDate
  readonly side: 'given' | 'held'
  /** Its days are gone: nothing new is filed with it, what was filed with it is still followed until it is revoked. */
  readonly over: boolean
}

/** Mandates a person holds on a day, and whom the person still trusts, days over or not: one for each of the others. */
export async function listMandates(tx: Db, personId: PersonId, on: CivilDate): Promise<Mandate[]> {
  const { rows } = await sql<{ id: string; name: string; other: string; last: string; given: boolean; over: boolean }>`
    select distinct on (m.principal_id, m.agent_id) m.id, p.name, p.id as other, (upper(m.valid) - 1)::text as last,
      m.principal_id = ${personId} as given, upper(m.valid) <= ${on}::date as over
    from identity.mandate m join identity.person p on p.id = case when m.principal_id = ${personId} then m.agent_id else m.principal_id end
    where (m.principal_id = ${personId} or (m.agent_id = ${personId} and m.valid @> ${on}::date)) and m.revoked_at is null
    order by m.principal_id, m.agent_id, upper(m.valid) desc`.execute(tx)
  return rows.map(row => ({
    id: row.id,
    // The giver knows whom by number; a full name is only shown to who was trusted with it.
    otherName: row.given ? initialName(row.name) : row.name,
    otherId: row.other as PersonId,
    lastDay: row.last,
    side: row.given ? 'given' : 'held',
    over: row.over,
  }))
}

/** "Nguyễn Văn An" → "N. V. An". */
function initialName(name: string): string {
  const words = name.split(' ')
  return words.map((word, index) => (index === words.length - 1 ? word : `${word[0]}.`)).join(' ')
}

/**
 * Whom a person may act for in what was filed already: every principal who has not revoked, also where the days of the mandate
 * are over. The principal sees such an agent among the own mandates and can end it.
 */
export async function principalsOf(tx: Db, agentId: PersonId): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('identity.mandate')
    .select('principal_id')
    .distinct()
    .where('agent_id', '=', agentId)
    .where('revoked_at', 'is', null)
    .execute()
  return new Set(rows.map(row => row.principal_id))
}

/** Everybody who ever held a mandate of a person. */
export async function agentsOf(tx: Db, principalId: PersonId): Promise<PersonId[]> {
  const rows = await tx
    .selectFrom('identity.mandate')
    .select('agent_id')
    .distinct()
    .where('principal_id', '=', principalId)
    .execute()
  return rows.map(row => row.agent_id as PersonId)
}

/** Gives a mandate; where the agent holds one already it becomes the longer of the two. Two at once wait for each other. */
export async function addMandate(
  tx: Tx,
  mandate: { principalId: PersonId; agentId: PersonId; from: CivilDate; to: CivilDate; at: Date },
): Promise<void> {
  const { principalId, agentId, from, to } = mandate
  await sql`select pg_advisory_xact_lock(hashtextextended(${`mandate ${principalId} ${agentId}`}, 0))`.execute(tx)
  const longer = await tx
    .updateTable('identity.mandate')
    .set({ valid: sql<string>`daterange(lower(valid), greatest(upper(valid), ${to}::date + 1))` })
    .where('principal_id', '=', principalId)
    .where('agent_id', '=', agentId)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`valid @> ${from}::date`)
    .executeTakeFirst()
  if (longer.numUpdatedRows > 0n) return
  await tx
    .insertInto('identity.mandate')
    .values({
      id: newId(mandate.at),
      principal_id: principalId,
      agent_id: agentId,
      valid: sql<string>`daterange(${from}::date, ${to}::date, '[]')`,
      granted_at: mandate.at,
    })
    .execute()
}

/**
 * Revokes the mandate `id` that `principalId` gave, and with it all that the same agent holds of the same person: whose trust
 * is gone keeps nothing by an older paper. False when there is none.
 */
export async function revokeMandate(tx: Tx, id: string, principalId: PersonId, at: Date): Promise<boolean> {
  const result = await tx
    .updateTable('identity.mandate')
    .set({ revoked_at: at })
    .where('agent_id', 'in', of => of.selectFrom('identity.mandate').select('agent_id').where('id', '=', id))
    .where('principal_id', '=', principalId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
