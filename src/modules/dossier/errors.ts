// Errors of the dossier.
import { AppError } from '../../platform/errors.ts'
import type { Lang } from '../../platform/i18n/texts.ts'
import type { Refusal } from './process.ts'
import { texts } from './texts.ts'

export const noDossier = () =>
  new AppError({ code: 'dossier.not-found', status: 404, say: lang => texts(lang)('error.not-found') })
export const refusedMove = (refusal: Refusal) =>
  new AppError({ code: `dossier.${refusal}`, status: 409, say: lang => texts(lang)(`error.${refusal}`) })
/** Somebody else acted first: says who and what. */
export const stale = (what: (lang: Lang) => string) =>
  new AppError({ code: 'dossier.stale', status: 409, say: lang => texts(lang)('error.stale', { what: what(lang) }) })
export const notYours = () =>
  new AppError({ code: 'dossier.not-yours', status: 403, say: lang => texts(lang)('error.not-yours') })
export const noOutcome = () =>
  new AppError({ code: 'dossier.no-outcome', status: 422, say: lang => texts(lang)('error.outcome') })
export const textTooLong = () =>
  new AppError({ code: 'dossier.too-long', status: 422, say: lang => texts(lang)('error.too-long') })
/** A system that acts for one agency, and a dossier that another decides. */
export const notYourAgency = () =>
  new AppError({ code: 'dossier.not-your-agency', status: 403, say: lang => texts(lang)('error.not-your-agency') })
export const foreignCodeTaken = () =>
  new AppError({
    code: 'dossier.foreign-code-taken',
    status: 409,
    say: lang => texts(lang)('error.foreign-code-taken'),
  })
export const NOBODY_THERE = 'dossier.nobody-there'
export const nobodyThere = (detail: string) =>
  new AppError({ code: NOBODY_THERE, status: 409, say: lang => texts(lang)('error.nobody-there'), detail })
export const noAgency = () =>
  new AppError({ code: 'dossier.no-agency', status: 422, say: lang => texts(lang)('error.no-agency') })
/** What another system leads, or only informs of, is not filed here. */
export const notFiledHere = () =>
  new AppError({ code: 'dossier.not-filed-here', status: 422, say: lang => texts(lang)('error.not-filed-here') })
export const draftTooLong = () =>
  new AppError({ code: 'dossier.draft-too-long', status: 413, say: lang => texts(lang)('error.draft-too-long') })
export const draftGone = () =>
  new AppError({ code: 'dossier.draft-gone', status: 404, say: lang => texts(lang)('error.draft-gone') })
