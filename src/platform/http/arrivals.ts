// Bodies with files that come in at once: each an open file and perhaps half a gigabyte, for as long as its sender likes.
import type { Actor } from '../access/actor.ts'
import { shares } from '../line.ts'
import { tooBusy } from './refusals.ts'

/** How many of all places each kind of sender may fill: strangers leave room for people, people for officers. */
const PLACES: Readonly<Record<Actor['kind'], number>> = { anonymous: 40, citizen: 80, system: 100, officer: 100 }
/** A person sends a few at once, a hall or a mobile network behind one address some more. */
const OF_ONE = 8
const OF_NETWORK = 30

/** Runs `work` while a body of this sender comes in; throws 503 where the sender, the network or all have too many under way. */
export type Arrivals = <T>(from: { actor: Actor; key: string; network: string }, work: () => Promise<T>) => Promise<T>

export function arrivals(): Arrivals {
  const held = shares()
  return async ({ actor, key, network }, work) => {
    const limits: readonly (readonly [name: string, most: number])[] = [
      ['all', PLACES[actor.kind]],
      // Behind one address of an agency sit all its officers, behind a system all its people.
      ...(actor.kind === 'officer' || actor.kind === 'system' ? [] : [[`from ${network}`, OF_NETWORK] as const]),
      ...(actor.kind === 'system'
        ? []
        : [[actor.kind === 'anonymous' ? `of ${network}` : `of ${key}`, OF_ONE] as const]),
    ]
    return held(limits, tooBusy, work)
  }
}
