// Citizens of a bench: people with accounts of their own, as many as the house has neighbours.
import { buildApp } from '../src/app/build-app.ts'
import { readConfig } from '../src/app/config.ts'
import { DEMO_PASSWORD } from '../src/app/demo-people.ts'
import { personName } from '../src/modules/dossier/seed/people.ts'
import { seedCitizenAccount } from '../src/modules/identity/index.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { Visitor, type Wire } from '../test/support/test-app.ts'
import type { Applicant } from '../test/survival/ledger.ts'
import type { House } from './house.ts'

/** Gives `count` citizens their accounts, where they have none yet, and signs them in. */
export async function citizens(house: House, wire: Wire, count: number): Promise<Applicant[]> {
  const config = { ...readConfig({}), dataDir: house.dataDir, keyRingFile: house.keyRingFile, logLevel: 'fatal' }
  const people = Array.from({ length: count }, (_, index) => ({
    name: personName(Math.random),
    idNumber: `0441851${String(index).padStart(5, '0')}`,
    phone: `09771${String(index).padStart(5, '0')}`,
  }))
  const app = await buildApp(config, house.url)
  try {
    const at = app.platform.clock.now()
    for (const person of people)
      await inTransaction(app.db, tx =>
        seedCitizenAccount(tx, app.platform.keys, {
          person: { kind: 'citizen', ...person, email: null, birthDate: '1985-03-12', assured: true },
          password: DEMO_PASSWORD,
          at,
        }),
      )
  } finally {
    await app.close()
  }
  const own: Applicant[] = []
  // Each at home: what one network may try in a minute is no limit for a country.
  for (const [index, person] of people.entries()) {
    const home = { 'x-forwarded-for': `10.9.${index >> 8}.${index & 255}` }
    own.push({ ...person, visitor: await new Visitor(wire, home).signIn(person.phone) })
  }
  return own
}
