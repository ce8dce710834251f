// Who the simulator knows: demo people, and anybody by a typed number.
import { createHash } from 'node:crypto'

export interface Person {
  sub: string
  LoaiTaiKhoan: string
  SoDinhDanh: string
  HoVaTen: string
  NgayThangNamSinh: string // yyyyMMdd
  TechID: string
  loAs: string
  IAL: string
}
export const CUSTOM_CLAIMS = [
  'LoaiTaiKhoan',
  'SoDinhDanh',
  'HoVaTen',
  'NgayThangNamSinh',
  'TechID',
  'loAs',
  'IAL',
  'userProfileUri',
  'logoutUri',
]

function uuidOf(label: string, number: string): string {
  const h = createHash('sha256').update(`${label}:${number}`).digest('hex')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20, 32)}`
}

/** 4th digit of the personal number encodes century + sex, 5th-6th the year of birth. */
export function personFromNumber(number: string, name?: string, birth?: string): Person {
  const century = 1900 + 100 * Math.floor(Number(number[3]) / 2)
  return {
    sub: uuidOf('sub', number),
    LoaiTaiKhoan: 'CaNhan',
    SoDinhDanh: number,
    HoVaTen: name ?? `Công dân mô phỏng ${number.slice(-4)}`,
    NgayThangNamSinh: birth ?? `${century + Number(number.slice(4, 6))}0101`,
    TechID: uuidOf('tech', number),
    loAs: '2',
    IAL: '2',
  }
}

/** sub -> person; bounded, demo persons are never dropped. */
export class Directory {
  readonly demo: readonly Person[]
  readonly #bySub = new Map<string, Person>()
  readonly #typed = new Map<string, Person>()
  readonly #max: number
  constructor(demo: readonly Person[], max = 500) {
    this.#max = max
    this.demo = demo
    for (const p of demo) this.#bySub.set(p.sub, p)
  }
  bySub(sub: string): Person | undefined {
    return this.#bySub.get(sub) ?? this.#typed.get(sub)
  }
  /** undefined when the number is not 12 digits */
  enter(number: string): Person | undefined {
    if (!/^\d{12}$/.test(number)) return undefined
    const known = this.demo.find(p => p.SoDinhDanh === number)
    if (known) return known
    const p = personFromNumber(number)
    this.#typed.delete(p.sub)
    this.#typed.set(p.sub, p)
    for (const k of this.#typed.keys()) {
      if (this.#typed.size <= this.#max) break
      this.#typed.delete(k)
    }
    return p
  }
}
