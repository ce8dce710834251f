// `motcua doctor`: what is wrong with this installation and how to mend it, one line a finding.
import pg from 'pg'
import type { Config } from '../config.ts'
import { type Finding, type Findings, fault, type Level, type Patient } from './finding.ts'
import { demoAccounts, disk, keys, mail, runtime } from './machine.ts'
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
]

/** Prints the findings as of `at`; 0 when there is no fault. `alone`: the database runs only for this command. */
export async function doctor(
  config: Config,
  url: string,
  { at, alone }: { readonly at: Date; readonly alone: boolean },
): Promise<number> {
  let faults = 0
  const say = ({ level, text }: Finding): void => {
    if (level === 'fault') faults++
    console.log(`${SIGN[level]} ${text}`)
  }
  const tell = async (findings: Findings): Promise<void> => {
    for await (const finding of findings) say(finding)
  }
  for (const check of [runtime, keys, disk, mail]) await tell(check(config))
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const patient: Patient = { config, client, at, alone }
    await tell(server(patient))
    // What reads figures of the server needs rights that a plain login may lack.
    for (const check of [replicas, hygiene])
      await tell(check(patient)).catch((error: { code?: string; message: string }) => {
        if (error.code !== '42501') throw error
        say(
          fault(
            `The login of DATABASE_URL may not read the figures of the server (${error.message}): grant pg_monitor to it.`,
          ),
        )
      })
    const about = migrations(patient)
    let step = await about.next()
    for (; step.done !== true; step = await about.next()) say(step.value)
    if (!step.value) return 1
    for (const check of CHECKS) await tell(check(patient))
    await tell(demoAccounts(config, url))
  } finally {
    await client.end()
  }
  return faults > 0 ? 1 : 0
}
