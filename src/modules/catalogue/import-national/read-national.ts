// Procedures as others publish them, read into definitions for information: answers of `LayThuTuc` (national portal) and
// harvested procedure pages with Vietnamese keys. What is not understood is listed, never guessed.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { normalise } from '../../../platform/text.ts'
import type { Definition, PAGE_ROWS, ProcedurePage } from '../definition.ts'

type PageRow = (typeof PAGE_ROWS)[number]

export interface NationalReading {
  /** Null when the record cannot be a procedure at all; `missed` says why. */
  readonly definition: Definition | null
  readonly title: string
  /** Rows of the procedure page that were filled. */
  readonly understood: readonly string[]
  /** What stood there and was not taken, as `row: text`. */
  readonly missed: readonly string[]
}

const words = z.preprocess(value => (typeof value === 'number' ? String(value) : (value ?? '')), z.string())
const many = <T extends z.ZodType>(item: T) =>
  z.preprocess(value => (value === null || value === undefined || value === '' ? [] : [value].flat()), z.array(item))

/** Result of `LayThuTuc`, as documented; unknown keys are let through. */
const answer = z.looseObject({
  MATTHC: words,
  TENTTHC: words,
  LINHVUCTHUCHIEN: many(z.looseObject({ TENLINHVUC: words })),
  TRINHTUTHUCHIEN: many(z.looseObject({ TRUONGHOP: words, TRINHTU: many(z.looseObject({ TENTRINHTU: words })) })),
  CACHTHUCTHUCHIEN: many(
    z.looseObject({
      KENH: words,
      THOIGIAN: many(
        z.looseObject({
          THOIGIANGIAIQUYET: words,
          DONVITINH: words,
          MOTA: words,
          PHILEPHI: many(z.looseObject({ SOTIEN: words, DONVI: words, MOTA: words })),
        }),
      ),
    }),
  ),
  THANHPHANHOSO: many(
    z.looseObject({ TRUONGHOP: words, GIAYTO: many(z.looseObject({ TENGIAYTO: words, TENMAUDON: words })) }),
  ),
  YEUCAU: words,
  MOTADOITUONGTHUCHIEN: words,
  KETQUATHUCHIEN: many(z.looseObject({ TENKETQUA: words })),
  CANCUPHAPLY: many(z.looseObject({ SOVANBAN: words, TENVANBAN: words })),
  COQUANTHUCHIEN: many(z.looseObject({ TENDONVI: words })),
  TRANGTHAI: words,
})

/** A procedure page of the national portal as harvested, with its headings as keys. */
const harvested = z.looseObject({
  title: words,
  'Trình tự thực hiện': words,
  'Cách thức thực hiện': many(
    z.looseObject({ 'Hình thức nộp': words, 'Thời hạn giải quyết': words, 'Phí, lệ phí': words, 'Mô tả': words }),
  ),
  'Thành phần hồ sơ': many(z.looseObject({ 'Tên giấy tờ': words, 'Số lượng - bản chính': words })),
  'Cơ quan thực hiện': words,
})

/** One form for both sources. */
interface Told {
  readonly code: string
  readonly title: string
  readonly field: string
  readonly sequence: string
  readonly channels: readonly { readonly channel: string; readonly limit: string; readonly fees: readonly string[] }[]
  readonly papers: readonly { readonly name: string; readonly counts: string }[]
  readonly requirements: string
  readonly audience: string
  readonly results: readonly string[]
  readonly legal: readonly string[]
  readonly agency: string
  readonly source: string
}

