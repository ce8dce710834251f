// The error summary of a form from its field errors: field names are the ids of the controls.
import type { FieldErrors } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import type { Lang } from '../i18n/texts.ts'
import { ErrorSummary } from './components/error-summary/error-summary.tsx'

export function FormErrors(props: { errors: FieldErrors; lang: Lang }) {
  const list = Object.entries(props.errors).map(([field, text]) =>
    field === '' ? { text } : { href: `#${field}`, text },
  )
  return list.length === 0 ? null : <ErrorSummary title={coreTexts(props.lang)('error.summary')} errors={list} />
}
