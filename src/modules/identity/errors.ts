// Errors of identity.
import { AppError } from '../../platform/errors.ts'
import { coreTexts } from '../../platform/i18n/core-texts.ts'
import { formatWait } from '../../platform/i18n/format.ts'
import { texts } from './texts.ts'

export const wrongCredentials = () =>
  new AppError({ code: 'identity.wrong-credentials', status: 422, say: lang => texts(lang)('error.wrong-credentials') })
export const wrongCode = () =>
  new AppError({ code: 'identity.wrong-code', status: 422, say: lang => texts(lang)('error.wrong-code') })
export const tooManyTries = (seconds: number) =>
  new AppError({
    code: 'identity.too-many-tries',
    status: 429,
    say: lang => texts(lang)('error.too-many-tries', { wait: formatWait(seconds, lang) }),
    retryAfterSeconds: seconds,
  })
export const passwordsBusy = () =>
  new AppError({
    code: 'identity.busy',
    status: 503,
    say: lang => coreTexts(lang)('error.too-many', { seconds: 10 }),
    retryAfterSeconds: 10,
  })
export const wrongActivation = () =>
  new AppError({ code: 'identity.wrong-activation', status: 422, say: lang => texts(lang)('error.wrong-activation') })
export const wrongContactCode = () =>
  new AppError({
    code: 'identity.wrong-contact-code',
    status: 422,
    say: lang => texts(lang)('error.wrong-contact-code'),
  })
export const codeSpent = () =>
  new AppError({ code: 'identity.code-spent', status: 429, say: lang => texts(lang)('error.code-spent') })
export const stepExpired = () =>
  new AppError({ code: 'identity.step-expired', status: 410, say: lang => texts(lang)('error.step-expired') })
export const noPost = () =>
  new AppError({ code: 'identity.no-post', status: 403, say: lang => texts(lang)('error.no-post') })
