// Fictional people for seeds: surnames by their real frequency, deterministic from a seed number.

/**
 * The commonest surnames with the percent of people who bear them (Lê Trung Hoa, Họ và tên người Việt Nam, 2005). Where two
 * spellings share a figure each has half of it: which half is assumed.
 */
const COMMON: readonly (readonly [string, number])[] = [
  ['Nguyễn', 38.4],
  ['Trần', 11],
  ['Lê', 9.5],
  ['Phạm', 7.1],
  ['Hoàng', 2.55],
  ['Huỳnh', 2.55],
  ['Phan', 4.5],
  ['Vũ', 1.95],
  ['Võ', 1.95],
  ['Đặng', 2.1],
  ['Bùi', 2],
  ['Đỗ', 1.4],
  ['Hồ', 1.3],
  ['Ngô', 1.3],
  ['Dương', 1],
  ['Lý', 0.5],
]
/** The others, which share what is left, each less than the one before it (1/rank): their order is assumed. */
const RARER =
  'Đinh Trương Đoàn Mai Trịnh Đào Cao Lương Hà Lưu Tạ Tô Phùng Thái Chu Quách Triệu Lâm Vương Tăng Kiều La Từ Nông Lò Hứa Tống Diệp Nghiêm Thạch Kim Châu Giang Bạch Cù Doãn Khổng Ma Mạc Ninh Ông Quan Sầm Siu Thân Tôn Ung Văn Viên Vi Âu Bế Ngân Lèng Giàng Vàng Sùng'.split(
    ' ',
  )
const LEFT = 100 - COMMON.reduce((sum, [, share]) => sum + share, 0)
const HARMONIC = RARER.reduce((sum, _, rank) => sum + 1 / (rank + 1), 0)
const SURNAMES: readonly (readonly [string, number])[] = [
  ...COMMON,
  ...RARER.map((name, rank) => [name, LEFT / HARMONIC / (rank + 1)] as const),
]
const MIDDLE = ['Văn', 'Thị', 'Đức', 'Ngọc', 'Minh', 'Thanh', 'Hữu', 'Thu', 'Quang', 'Kim']
const GIVEN = [
  'An',
  'Bình',
  'Chi',
  'Dũng',
  'Giang',
  'Hà',
  'Hải',
  'Hạnh',
  'Hoa',
  'Hùng',
  'Khánh',
  'Lan',
  'Linh',
  'Long',
  'Mai',
  'Nam',
  'Nga',
  'Phúc',
  'Phương',
  'Sơn',
  'Thảo',
  'Thắng',
  'Tuấn',
  'Việt',
  'Yến',
]

/** A small deterministic generator (mulberry32): the same seed gives the same province. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T
}

/** Draws from a list of things with weights; the weights need not sum to one. */
export function weighted<T>(items: readonly (readonly [T, number])[]): (random: () => number) => T {
  const total = items.reduce((sum, [, weight]) => sum + weight, 0)
  return random => {
    let at = random() * total
    for (const [item, weight] of items) {
      at -= weight
      if (at < 0) return item
    }
    return items[0]?.[0] as T
  }
}

const surname = weighted(SURNAMES)

export function personName(random: () => number): string {
  return `${surname(random)} ${pick(random, MIDDLE)} ${pick(random, GIVEN)}`
}
