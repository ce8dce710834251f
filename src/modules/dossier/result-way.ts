// How a result reaches its person: the ways there are, the usual one first. The desk offers them, the slip and the person's page
// promise the first.
import type { Channel } from './dossier.ts'
import { ON_PAPER } from './dossier.ts'

export type Way = 'online' | 'counter' | 'post'

/** What decides it. `claimed`: who the applicant is was only said, by an account that no eID stands behind. */
export interface Filed {
  readonly channel: Channel
  readonly claimed: boolean
}

/** A result never goes to somebody who only said who they are: at the counter an identity paper is asked for. */
export function resultWays({ channel, claimed }: Filed): readonly [Way, ...Way[]] {
  if (claimed) return ['counter']
  return ON_PAPER.has(channel) ? ['counter', 'online', 'post'] : ['online', 'counter', 'post']
}
