// How much one person may begin and file in a day: more than anybody needs, less than fills a disk or floods strangers with mail.
import type { CitizenActor } from '../../../platform/access/actor.ts'
import { limitsFrom, returnAttempts, takeAttempts } from '../../../platform/access/attempts.ts'
import { AppError } from '../../../platform/errors.ts'
import type { UploadedFile } from '../../../platform/http/form-body.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { formatSize } from '../../../platform/i18n/format.ts'
import type { House } from '../change-dossier.ts'
import { texts } from '../texts.ts'

/** What a citizen may send in files within a day, MB: four drafts as full as they get. */
const MEGABYTES = 2000

/** What one network may send, MB, and begin or file: accounts cost nothing, so one person can have many of them. */
const OF_NETWORK = { megabytes: 20_000, acts: 2000 }
/** And a /48, in which a mobile operator has a town: so many times as much. */
const OF_CUSTOMER = 5

const UNSAID = 1e9

const ofFiles = (actor: CitizenActor, network: string, bytes: number) => {
  const cost = Math.ceil(bytes / 1e6)
  return [
    { bucket: `megabyte of ${actor.id}`, limit: MEGABYTES, windowSeconds: 86_400, cost },
    ...limitsFrom(network, 'megabyte', {
      limit: OF_NETWORK.megabytes,
      ofCustomer: OF_NETWORK.megabytes * OF_CUSTOMER,
      windowSeconds: 86_400,
      cost,
    }),
  ]
}

const dayFull = (seconds: number) =>
  new AppError({
    code: 'file.day-full',
    status: 422,
    say: lang =>
      texts(lang)('error.day-full', { size: formatSize(MEGABYTES * 1e6, lang), hours: Math.ceil(seconds / 3600) }),
  })

/** Asked before files are read: throws 429 where a citizen has no room left today for a body of this length. */
export async function admitFiles(house: House, request: WebRequest): Promise<void> {
  const { actor, at } = request
  if (actor.kind !== 'citizen') return
  // Whoever does not say how much comes is taken at the most that can: browsers say it.
  const bytes = Number(request.parts.headers['content-length'] ?? UNSAID)
  // What is typed beside the files is never braked.
  if (bytes <= 1e6) return
  const limits = ofFiles(actor, request.parts.network, bytes)
  const seconds = await takeAttempts(house.db, house.keys, at, limits)
  await returnAttempts(house.db, house.keys, limits, [])
  if (seconds > 0) {
    const { say } = dayFull(seconds).parts
    throw new AppError({ code: 'file.day-full', status: 429, say, retryAfterSeconds: seconds })
  }
}

/** Keeps a file of a citizen within what one may send in a day; what is refused or fails is not counted. Throws 422. */
export async function withinDay<T>(
  house: House,
  request: WebRequest,
  files: readonly UploadedFile[],
  keep: () => Promise<T>,
): Promise<T> {
  const { actor, at } = request
  const bytes = files.reduce((sum, file) => sum + file.stored.size, 0)
  if (actor.kind !== 'citizen' || bytes === 0) return keep()
  const limits = ofFiles(actor, request.parts.network, bytes)
  const giveBack = () => returnAttempts(house.db, house.keys, limits, [])
  const seconds = await takeAttempts(house.db, house.keys, at, limits)
  if (seconds > 0) {
    await giveBack()
    throw dayFull(seconds)
  }
  try {
    return await keep()
  } catch (error) {
    await giveBack()
    throw error
  }
}

/** Counts one `what` of a citizen today. Throws 429 past `most`. Officers at a counter are not counted. */
export async function brake(house: House, request: WebRequest, what: 'draft' | 'filing', most: number): Promise<void> {
  const { actor, at } = request
  if (actor.kind !== 'citizen') return
  const own = [{ bucket: `${what} of ${actor.id}`, limit: most, windowSeconds: 86_400 }]
  const shared = limitsFrom(request.parts.network, what, {
    limit: OF_NETWORK.acts,
    ofCustomer: OF_NETWORK.acts * OF_CUSTOMER,
    windowSeconds: 86_400,
  })
  const seconds = await takeAttempts(house.db, house.keys, at, own, shared)
  if (seconds > 0)
    throw new AppError({
      code: 'dossier.too-many',
      status: 429,
      say: lang => coreTexts(lang)('error.too-many', { seconds }),
      retryAfterSeconds: seconds,
    })
}
