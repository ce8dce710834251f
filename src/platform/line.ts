// A line for work that must not all run at once: some run, some wait their turn, the rest is turned away.

/** Runs `work` when its turn comes; throws what `full` gives when too many wait already. */
export type Line = <T>(work: () => Promise<T>) => Promise<T>

export function line(options: { readonly atOnce: number; readonly waiting: number; readonly full: () => Error }): Line {
  const { atOnce, waiting, full } = options
  const queue: (() => void)[] = []
  let running = 0
  return async work => {
    if (running >= atOnce) {
      if (queue.length >= waiting) throw full()
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
