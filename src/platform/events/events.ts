// Events: a fact other modules act on later. Publishing adds one job for each subscriber whom it concerns, in the publisher's transaction.
import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { type AnyJob, enqueue, job } from '../jobs/jobs.ts'

/** A fact of the past. Ids and facts only: no secrets, no personal data. */
export interface Event {
  readonly name: string
  /** Unique: a subscriber that sees it twice does nothing the second time. */
  readonly id: string
  readonly facts: Readonly<Record<string, string | number | null>>
}

export interface Subscriber {
  /** `module.what-it-does`. */
  readonly name: string
  readonly event: string
  /** Told by the facts alone and the same in every process, whatever its configuration: most facts concern nobody. */
  readonly concerns: (event: Event) => boolean
  readonly handle: (event: Event) => Promise<void>
}

export interface Events {
  publish(tx: Db, event: Event): Promise<void>
}

const eventSchema = z.object({
  name: z.string(),
  id: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})

/** The events of one app; whoever puts it together names the subscribers once it has them. */
export function createEvents(): Events & { subscribe(all: readonly Subscriber[]): void; jobs(db: Db): AnyJob[] } {
  const subscribers: Subscriber[] = []
  const publish = async (tx: Db, event: Event): Promise<void> => {
    for (const each of subscribers)
      if (each.event === event.name && each.concerns(event)) await enqueue(tx, `on.${each.name}`, event)
  }
  return {
    publish,
    subscribe: all => void subscribers.push(...all),
    jobs: db => [
      // What version 0.2.0 and before left in the queue: there the worker handed an event on.
      job({ name: 'events.fan-out', schema: eventSchema, handle: event => publish(db, event) }),
      ...subscribers.map(each => job({ name: `on.${each.name}`, schema: eventSchema, handle: each.handle })),
    ],
  }
}
