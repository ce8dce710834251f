// How much one person may begin and file in a day: more than anybody needs, less than fills a disk or floods strangers with mail.
import { takeAttempts } from '../../../platform/access/attempts.ts'
import { AppError } from '../../../platform/errors.ts'
import type { UploadedFile } from '../../../platform/http/form-body.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import type { House } from '../change-dossier.ts'

/** What a citizen may send in files within a day, MB: four drafts as full as they get. */
const MEGABYTES = 2000

/** Counts what a citizen sends in files today. Throws 429 past the limit, before any of it is kept. */
export const brakeBytes = (house: House, request: WebRequest, files: readonly UploadedFile[]): Promise<void> => {
  const bytes = files.reduce((sum, file) => sum + file.stored.size, 0)
  return bytes === 0 ? Promise.resolve() : brake(house, request, 'megabyte', MEGABYTES, Math.ceil(bytes / 1e6))
}

/** Counts one `what` of a citizen today, or `cost` of it. Throws 429 past `most`. Officers at a counter are not counted. */
export async function brake(
  house: House,
  request: WebRequest,
  what: 'draft' | 'filing' | 'megabyte',
  most: number,
  cost = 1,
): Promise<void> {
  const { actor, at } = request
  if (actor.kind !== 'citizen') return
  const seconds = await takeAttempts(house.db, house.keys, at, [
    { bucket: `${what} of ${actor.id}`, limit: most, windowSeconds: 86_400, cost },
  ])
  if (seconds > 0)
    throw new AppError({
      code: 'dossier.too-many',
      status: 429,
      say: lang => coreTexts(lang)('error.too-many', { seconds }),
      retryAfterSeconds: seconds,
    })
}
