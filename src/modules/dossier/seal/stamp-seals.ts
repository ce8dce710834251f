// Seals are shown to a time-stamping authority, one by one, oldest first: what it could not stamp now waits for the next hour.
import { type Authorities, type TimestampPort, verifyTimestamp } from '../../signing/index.ts'
import type { House } from '../change-dossier.ts'
import { insertStamp, stampedSeals, unstampedSeals } from '../store/stamps.ts'

/** Of one run; an authority that was away for long is not asked for everything at once. */
const MOST = 100

/** Gives how many were stamped. Rejects at the first that was not: the job says why, and is tried again. */
export async function stampSeals(house: House, authority: TimestampPort): Promise<number> {
  let stamped = 0
  for (const seal of await unstampedSeals(house.db, MOST)) {
    // Outside any transaction; a crash before the row asks once more, and the second token is as good.
    const token = await authority.stamp(Buffer.from(seal.body))
    await insertStamp(house.db, {
      seal: seal.number,
      token: token.der,
      stampedAt: token.at,
      authority: token.authority,
    })
    stamped++
  }
  return stamped
}

/** What is wrong with stamps: one that stamps another text, whose signature does not hold, or that stands under none of `authorities`. */
export async function verifyStamps(
  house: Pick<House, 'db'>,
  authorities: Authorities,
): Promise<{ stamps: number; faults: string[] }> {
  const faults: string[] = []
  let stamps = 0
  for (let after = 0; ; ) {
    const page = await stampedSeals(house.db, after, 100)
    for (const { number, body, token, stampedAt } of page) {
      stamps++
      try {
        const { at } = await verifyTimestamp(token, Buffer.from(body), authorities)
        if (at.getTime() !== stampedAt.getTime()) faults.push(`stamp of seal ${number}: its time was changed`)
      } catch (error) {
        faults.push(`stamp of seal ${number}: ${(error as Error).message}`)
      }
    }
    const last = page.at(-1)
    if (last === undefined) return { stamps, faults }
    after = last.number
  }
}
