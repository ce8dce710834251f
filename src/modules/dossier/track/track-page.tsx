// Tracking without an account: by the QR code's token, or by code and the last six digits of the phone given.
import { anyone } from '../../../platform/access/access.ts'
import { limitsFrom, returnAttempts, takeAttempts } from '../../../platform/access/attempts.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { formatWait } from '../../../platform/i18n/format.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import type { House } from '../change-dossier.ts'
import { Progress } from '../show/progress.tsx'
import { readDossierView } from '../show/view.ts'
import { findByCodeAndTail, findByToken, readToken } from '../store/current.ts'
import { texts } from '../texts.ts'

export function trackRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/tra-cuu',
      access: anyone,
      handle: request => draw(request, request.query('ma'), '', {}, 200),
    }),
    route({
      method: 'POST',
      path: '/tra-cuu',
      access: anyone,
      handle: async request => {
        const t = texts(request.lang)
        const code = request.form.text('ma').replace(/\s/g, '')
        const tail = request.form.text('so-cuoi').replace(/\D/g, '')
        const errors: Record<string, string> = {}
        if (code === '' || code.length > 60) errors.ma = t('track.error-code')
        if (!/^\d{6}$/.test(tail)) errors['so-cuoi'] = t('track.error-tail')
        if (Object.keys(errors).length > 0) return draw(request, code, tail, errors, 422)
        // Few tries a dossier a day, limits by network and for the whole site: 10^6 tails cannot be walked, not even by many at
        // once. What one network has used up for itself is not taken from the others. The price: many networks together can
        // use up a day's tries of a dossier; its QR code and the own account still open it.
        const { network } = request.parts
        const own = [
          ...limitsFrom(network, `track ${code.toUpperCase()}`, { limit: 8, ofCustomer: 24, windowSeconds: 86_400 }),
          // Codes follow each other: whoever knows a telephone must not walk them until one is its owner's.
          ...limitsFrom(network, `track tail ${tail}`, { limit: 8, ofCustomer: 24, windowSeconds: 86_400 }),
        ]
        // First by itself: past it no code that is made up leaves a row behind.
        const ofNetwork = limitsFrom(network, 'track', { limit: 30, ofCustomer: 600, windowSeconds: 3600 })
        const shared = [
          { bucket: `track ${code.toUpperCase()}`, limit: 60, windowSeconds: 86_400 },
          { bucket: 'track site', limit: 10_000, windowSeconds: 3600 },
        ]
        const wait =
          (await takeAttempts(house.db, house.keys, request.at, ofNetwork)) ||
          (await takeAttempts(house.db, house.keys, request.at, own, shared))
        if (wait > 0)
          throw new AppError({
            code: 'dossier.track-limit',
            status: 429,
            say: lang => texts(lang)('track.limit', { wait: formatWait(wait, lang) }),
            retryAfterSeconds: wait,
          })
        const dossier = await findByCodeAndTail(house.db, house.keys, code, tail)
        // Wrong and absent give the same sentence.
        if (dossier === null) return draw(request, code, tail, { ma: t('track.none') }, 422)
        await returnAttempts(house.db, house.keys, [...ofNetwork, ...own, ...shared], [])
        return redirect(`/tra-cuu/${await readToken(house.db, house.keys, dossier.id)}`)
      },
    }),
    route({
      method: 'GET',
      path: '/tra-cuu/:token',
      access: anyone,
      handle: async request => {
        const token = request.param('token')
        const dossier = token.length < 16 ? null : await findByToken(house.db, house.keys, token)
        // Nobody guesses a token; only wrong ones count, so that whoever tries does not take the page from a whole hall.
        if (dossier === null) {
          const tries = limitsFrom(request.parts.network, 'track token', {
            limit: 300,
            ofCustomer: 6000,
            windowSeconds: 3600,
          })
          const wait = await takeAttempts(house.db, house.keys, request.at, tries)
          if (wait === 0) throw notFound('unknown token')
          throw new AppError({
            code: 'dossier.track-limit',
            status: 429,
            say: lang => coreTexts(lang)('error.too-many', { seconds: wait }),
            retryAfterSeconds: wait,
          })
        }
        const view = await readDossierView(house, house.db, dossier, request.at)
        const t = texts(request.lang)
        return page({
          title: t('track.title'),
          noIndex: true,
          body: (
            <div class="column">
              <h1>{local(view.definition.procedure.title, request.lang)}</h1>
              <p class="soft">
                {dossier.core.code === null
                  ? t('own.reference', { reference: dossier.reference })
                  : t('own.code', { code: dossier.core.code, reference: dossier.reference })}
              </p>
              <Progress view={view} lang={request.lang} at={request.at} />
            </div>
          ),
        })
      },
    }),
  ]
}

function draw(request: WebRequest, code: string, tail: string, errors: FieldErrors, status: number): Answer {
  const t = texts(request.lang)
  return page({
    title: t('track.title'),
    status,
    body: (
      <div class="column">
        <FormErrors errors={errors} lang={request.lang} />
        <h1>{t('track.title')}</h1>
        <p>{t('track.intro')}</p>
        <form method="post" action="/tra-cuu" noValidate>
          <TextInput
            id="ma"
            name="ma"
            label={t('track.code')}
            hint={t('track.code-hint')}
            value={code}
            error={errors.ma}
            spellcheck={false}
          />
          <TextInput
            id="so-cuoi"
            name="so-cuoi"
            label={t('track.tail')}
            value={tail}
            error={errors['so-cuoi']}
            inputmode="numeric"
            width="narrow"
          />
          <Button text={t('track.submit')} />
        </form>
      </div>
    ),
  })
}
