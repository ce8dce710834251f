// Events: a fact other modules may act on later. Publishing adds one job; the worker fans it out, one job a subscriber.
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
  readonly handle: (event: Event) => Promise<void>
}

const eventSchema = z.object({
  name: z.string(),
  id: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})

export async function publish(tx: Db, event: Event): Promise<void> {
  await enqueue(tx, 'events.fan-out', event)
}

/** The jobs that carry events: the fan-out, and one for each subscriber. */
export function eventJobs(db: Db, subscribers: readonly Subscriber[]): AnyJob[] {
  const fanOut = job({
    name: 'events.fan-out',
    schema: eventSchema,
    handle: async event => {
      for (const subscriber of subscribers.filter(each => each.event === event.name)) {
        await enqueue(db, `on.${subscriber.name}`, event, { key: `${event.id}/${subscriber.name}` })
      }
    },
  })
  return [
    fanOut,
    ...subscribers.map(each => job({ name: `on.${each.name}`, schema: eventSchema, handle: each.handle })),
  ]
}
