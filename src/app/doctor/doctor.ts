// `motcua doctor`: what is wrong with this installation and how to mend it, one line a finding.
import { openClient } from '../../platform/db/database.ts'
import type { Config } from '../config.ts'
import { backups } from './backups.ts'
import { type Findings, fault, type Level, type Patient, warning } from './finding.ts'
import { demoAccounts, disk, keys, ringOfDatabase, runtime } from './machine.ts'
import { eid, fileDrop, mail, malware, pages, stampAuthority } from './neighbours.ts'
import { files, holidays, jobs, messages, migrations, openWork, partitions, seals, signers, stamps } from './product.ts'
import { hygiene, replicas, server } from './server.ts'

const SIGN: Readonly<Record<Level, string>> = { ok: '✔', warning: '!', fault: '✘' }

/** What is looked at, in this order, once the database has its tables. */
const CHECKS: readonly ((patient: Patient) => Findings)[] = [
  jobs,
  files,
  signers,
  openWork,
  seals,
  stamps,
  messages,
  partitions,
  holidays,
  malware,
  fileDrop,
  pages,
]

/**
 * Prints the findings as of `at`, of this machine first: what is wrong there may be why the database cannot be looked at. `enter`
 * runs its work with the database, or gives the sentence that says why it cannot. 0 when there is no fault.
 */
export async function doctor(
  config: Config,
  at: Date,
  enter: (work: (url: string, alone: boolean) => Promise<number>) => Promise<string | null>,
): Promise<number> {
  let faults = 0
  const tell = async (findings: Findings): Promise<void> => {
    for await (const { level, text } of findings) {
      if (level === 'fault') faults++
      console.log(`${SIGN[level]} ${text}`)
    }
  }
  await tell(examineMachine(config, at))
  const inTheWay = await enter(async (url, alone) => {
    await tell(examineHouse(config, url, { at, alone }))
    return 0
  })
  if (inTheWay !== null) {
    faults++
    console.log(`${SIGN.fault} ${inTheWay}`)
  }
  return faults > 0 ? 1 : 0
}

interface Now {
  readonly at: Date
  /** The database runs only for this command. */
  readonly alone: boolean
}

/** Every finding, one after the other. */
export async function* examine(config: Config, url: string, now: Now): Findings {
  yield* examineMachine(config, now.at)
  yield* examineHouse(config, url, now)
}

async function* examineMachine(config: Config, at: Date): Findings {
  for (const check of [runtime, keys, disk, mail, eid, stampAuthority]) yield* check(config)
  yield* backups({ config, at })
}

async function* examineHouse(config: Config, url: string, { at, alone }: Now): Findings {
  if (alone)
    yield warning(
      'Nothing of this data folder runs: its PostgreSQL was started for this look alone. Start motcua, or its service.',
    )
  const client = await openClient(url)
  try {
    const patient: Patient = { config, client, at, alone }
    yield* server(patient)
    // What reads figures of the server needs rights that a plain login may lack.
    for (const check of [replicas, hygiene]) {
      try {
        yield* check(patient)
      } catch (error) {
        if ((error as { code?: string }).code !== '42501') throw error
        yield fault(
          `The login of DATABASE_URL may not read the figures of the server (${(error as Error).message}): grant pg_monitor to it.`,
        )
      }
    }
    // Without its tables there is nothing else to look at.
    if (!(yield* migrations(patient))) return
    for (const check of CHECKS) yield* check(patient)
    yield* ringOfDatabase(config, url)
    yield* demoAccounts(config, url)
  } finally {
    await client.end()
  }
}
