// Processes by their numbers: a server with all its children, signalled at one blow.
import { readdirSync, readFileSync } from 'node:fs'

/** A process and its children, from the kernel's list. */
export function familyOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]) === pid
      } catch {
        return false
      }
    })
  return [pid, ...children.map(Number)]
}

/** Signals each that still exists. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name)
    } catch {
      // Gone meanwhile.
    }
}
