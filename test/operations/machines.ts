// Machines of one small network on this machine: each a network of its own (ip-netns(8)), all on one bridge, whose cables can be pulled.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { needPrograms } from './debian-postgres.ts'

export interface Machines {
  /** What stands for `10.0.0.` of the documents: the first three parts of every address here, with the dot behind them. */
  readonly prefix: string
  /** Runs a program on a machine as the user of PostgreSQL. */
  start(
    machine: string,
    program: string,
    args: readonly string[],
    given: {
      readonly env: NodeJS.ProcessEnv
      /** File that takes what it says. */
      readonly log: string
    },
  ): ChildProcess
  /** Pulls the cable of a machine: nobody reaches it, it reaches nobody, and neither is told. */
  unplug(machine: string): void
  /** Whatever a machine sends to the others is lost; clients reach it and are answered. */
  part(machine: string): void
  /** Everybody reaches everybody again. */
  mend(machine: string): void
  close(): void
}

const ip = (...args: readonly string[]): void => void execFileSync('/usr/sbin/ip', args, { stdio: 'pipe' })

/** Sets up a network with a machine at each last part of an address, this machine itself being `.1`. Only root may. */
export function machines(hosts: Readonly<Record<string, number>>): Machines {
  needPrograms('/usr/sbin/ip', '/usr/bin/setpriv')
  if (process.getuid?.() !== 0) throw new Error('This rehearsal makes networks of its own, which only root may do.')
  // Of several rehearsals at once each has its own.
  const own = String(process.pid % 100_000)
  const prefix = `10.231.${process.pid % 250}.`
  const bridge = `mc${own}`
  const spaceOf = (machine: string): string => `motcua-${own}-${machine}`
  const cableOf = (machine: string): string => `mc${own}-${machine}`
  const addressOf = (machine: string): string => `${prefix}${hosts[machine]}`
  const names = Object.keys(hosts)
  const close = (): void => {
    for (const machine of names)
      try {
        // Its end of the cable goes with it, and with that the other.
        ip('netns', 'delete', spaceOf(machine))
      } catch {
        // Never made, or gone.
      }
    try {
      ip('link', 'delete', bridge)
    } catch {
      // Never made, or gone.
    }
  }
  try {
    ip('link', 'add', bridge, 'type', 'bridge')
    ip('address', 'add', `${prefix}1/24`, 'dev', bridge)
    ip('link', 'set', bridge, 'up')
    for (const machine of names) {
      const [space, cable] = [spaceOf(machine), cableOf(machine)]
      ip('netns', 'add', space)
      ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
      ip('link', 'set', cable, 'master', bridge, 'up')
      ip('-n', space, 'address', 'add', `${addressOf(machine)}/24`, 'dev', 'eth0')
      ip('-n', space, 'link', 'set', 'eth0', 'up')
      ip('-n', space, 'link', 'set', 'lo', 'up')
    }
  } catch (error) {
    close()
    throw error
  }
  const others = (machine: string): string[] => names.filter(name => name !== machine)
  return {
    prefix,
    start(machine, program, args, { env, log }) {
      const said = openSync(log, 'a')
      const inside = ['netns', 'exec', spaceOf(machine), '/usr/bin/setpriv', '--reuid=postgres', '--regid=postgres']
      // Both become the program: the process is the one that is killed.
      const child = spawn('/usr/sbin/ip', [...inside, '--init-groups', program, ...args], {
        cwd: '/',
        env,
        stdio: ['ignore', said, said],
      })
      closeSync(said)
      return child
    },
    unplug: machine => ip('link', 'set', cableOf(machine), 'down'),
    part(machine) {
      for (const other of others(machine)) ip('-n', spaceOf(machine), 'route', 'add', 'blackhole', addressOf(other))
    },
    mend(machine) {
      ip('link', 'set', cableOf(machine), 'up')
      for (const other of others(machine))
        try {
          ip('-n', spaceOf(machine), 'route', 'delete', 'blackhole', addressOf(other))
        } catch {
          // Was not parted from it.
        }
    },
    close,
  }
}
