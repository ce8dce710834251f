// Places that answers name: their names, and whether a commune lies in its province.
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import { type Answers, type PlaceNames, placeCodes } from '../../forms/index.ts'
import { findPlace, listPlaces, type Place } from '../../organisation/index.ts'

export async function placeNames(tx: Db, codes: readonly string[], at: Date): Promise<PlaceNames> {
  const names = new Map<string, string>()
  for (const code of new Set(codes)) {
    const place = await findPlace(tx, code, civilDateOf(at))
    if (place !== null) names.set(code, place.name)
  }
  return names
}

/** What the address picker and its check need for these answers. */
export async function placesContext(tx: Db, answers: Answers, at: Date) {
  const today = civilDateOf(at)
  const provinces = await listPlaces(tx, null, today)
  const known = new Set(provinces.map(place => place.code))
  const communes = new Map<string, readonly Place[]>()
  for (const code of new Set(placeCodes(answers)))
    if (known.has(code)) communes.set(code, await listPlaces(tx, code, today))
  return {
    provinces,
    communes,
    communeIn: (commune: string, province: string) =>
      communes.get(province)?.some(place => place.code === commune) ?? false,
  }
}
