// How much one person may begin and file in a day: more than anybody needs, less than fills a disk or floods strangers with mail.
import { takeAttempts } from '../../../platform/access/attempts.ts'
import { AppError } from '../../../platform/errors.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import type { House } from '../change-dossier.ts'

/** Counts one `what` of a citizen today. Throws 429 past `most`. Officers at a counter are not counted. */
export async function brake(house: House, request: WebRequest, what: 'draft' | 'filing', most: number): Promise<void> {
  const { actor, at } = request
  if (actor.kind !== 'citizen') return
  const seconds = await takeAttempts(house.db, house.keys, at, [
    { bucket: `${what} of ${actor.id}`, limit: most, windowSeconds: 86_400 },
  ])
  if (seconds > 0)
    throw new AppError({
      code: 'dossier.too-many',
      status: 429,
      say: lang => coreTexts(lang)('error.too-many', { seconds }),
      retryAfterSeconds: seconds,
    })
}
