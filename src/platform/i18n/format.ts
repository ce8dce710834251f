// Numbers, money, dates and times as Vietnamese officials write them.
import { civilDateOf, civilTimeOf } from '../calendar/civil.ts'
import type { Lang } from './texts.ts'

/** 1250000 → "1.250.000" (vi) or "1,250,000" (en). */
export function formatNumber(value: number, lang: Lang): string {
  const grouped = Math.abs(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, lang === 'vi' ? '.' : ',')
  return value < 0 ? `-${grouped}` : grouped
}

/** 1250000 → "1.250.000 đồng". Money is whole đồng. */
export function formatMoney(dong: number, lang: Lang): string {
  return `${formatNumber(dong, lang)} ${lang === 'vi' ? 'đồng' : 'VND'}`
}

/** '2026-01-05' → "05/01/2026", in both languages, as on Vietnamese papers. */
export function formatCivilDate(date: string): string {
  const [year, month, day] = date.split('-')
  return `${day}/${month}/${year}`
}

/** An instant as its date in Việt Nam, dd/mm/yyyy. */
export function formatDate(instant: Date): string {
  return formatCivilDate(civilDateOf(instant))
}

/** An instant as "14:05 ngày 05/01/2026" in Việt Nam's time. */
export function formatDateTime(instant: Date, lang: Lang): string {
  return `${civilTimeOf(instant)} ${lang === 'vi' ? 'ngày ' : 'on '}${formatDate(instant)}`
}

/** How long to wait, rounded up: 90 → "2 phút", 86400 → "24 giờ". Seconds. */
export function formatWait(seconds: number, lang: Lang): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60))
  const [count, vi, en] = minutes <= 90 ? [minutes, 'phút', 'minute'] : [Math.ceil(minutes / 60), 'giờ', 'hour']
  return lang === 'vi' ? `${count} ${vi}` : `${count} ${en}${count === 1 ? '' : 's'}`
}

/** "2,4 MB", "310 kB". */
export function formatSize(bytes: number, lang: Lang): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  const text = (bytes / 1_000_000).toFixed(1)
  return `${lang === 'vi' ? text.replace('.', ',') : text} MB`
}

/** The line under a document's number: "ngày 05 tháng 01 năm 2026"; days under 10 and months 1–2 take a zero (NĐ 30/2020, Annex I). */
export function formatLetterDate(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-')
  const monthText = Number(month) <= 2 ? month : String(Number(month))
  return `ngày ${day} tháng ${monthText} năm ${year}`
}