/** Text without tags, entities of HTML resolved, spaces folded, line ends kept. */
function clean(text: string): string {
  return normalise(
    text
      .replace(/<br\s*\/?>|<\/p>/gi, '\n')
      .replace(/<[^>]{0,500}>/g, '')
      .replace(/&nbsp;/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  )
    .split('\n')
    .map(line => line.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
    .join('\n')
}

const CHANNELS: Readonly<Record<string, string>> = { 1: 'Trực tiếp', 2: 'Trực tuyến', 3: 'Dịch vụ bưu chính' }

function told(record: unknown): Told | null {
  const page = harvested.safeParse(record)
  if (page.success && page.data.title !== '') {
    const { data } = page
    return {
      code: '',
      title: data.title,
      field: '',
      sequence: data['Trình tự thực hiện'],
      channels: data['Cách thức thực hiện'].map(each => ({
        channel: each['Hình thức nộp'],
        limit: each['Thời hạn giải quyết'],
        fees: [each['Phí, lệ phí']],
      })),
      papers: data['Thành phần hồ sơ'].map(each => ({
        name: each['Tên giấy tờ'],
        counts: each['Số lượng - bản chính'],
      })),
      requirements: '',
      audience: '',
      results: [],
      legal: [],
      agency: data['Cơ quan thực hiện'],
      source: 'Cổng Dịch vụ công quốc gia (bản thu thập)',
    }
  }
  const national = answer.safeParse(record)
  if (!national.success || national.data.TENTTHC === '') return null
  const { data } = national
  return {
    code: data.MATTHC,
    title: data.TENTTHC,
    field: data.LINHVUCTHUCHIEN[0]?.TENLINHVUC ?? '',
    sequence: data.TRINHTUTHUCHIEN.flatMap(each => [each.TRUONGHOP, ...each.TRINHTU.map(step => step.TENTRINHTU)]).join(
      '\n',
    ),
    channels: data.CACHTHUCTHUCHIEN.flatMap(each =>
      each.THOIGIAN.map(time => ({
        channel: CHANNELS[each.KENH] ?? each.KENH,
        limit: `${time.THOIGIANGIAIQUYET} ${time.DONVITINH}`.trim(),
        fees: time.PHILEPHI.map(fee => `${fee.SOTIEN} ${fee.DONVI}`.trim()),
      })),
    ),
    papers: data.THANHPHANHOSO.flatMap(each => each.GIAYTO.map(paper => ({ name: paper.TENGIAYTO, counts: '' }))),
    requirements: data.YEUCAU,
    audience: data.MOTADOITUONGTHUCHIEN,
    results: data.KETQUATHUCHIEN.map(each => each.TENKETQUA),
    legal: data.CANCUPHAPLY.map(each => [each.SOVANBAN, each.TENVANBAN].filter(Boolean).join(' – ')),
    agency: data.COQUANTHUCHIEN.map(each => each.TENDONVI).join('; '),
    source: 'Cổng Dịch vụ công quốc gia (LayThuTuc)',
  }
}

/** "07 Ngày làm việc", "15 Ngày", "24 Giờ làm việc"; null for anything else. */
export function readLimit(text: string): ProcedurePage['time_limit'] {
  const match = /^(\d{1,3})\s*(ngày làm việc|ngày|giờ làm việc)$/i.exec(clean(text))
  const value = Number(match?.[1])
  if (match === null || value < 1 || value > 400) return null
  const unit = match[2]?.toLowerCase()
  if (unit === 'ngày') return { unit: 'days', value }
  return { unit: unit === 'ngày làm việc' ? 'working-days' : 'working-hours', value }
}

/** "Lệ phí: 50.000 Đồng" and "50000 Đồng" give whole đồng; null where no single sum stands. */
export function readFee(text: string): number | null {
  const sums = clean(text).match(/\d{1,3}(?:[.,]\d{3})+|\d+(?=\s*(?:đồng|vnđ|vnd))/gi) ?? []
  if (sums.length !== 1) return null
  const sum = Number((sums[0] ?? '').replace(/[.,]/g, ''))
  return Number.isSafeInteger(sum) ? sum : null
}

function readLevels(agency: string): ('province' | 'commune')[] {
  const text = agency.toLowerCase()
  const commune = /(?<!\p{L})(xã|phường|thị trấn)/u.test(text)
  const province = /(?<!\p{L})(tỉnh|sở|thành phố)/u.test(text)
  return [...(province ? (['province'] as const) : []), ...(commune ? (['commune'] as const) : [])]
}

/** Codes of procedures that came without one: 8, then six digits of the title's digest; the same title, the same code. */
function localCode(title: string): string {
  const digits = createHash('sha256').update(title).digest().readUIntBE(0, 6) % 1_000_000
  return `8.${String(digits).padStart(6, '0')}`
}

/** Reads one record of either source. */
export function readNational(record: unknown): NationalReading {
  const source = told(record)
  if (source === null)
    return { definition: null, title: '', understood: [], missed: ['neither LayThuTuc nor a procedure page: no title'] }
  const title = clean(source.title)
  const understood: string[] = ['title']
  const missed: string[] = []
  const unverified: PageRow[] = []
  const note = (row: PageRow, found: boolean, text: string): void => {
    if (found) understood.push(row)
    else {
      unverified.push(row)
      missed.push(`${row}: ${text === '' ? 'nothing stands there' : text.slice(0, 120)}`)
    }
  }
  const given = /^\d\.\d{6}(\.[0-9A-Z.]+)?$/.test(source.code.trim())
  note('code', given, source.code)
  const limits = [...new Set(source.channels.map(each => clean(each.limit)).filter(Boolean))]
  const limit = limits.length === 1 ? readLimit(limits[0] ?? '') : null
  note('time_limit', limit !== null, limits.join(' | '))
  const feeTexts = [...new Set(source.channels.flatMap(each => each.fees.map(clean)).filter(Boolean))]
  const sums = [...new Set(feeTexts.map(readFee))]
  const sum = sums.length === 1 ? (sums[0] ?? null) : null
  note('fees', sum !== null, feeTexts.join(' | '))
  const papers = source.papers.filter(each => clean(each.name) !== '')
  note('components', papers.length > 0, '')
  const levels = readLevels(source.agency)
  note('agency', clean(source.agency) !== '', '')
  note('levels', levels.length > 0, source.agency)
  const results = source.results.map(clean).filter(Boolean)
  note('results', results.length > 0, '')
  note('audience', clean(source.audience) !== '', '')
  const legal = source.legal.map(clean).filter(Boolean)
  note('legal', legal.length > 0, '')
  const online = source.channels.some(each => /trực tuyến/i.test(each.channel))
  note('online', source.channels.length > 0, '')
  if (clean(source.field) === '') missed.push('field: nothing stands there')
  const sequence = clean(source.sequence)
  if (sequence === '') missed.push('sequence: nothing stands there')
  else understood.push('sequence')
  const agency = clean(source.agency)
  const definition: Definition = {
    procedure: {
      code: given ? source.code.trim() : localCode(title),
      kind: 'information',
      title: { vi: title },
      field: { vi: clean(source.field) || 'Chưa phân loại' },
      levels: levels.length > 0 ? levels : ['province', 'commune'],
      life_events: [],
      keywords: [],
      summary: { vi: title },
      audience: { vi: clean(source.audience) || 'Chưa rõ' },
      results: results.length > 0 ? results.map(vi => ({ vi })) : [{ vi: 'Chưa rõ' }],
      time_limit: limit,
      ...(limit === null && limits.length > 0 ? { time_note: { vi: limits.join('; ') } } : {}),
      fees: sum === null ? [] : [{ name: { vi: 'Phí, lệ phí' }, amount: sum }],
      components: papers.map((paper, index) => {
        const counts = /bản chính:\s*(\d+).*?bản sao:\s*(\d+)/i.exec(paper.counts)
        return {
          id: `giay-to-${index + 1}`,
          name: { vi: clean(paper.name).replace(/^[-+•]\s*/, '') },
          originals: Math.min(Number(counts?.[1] ?? 0), 99),
          copies: Math.min(Number(counts?.[2] ?? 0), 99),
          required: true,
        }
      }),
      ...(clean(source.requirements) === '' ? {} : { requirements: { vi: clean(source.requirements) } }),
      ...(sequence === '' ? {} : { sequence: { vi: sequence } }),
      legal,
      online: online ? 'partial' : 'in-person',
      ...(agency === '' ? {} : { system: agency }),
      unverified,
      source: source.source,
    },
    form: null,
    process: null,
    letters: [],
  }
  return { definition, title, understood, missed }
}
