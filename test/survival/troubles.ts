// What goes wrong while people work: processes killed, connections cut, disks slow or full, clocks apart, mail that lies.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { familyOf, signalAll } from '../support/pids.ts'
import type { Role } from '../support/processes.ts'
import { type DropMood, disturbDrop } from './dropping.ts'
import { canSkew, type Installation } from './installation.ts'
import type { Relay } from './wires.ts'

export interface Trouble {
  readonly name: string
  /** Happens to the server that the installation started itself. */
  readonly ofDatabase?: true
  /** False where this machine does not let it happen. */
  readonly possible: (house: Installation) => boolean
  readonly happen: (house: Installation) => Promise<void>
}

const always = () => true
const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)]

/** Kills one process of a role as a power cut would, and starts another in its place. */
async function killAndReplace(house: Installation, role: Role): Promise<void> {
  pick(house.processes.filter(each => each.role === role))?.child.kill('SIGKILL')
  await wait(300)
  for (let tries = 0; ; tries++) {
    try {
      await house.start(role)
      return
    } catch (error) {
      // Whatever runs a service starts it again; with the database away it ends with a sentence.
      if (tries === 20) throw error
      await wait(500)
    }
  }
}

/** PostgreSQL again after a kill or a panic, however long its files are still held. */
export async function revive(house: Installation): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await house.startPostgres()
      return
    } catch (error) {
      if (tries === 30) throw error
      await wait(500)
    }
  }
}

/** Cuts all connections through a relay, again as soon as they stand. */
async function cut(relay: Relay, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    relay.cut()
    await wait(200)
  }
}

export const TROUBLES: readonly Trouble[] = [
  { name: 'web killed', possible: always, happen: house => killAndReplace(house, 'web') },
  { name: 'worker killed', possible: always, happen: house => killAndReplace(house, 'work') },
  {
    name: 'PostgreSQL killed',
    ofDatabase: true,
    possible: always,
    async happen(house) {
      signalAll(familyOf(house.postgres.pid), 'SIGKILL')
      await house.postgres.exited
      await wait(500)
      await revive(house)
    },
  },
  {
    name: 'one backend killed',
    ofDatabase: true,
    possible: always,
    async happen(house) {
      // PostgreSQL then takes all connections down and recovers.
      const backend = pick(familyOf(house.postgres.pid).slice(1))
      if (backend !== undefined) signalAll([backend], 'SIGKILL')
      await wait(1000)
    },
  },
  {
    name: 'connections to the database cut',
    possible: always,
    happen: house => cut(house.database, 3),
  },
  {
    name: 'connections to the web cut',
    possible: always,
    happen: house => cut(house.balancer, 5),
  },
  {
    name: 'slow disk',
    ofDatabase: true,
    possible: always,
    async happen(house) {
      // A disk cannot be slowed from here: PostgreSQL gets on for a moment and waits for many, as it does when its disk is slow.
      const until = performance.now() + 4000
      while (performance.now() < until) {
        const all = familyOf(house.postgres.pid)
        signalAll(all, 'SIGSTOP')
        await wait(100 + Math.random() * 200)
        signalAll(all, 'SIGCONT')
        await wait(20)
      }
    },
  },
  {
    name: 'disk that stands still',
    ofDatabase: true,
    possible: always,
    async happen(house) {
      const all = familyOf(house.postgres.pid)
      signalAll(all, 'SIGSTOP')
      await wait(3000)
      signalAll(all, 'SIGCONT')
    },
  },
  {
    name: 'full disk',
    ofDatabase: true,
    possible: house => house.ownDisk,
    async happen(house) {
      const balloon = join(house.folder, 'balloon')
      const fd = openSync(balloon, 'w')
      try {
        for (;;) writeSync(fd, Buffer.alloc(4_194_304))
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOSPC') throw error
      } finally {
        closeSync(fd)
      }
      await wait(3000)
      rmSync(balloon)
      await wait(500)
      const ended = await Promise.race([house.postgres.exited.then(() => true), wait(200).then(() => false)])
      if (ended) await revive(house)
    },
  },
  {
    name: 'clocks jump',
    possible: canSkew,
    async happen(house) {
      // While they run: each to another hour of its own, and back to near the truth.
      for (const within of [90, 20]) {
        for (const process of house.processes)
          house.shiftClock(process, Math.round(Math.random() * 2 * within - within))
        await wait(2500)
      }
    },
  },
  inAMood(
    'mail server',
    ['refuses', 'knows-nobody', 'silent', 'slow', 'forgets', 'down'] as const,
    'well',
    ({ mail }) => mail,
  ),
  inAMood('eID', ['down', 'silent', 'page'] as const, 'well', ({ eid }) => eid),
  {
    name: 'eID that lies',
    possible: always,
    async happen({ eid }) {
      eid.lie = { sign: text => `${eid.sign(text).slice(0, -8)}AAAAAAAA` }
      await wait(2000)
      eid.lie = {}
    },
  },
  inAMood(
    'time stamps',
    ['down', 'silent', 'slow', 'refuses', 'garbage', 'other-data', 'other-key'] as const,
    'none',
    house => house.stamps,
  ),
  inAMood('malware scanner', ['silent', 'breaks', 'small', 'deaf', 'odd'] as const, 'well', ({ scanner }) => scanner),
  {
    name: 'file drop in a mood',
    possible: always,
    happen: ({ drop }) => disturbDrop(drop, pick<DropMood>(['away', 'half', 'folder']) ?? 'away', 3000),
  },
]

/** Somebody outside fails in one of some ways for a while. */
function inAMood<M extends string>(
  who: string,
  moods: readonly M[],
  well: M | string,
  of: (house: Installation) => { mood: string },
): Trouble {
  return {
    name: `${who} in a mood`,
    possible: always,
    async happen(house) {
      const outside = of(house)
      outside.mood = pick(moods) ?? well
      await wait(3000)
      outside.mood = well
    },
  }
}
