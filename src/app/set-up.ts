// From an empty database to a province that serves: migrations, partitions, and once the demo's data.
import { join } from 'node:path'
import { loadProcedures } from '../modules/catalogue/index.ts'
import { SECOND_FACTOR_ROLES, seedCitizenAccount, seedOfficerAccounts } from '../modules/identity/index.ts'
import { importProvince, listAgencies, listOfficers, postsOfOfficer } from '../modules/organisation/index.ts'
import { issueDemoKeys, type KeyHolder } from '../modules/signing/index.ts'
import { civilDateOf } from '../platform/calendar/civil.ts'
import { inTransaction, withLock } from '../platform/db/database.ts'
import { raiseVersion, readVersion } from '../platform/db/versions.ts'
import { productRoot } from '../platform/root.ts'
import type { App } from './build-app.ts'
import type { Config } from './config.ts'
import { DEMO_PASSWORD, DEMO_PEOPLE, DEMO_SECOND_FACTOR } from './demo-people.ts'
import { ensurePartitions } from './partitions.ts'

/** A folder of data that has faults: every one with its file and line. */
export class DataFaults extends Error {}

// Any number, as long as nothing else in the database uses it.
const SET_UP_LOCK = 730_112_360

/** Loads province, procedures and, in the demo, accounts and keys, once; what a crash interrupted is taken up again. */
export function setUp(app: App, config: Config): Promise<{ loaded: boolean }> {
  return withLock(app.db, SET_UP_LOCK, () => setUpOnce(app, config))
}

async function setUpOnce(app: App, config: Config): Promise<{ loaded: boolean }> {
  const { db, platform } = app
  const at = platform.clock.now()
  await ensurePartitions(db, at, 13)
  if ((await readVersion(db, 'set-up')) > 0) return { loaded: false }
  const province = { folder: join(productRoot, 'provinces', config.province), at }
  const procedures = { folder: join(productRoot, 'procedures'), at }
  // Everything is checked before anything is written: a half-loaded province would look loaded at the next start.
  const report = await importProvince(db, { ...province, dryRun: true })
  const reading = await loadProcedures(db, { ...procedures, dryRun: true })
  const faults = [
    ...report.problems.map(problem => `provinces/${config.province}/${problem.file}:${problem.line}: ${problem.text}`),
    ...reading.problems
      .filter(problem => problem.level === 'error')
      .map(problem => `procedures/${problem.folder}/${problem.where}: ${problem.text}`),
  ]
  if (faults.length > 0) throw new DataFaults(faults.join('\n'))
  await loadProcedures(db, { ...procedures, dryRun: false })
  await importProvince(db, { ...province, dryRun: false })
  if (config.demo) await seedDemo(app, at)
  await raiseVersion(db, 'set-up')
  return { loaded: true }
}

async function seedDemo(app: App, at: Date): Promise<void> {
  const { db, platform } = app
  const today = civilDateOf(at)
  const officers = await listOfficers(db)
  const holders: KeyHolder[] = []
  const needsSecondFactor = new Set<string>()
  for (const officer of officers) {
    const posts = await postsOfOfficer(db, officer.id, today)
    if (posts.some(post => post.roles.some(role => SECOND_FACTOR_ROLES.includes(role))))
      needsSecondFactor.add(officer.id)
    const leading = posts.find(post => post.roles.includes('leader'))
    if (leading !== undefined)
      holders.push({
        holder: `officer:${officer.id}`,
        name: officer.name,
        organisation: leading.agencyName,
        title: leading.title,
      })
  }
  for (const agency of await listAgencies(db, today, {
    kinds: ['province-committee', 'department', 'commune-committee'],
  })) {
    holders.push({ holder: `agency:${agency.id}`, name: agency.name, organisation: agency.name })
  }
  await inTransaction(db, async tx => {
    await seedOfficerAccounts(tx, platform.keys, {
      officers: officers.map(officer => ({ id: officer.id, login: officer.key })),
      password: DEMO_PASSWORD,
      secondFactorSecret: DEMO_SECOND_FACTOR,
      needsSecondFactor,
      at,
    })
    for (const person of DEMO_PEOPLE) {
      const { name, idNumber, birthDate, phone, email } = person
      await seedCitizenAccount(tx, platform.keys, {
        person: { kind: 'citizen', name, idNumber, phone, email, birthDate, assured: true },
        password: DEMO_PASSWORD,
        at,
      })
    }
  })
  await issueDemoKeys(platform, holders, at)
}
