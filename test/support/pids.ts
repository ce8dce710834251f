// Processes by their numbers: a server with all its children, signalled at one blow; what a process holds in memory.
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

/** A figure of a process in MB, from the kernel's books; 0 once it is gone. */
function statusOf(pid: number, figure: 'VmRSS' | 'VmHWM'): number {
  try {
    return Number(new RegExp(`${figure}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Resident memory in MB. */
export const memoryOf = (pid: number): number => statusOf(pid, 'VmRSS')

/** The most that was ever resident, in MB. */
export const highestOf = (pid: number): number => statusOf(pid, 'VmHWM')
