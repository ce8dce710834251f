// The page a person sees when something could not be done, and the JSON a program gets.
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import type { Lang } from '../i18n/texts.ts'
import { Button } from '../view/components/button/button.tsx'
import { type Answer, json, page } from './answer.ts'

/** Draws an expected error, or a surprise by its number only. `back`: the page of ours that somebody came from. */
export function errorPage(error: unknown, requestId: string, lang: Lang, back: string | null = null): Answer {
  const t = coreTexts(lang)
  const known = error instanceof AppError ? error.parts : null
  const title = t(known?.status === 404 ? 'error.lost-title' : 'error.page-title')
  return page({
    status: known?.status ?? 500,
    title,
    noIndex: true,
    body: (
      <div class="column">
        <h1>{title}</h1>
        <p class="lead">{known?.say(lang) ?? t('error.unexpected')}</p>
        {known === null ? <p>{t('error.number', { id: requestId })}</p> : null}
        <div class="buttons">
          {back === null ? null : <Button href={back} text={t('error.back')} />}
          <Button href="/" text={t('error.home')} secondary />
        </div>
      </div>
    ),
  })
}

/** RFC 9457 problem details. */
export function errorJson(error: unknown, requestId: string, lang: Lang): Answer {
  const known = error instanceof AppError ? error.parts : null
  return json(
    {
      type: known === null ? 'about:blank' : `urn:motcua:error:${known.code}`,
      title: known?.say(lang) ?? coreTexts(lang)('error.unexpected'),
      status: known?.status ?? 500,
      instance: requestId,
      ...(known?.fields === undefined ? {} : { errors: known.fields }),
    },
    known?.status ?? 500,
    'application/problem+json',
  )
}
