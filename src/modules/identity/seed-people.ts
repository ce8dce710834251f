// Many fictional people at once, by COPY, for seeds.
import type pg from 'pg'
import { blindIndex, type KeyRing } from '../../platform/crypto/keys.ts'
import { seal } from '../../platform/crypto/seal.ts'
import { type Cell, copyRows } from '../../platform/db/copy-rows.ts'
import { newId } from '../../platform/id.ts'
import type { PersonId } from './identity.ts'
import { idNumberIndex } from './store/people.ts'

/** A seeded citizen. */
export interface SeededPerson {
  readonly id: PersonId
  readonly name: string
  readonly idNumber: string
  readonly phone: string
}

/** Makes `count` people with the names that `name` gives; numbers others hold stay theirs. */
export async function seedPeople(
  keys: KeyRing,
  client: pg.PoolClient,
  count: number,
  random: () => number,
  name: (random: () => number) => string,
  now: Date,
): Promise<SeededPerson[]> {
  const people: SeededPerson[] = []
  for (let start = 0; start < count; start += 5000) {
    const rows: Cell[][] = []
    // Fewer than `start` where numbers were taken before.
    const first = people.length
    for (let i = start; i < Math.min(start + 5000, count); i++) {
      const id = newId<'person'>(now)
      const person: SeededPerson = {
        id,
        name: name(random),
        // Province 044, then sex and century, year and six digits (NĐ 137/2015/NĐ-CP, Art. 7), drawn at random.
        idNumber: `044${String(Math.floor(random() * 1e9)).padStart(9, '0')}`,
        phone: `09${String(10_000_000 + Math.floor(random() * 89_999_999))}`,
      }
      people.push(person)
      const sealed = (field: string, text: string) => seal(keys, 'field', text, `person:${id}:${field}`)
      rows.push([
        id,
        'citizen',
        person.name,
        sealed('id-number', person.idNumber),
        idNumberIndex(keys, person.idNumber),
        sealed('phone', person.phone),
        blindIndex(keys, 'person.phone', person.phone),
        false,
        now,
        now,
      ])
    }
    // A number that a former seed or a real person has stays theirs.
    await client.query(
      'create temporary table if not exists seed_person (like identity.person including defaults) on commit preserve rows',
    )
    await client.query('truncate seed_person')
    await copyRows(
      client,
      'seed_person',
      ['id', 'kind', 'name', 'id_number', 'id_index', 'phone', 'phone_index', 'assured', 'created_at', 'updated_at'],
      rows,
    )
    await client.query('insert into identity.person select * from seed_person on conflict (id_index) do nothing')
    const { rows: kept } = await client.query<{ id: string }>(
      'select p.id from identity.person p join seed_person s on s.id = p.id',
    )
    const have = new Set(kept.map(row => row.id))
    for (let i = people.length - 1; i >= first; i--) if (!have.has(people[i]?.id ?? '')) people.splice(i, 1)
  }
  if (people.length === 0) throw new Error('every number drawn is taken: this seed was used here before')
  return people
}
