// SQL of mandates: who may file for whom. Given to a number with a name, so that giving one does not tell who is known here.
import { sql } from 'kysely'
import { addDays, type CivilDate } from '../../../platform/calendar/civil.ts'
import { blindIndex, type KeyRing } from '../../../platform/crypto/keys.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { newId } from '../../../platform/id.ts'
import { fold } from '../../../platform/text.ts'
import type { Person, PersonId } from '../identity.ts'

export type Mandate = {
  readonly id: string
  /** Of one that was given: what was typed, with the end of the number. */
  readonly otherName: string
  readonly lastDay: CivilDate
  /** Its days are gone: nothing new is filed with it, what was filed with it is still followed until it is revoked. */
  readonly over: boolean
} & ({ readonly side: 'given' } | { readonly side: 'held'; readonly otherId: PersonId })

/** By which a mandate finds its agent, now or when the person comes: number and name together. */
const agentIndex = (keys: KeyRing, idNumber: string, name: string): Buffer =>
  blindIndex(keys, 'mandate.agent', `${idNumber} ${fold(name)}`)

/**
 * Mandates a person holds on a day, and whom the person still trusts, days over or not: one for each of the others, in an order
 * that does not tell which of those were found.
 */
export async function listMandates(tx: Db, personId: PersonId, on: CivilDate): Promise<Mandate[]> {
  const { rows } = await sql<{
    id: string
    name: string | null
    other: string | null
    typed: string | null
    tail: string | null
    last: string
    given: boolean
    over: boolean
  }>`
    select * from (
      select distinct on (m.principal_id, other_side) m.id, p.name, p.id as other, m.agent_name as typed, m.agent_tail as tail,
        (upper(m.valid) - 1)::text as last, m.principal_id = ${personId} as given, upper(m.valid) <= ${on}::date as over,
        case when m.principal_id = ${personId} then coalesce(encode(m.agent_index, 'hex'), m.agent_id::text) end as other_side
      from identity.mandate m
      left join identity.person p on p.id = case when m.principal_id = ${personId} then m.agent_id else m.principal_id end
      where (m.principal_id = ${personId} or (m.agent_id = ${personId} and m.valid @> ${on}::date)) and m.revoked_at is null
      order by m.principal_id, other_side, upper(m.valid) desc) each_other
    order by id`.execute(tx)
  return rows.map(row => ({
    id: row.id,
    lastDay: row.last,
    over: row.over,
    ...(row.given
      ? { side: 'given', otherName: givenTo(row) }
      : { side: 'held', otherName: row.name ?? '', otherId: row.other as PersonId }),
  }))
}

/** What the giver typed. Mandates from before names were typed show initials: a full name is for who was trusted with it. */
function givenTo(row: { readonly typed: string | null; readonly tail: string | null; readonly name: string | null }) {
  if (row.typed !== null) return `${row.typed} (…${row.tail})`
  const words = (row.name ?? '').split(' ')
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
    .where('agent_id', 'is not', null)
    .execute()
  return rows.map(row => row.agent_id as PersonId)
}

export interface NewMandate {
  readonly principalId: PersonId
  readonly idNumber: string
  readonly name: string
  /** Who is known under the number; holds the mandate where the name is that person's too. */
  readonly known: Person | null
  readonly at: Date
  readonly from: CivilDate
  readonly days: number
}

/** Gives a mandate and its id; where the agent holds one already it becomes the longer of the two. Two at once wait for each other. */
export async function addMandate(tx: Tx, keys: KeyRing, mandate: NewMandate): Promise<string> {
  const { principalId, idNumber, name, known, from } = mandate
  const to = addDays(from, mandate.days)
  const key = agentIndex(keys, idNumber, name)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`mandate ${principalId} ${key.toString('hex')}`}, 0))`.execute(
    tx,
  )
  const longer = await tx
    .updateTable('identity.mandate')
    .set({ valid: sql<string>`daterange(lower(valid), greatest(upper(valid), ${to}::date + 1))` })
    .where('principal_id', '=', principalId)
    .where('agent_index', '=', key)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`valid @> ${from}::date`)
    .returning('id')
    .executeTakeFirst()
  if (longer !== undefined) return longer.id
  const id = newId(mandate.at)
  await tx
    .insertInto('identity.mandate')
    .values({
      id,
      principal_id: principalId,
      agent_id: known !== null && fold(known.name) === fold(name) ? known.id : null,
      agent_index: key,
      agent_name: name,
      agent_tail: idNumber.slice(-3),
      valid: sql<string>`daterange(${from}::date, ${to}::date, '[]')`,
      granted_at: mandate.at,
    })
    .execute()
  return id
}

/** Mandates that were given to the number and name of somebody whom an eID now names become that person's. */
export async function settleMandates(tx: Tx, keys: KeyRing, { id, idNumber, name }: Person): Promise<void> {
  if (idNumber === null) return
  await tx
    .updateTable('identity.mandate')
    .set({ agent_id: id })
    .where('agent_index', '=', agentIndex(keys, idNumber, name))
    .where('agent_id', 'is', null)
    .where('principal_id', '!=', id)
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
    .where(each =>
      each.or([
        each('id', '=', id),
        each('agent_id', 'in', of => of.selectFrom('identity.mandate').select('agent_id').where('id', '=', id)),
        each('agent_index', 'in', of => of.selectFrom('identity.mandate').select('agent_index').where('id', '=', id)),
      ]),
    )
    .where('principal_id', '=', principalId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Forgets all that a person gave or was given. */
export async function deleteMandatesOf(tx: Tx, keys: KeyRing, { id, idNumber, name }: Person): Promise<void> {
  await tx
    .deleteFrom('identity.mandate')
    .where(each =>
      each.or([
        each('principal_id', '=', id),
        each('agent_id', '=', id),
        ...(idNumber === null ? [] : [each('agent_index', '=', agentIndex(keys, idNumber, name))]),
      ]),
    )
    .execute()
}
