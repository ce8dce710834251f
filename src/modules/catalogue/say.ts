// Time limits and fees as sentences.
import type { TimeLimit } from '../../platform/calendar/working-time.ts'
import { formatMoney } from '../../platform/i18n/format.ts'
import { type Lang, local } from '../../platform/i18n/texts.ts'
import type { ProcedurePage } from './definition.ts'
import { texts } from './texts.ts'

export function sayLimit(limit: TimeLimit | null, lang: Lang): string {
  const t = texts(lang)
  if (limit === null) return t('limit.none')
  if (limit.unit !== 'same-day') return t(`limit.${limit.unit}`, { value: limit.value })
  const hour = `${Math.floor(limit.cutoff / 60)}:${String(limit.cutoff % 60).padStart(2, '0')}`
  return t('limit.same-day', { hour })
}

export function sayFees({ fees, unverified }: Pick<ProcedurePage, 'fees' | 'unverified'>, lang: Lang): string[] {
  const t = texts(lang)
  // Without fees that somebody verified nothing is promised.
  if (fees.length === 0) return [t(unverified.includes('fees') ? 'fee.unknown' : 'fee.free')]
  return fees.map(fee => {
    const amount =
      fee.amount === null ? t('fee.unknown') : fee.amount === 0 ? t('fee.free') : formatMoney(fee.amount, lang)
    const online =
      fee.online === undefined || fee.online === null
        ? ''
        : `; ${t('fee.online', { amount: formatMoney(fee.online, lang) })}`
    return `${local(fee.name, lang)}: ${amount}${online}${fee.note === undefined ? '' : ` (${local(fee.note, lang)})`}`
  })
}
