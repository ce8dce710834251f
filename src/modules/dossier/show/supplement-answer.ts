// What a request for supplement asked for, and whether an answer to it will do.
import type { FieldErrors } from '../../../platform/errors.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { texts } from '../texts.ts'
import { componentName, type DossierView } from './view.ts'

/** The papers that the last request for supplement names. */
export function askedPapers(view: DossierView): string[] {
  const asked = view.history.findLast(line => line.type === 'supplement-requested')
  return Array.isArray(asked?.payload?.components) ? (asked.payload.components as string[]) : []
}

/** There is one answer only: a paper that was asked for is in it, or the person says that it cannot be and why. */
export function supplementErrors(request: WebRequest, view: DossierView): FieldErrors {
  const t = texts(request.lang)
  const { form } = request
  const answer = form.text('giai-trinh')
  if (answer.length > 5000) return { 'giai-trinh': t('error.too-long') }
  const papers = askedPapers(view)
  if (form.text('thieu') === 'co' || papers.length === 0)
    return form.files.length === 0 && answer === '' ? { 'giai-trinh': t('error.supplement-empty') } : {}
  const missing = papers.filter(id => !form.files.some(file => file.field === `giay-to.${id}`))
  return Object.fromEntries(
    missing.map(id => [
      `giay-to.${id}`,
      t('error.supplement-paper', { paper: local(componentName(view.definition, id), request.lang) }),
    ]),
  )
}
