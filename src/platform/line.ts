// A line for work that must not all run at once: some run, some wait their turn, the rest is turned away.

/**
 * Runs `work` when its turn comes; throws what `full` gives when too many wait already. Whoever is patient, for work that was let in
 * before, is never turned away.
 */
export type Line = <T>(work: () => Promise<T>, patient?: 'patient') => Promise<T>

export function line(options: { readonly atOnce: number; readonly waiting: number; readonly full: () => Error }): Line {
  const { atOnce, waiting, full } = options
  const queue: (() => void)[] = []
  let running = 0
  return async (work, patient) => {
    if (running >= atOnce) {
      if (queue.length >= waiting && patient === undefined) throw full()
      await new Promise<void>(resolve => queue.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

/** Runs `work` while it counts under each of these names; throws what `full` gives where one name has its most already. */
export type Shares = <T>(
  limits: readonly (readonly [name: string, most: number])[],
  full: () => Error,
  work: () => Promise<T>,
) => Promise<T>

/** Counts what is under way by name: of one person, of one network, of all. Nobody waits here. */
export function shares(): Shares {
  const under = new Map<string, number>()
  const count = (name: string, by: 1 | -1) => {
    const next = (under.get(name) ?? 0) + by
    if (next === 0) under.delete(name)
    else under.set(name, next)
  }
  return async (limits, full, work) => {
    if (limits.some(([name, most]) => (under.get(name) ?? 0) >= most)) throw full()
    for (const [name] of limits) count(name, 1)
    try {
      return await work()
    } finally {
      for (const [name] of limits) count(name, -1)
    }
  }
}
