// CPU time of processes, from the kernel's books.
import { readFileSync } from 'node:fs'
import { familyOf } from '../test/support/pids.ts'

const TICKS = 100

/** Seconds of CPU that a process has used, with the children it has waited for; 0 when it is gone. */
function usedBy(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5).
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS
  } catch {
    return 0
  }
}

export interface CpuSeconds {
  readonly web: number
  readonly worker: number
  /** The server with its backends. */
  readonly postgres: number
  readonly self: number
}

export function cpuSeconds(pids: {
  readonly web: readonly number[]
  readonly worker: readonly number[]
  readonly postgres: number
}): CpuSeconds {
  const sum = (list: readonly number[]) => list.reduce((all, pid) => all + usedBy(pid), 0)
  const { user, system } = process.cpuUsage()
  return {
    web: sum(pids.web),
    worker: sum(pids.worker),
    postgres: sum(familyOf(pids.postgres)),
    self: (user + system) / 1e6,
  }
}
