// The only place that tells the time. Everything else receives a Clock; SQL never calls now().

/** A source of the present instant, cut to whole milliseconds as the database keeps it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** A clock that stands still until it is moved: for tests and for replaying. */
export interface ManualClock extends Clock {
  set(instant: Date): void
  advance(milliseconds: number): void
}

export function manualClock(start: Date): ManualClock {
  let current = start.getTime()
  return {
    now: () => new Date(current),
    set: instant => {
      current = instant.getTime()
    },
    advance: milliseconds => {
      current += milliseconds
    },
  }
}
