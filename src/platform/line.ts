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
