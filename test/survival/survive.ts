// One run: an installation, people at work, troubles at random moments, quiet, and the reckoning.
import { setTimeout as wait } from 'node:timers/promises'
import { nationalPortal } from './dropping.ts'
import { type Given, install } from './installation.ts'
import type { Ledger } from './ledger.ts'
import { newcomers } from './newcomers.ts'
import { lives, newWorld } from './people.ts'
import {
  askForDrop,
  askForSeals,
  describeJobs,
  hurry,
  idByForeignCode,
  jobsLeft,
  reckon,
  reckonThroughPages,
  spokenSecrets,
} from './reckoning.ts'
import { TROUBLES, type Trouble } from './troubles.ts'
import { httpWire } from './wires.ts'

export interface Outcome {
  readonly ledger: Ledger
  /** How often each trouble happened; those impossible here are absent. */
  readonly troubles: ReadonlyMap<string, number>
  readonly impossible: readonly string[]
  readonly faults: readonly string[]
  readonly verify: { readonly code: number; readonly said: string }
}

export interface Run {
  /** How long people work among troubles. */
  readonly seconds: number
  /** People at work at once. */
  readonly people: number
  /** Of the disk that can be filled. */
  readonly megabytes: number
  /** Dossiers of the past that lie there before the first person comes; none when not said. */
  readonly dossiers?: number
  /** Longest wait for the house to finish what was begun. */
  readonly quietSeconds: number
  readonly say: (line: string) => void
  /** A database that is there already; then these troubles happen to it, beside those of web and worker. */
  readonly given?: Given & { readonly troubles: readonly Trouble[] }
}

export async function survive(run: Run): Promise<Outcome> {
  const house = await install(run)
  const stop = new AbortController()
  let people: Promise<void>[] = []
  try {
    if (run.dossiers !== undefined) {
      const began = performance.now()
      const seeded = house.run(['seed', '--dossiers', String(run.dossiers)])
      if (seeded.code !== 0) throw new Error(seeded.said)
      run.say(`${run.dossiers} dossiers seeded in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    }
    await Promise.all([house.start('web'), house.start('web'), house.start('work'), house.start('work')])
    // Clocks of processes are set apart by a minute and a half.
    const since = new Date(Date.now() - 120_000)
    const wire = httpWire(house.balancer.port)
    const pause = { act: async () => undefined, look: () => wait(300) }
    const world = await newWorld({ wire, token: house.token, signal: stop.signal, pause })
    const { ledger } = world
    people = [
      ...Array.from({ length: run.people }, () => lives(world)),
      newcomers(world, house.mail, house.eid),
      nationalPortal(world, house.drop, code => idByForeignCode(house, code)),
    ]
    const troubles = new Map<string, number>()
    const possible = [
      ...TROUBLES.filter(each => each.possible(house) && (run.given === undefined || !each.ofDatabase)),
      ...(run.given?.troubles ?? []),
    ]
    const until = performance.now() + run.seconds * 1000
    // In an order that differs from run to run.
    let deck = [...possible]
    let told = 0
    // Each at least once, however long that takes.
    while (performance.now() < until || troubles.size < possible.length) {
      if (deck.length === 0) deck = [...possible]
      const [trouble] = deck.splice(Math.floor(Math.random() * deck.length), 1)
      if (trouble === undefined) break
      await wait(500 + Math.random() * 1500)
      await askForSeals(house)
      await askForDrop(house)
      await trouble.happen(house)
      for (const line of house.log.slice(told)) if (!line.startsWith('{')) run.say(line.slice(0, 1500))
      told = house.log.length
      troubles.set(trouble.name, (troubles.get(trouble.name) ?? 0) + 1)
      run.say(
        `${trouble.name}; ${ledger.filed.length} filed, ${ledger.acts.length} acts, ${ledger.ended} ended, ${ledger.repeats} repeats`,
      )
    }
    // Quiet: people stop where they are, the house finishes what it began.
    await wait(2000)
    stop.abort()
    await Promise.all(people)
    await askForDrop(house)
    const patience = performance.now() + run.quietSeconds * 1000
    while (performance.now() < patience && (await jobsLeft(house)) > 0) {
      await hurry(house)
      await wait(500)
    }
    const left = await jobsLeft(house)
    const faults = await reckon(house, ledger, since)
    faults.push(...(await reckonThroughPages(wire, ledger)))
    const { clerk, specialist, head, leader, records } = world.staff
    const sessions = [world.applicant().visitor, clerk, specialist, head, leader, records].flatMap(who => [
      ...who.cookies.values(),
    ])
    faults.push(...spokenSecrets(house, sessions))
    if (house.log.length === 0) faults.push('nothing was logged: the logs of the processes are not read')
    if (left > 0)
      faults.push(
        `${left} jobs are not done ${run.quietSeconds} s after the quiet began`,
        ...(await describeJobs(house)),
        ...house.log.slice(-5),
      )
    if (house.scanner.seen.length < ledger.papers.length)
      faults.push(
        `${ledger.papers.length} papers were taken, and ${house.scanner.seen.length} files shown to the scanner`,
      )
    faults.push(...house.log.filter(line => /request failed|ended by itself/.test(line)).slice(0, 5))
    return {
      ledger,
      troubles,
      impossible: TROUBLES.filter(each => !possible.includes(each)).map(each => each.name),
      faults,
      verify: house.run(['verify']),
    }
  } finally {
    stop.abort()
    await house.close()
    await Promise.all(people)
  }
}
