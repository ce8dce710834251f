// What goes wrong while people work: processes killed, connections cut, disks slow or full, clocks apart, mail that lies.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { familyOf, signalAll } from '../support/pids.ts'
import type { Role } from '../support/processes.ts'
import { canSkew, type Installation } from './installation.ts'
import type { MailMood, Relay } from './wires.ts'

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
async function killAndReplace(house: Installation, role: Role, skew = 0): Promise<void> {
  pick(house.processes.filter(each => each.role === role))?.child.kill('SIGKILL')
  await wait(300)
  for (let tries = 0; ; tries++) {
    try {
      await house.start(role, skew)
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
      // Nothing that PostgreSQL writes gets on for a while: it stands still, as it does when the disk does.
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
    name: 'clocks apart',
    possible: canSkew,
    async happen(house) {
      await killAndReplace(house, 'web', Math.round(Math.random() * 180 - 90))
      await killAndReplace(house, 'work', Math.round(Math.random() * 180 - 90))
    },
  },
  {
    name: 'mail server in a mood',
    possible: always,
    async happen(house) {
      house.mail.mood = pick<MailMood>(['refuses', 'silent', 'forgets', 'down']) ?? 'down'
      await wait(3000)
      house.mail.mood = 'well'
    },
  },
]
