// Setting a first or a new password with a code from the operator.
import { anyone } from '../../../platform/access/access.ts'
import { limitsFrom, takeAttempts } from '../../../platform/access/attempts.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { tooManyTries, wrongActivation } from '../errors.ts'
import type { PasswordRules } from '../password/password-rules.ts'
import { hashPassword } from '../sign-in/sign-in.ts'
import { savePassword, useActivation } from '../store/activations.ts'
import { texts } from '../texts.ts'

export function activateRoutes(platform: Platform, rules: PasswordRules): Route[] {
  const draw = (request: WebRequest, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    return page({
      title: t('activate.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('activate.title')}</h1>
          <p>{t('activate.why')}</p>
          <form method="post" action="/dang-nhap/kich-hoat" noValidate>
            <TextInput
              id="ma"
              name="ma"
              label={t('activate.code')}
              value={request.form.text('ma')}
              error={errors.ma}
              autocomplete="one-time-code"
              spellcheck={false}
            />
            <TextInput
              id="mat-khau"
              name="mat-khau"
              type="password"
              label={t('activate.new')}
              hint={t('register.password-hint')}
              error={errors['mat-khau']}
              autocomplete="new-password"
            />
            <Button text={t('activate.submit')} />
          </form>
        </div>
      ),
    })
  }
  /** Throws 422 for a code that opens nothing; then nothing has changed. */
  const activate = async (request: WebRequest, password: string): Promise<void> => {
    const passwordHash = await hashPassword(password)
    await inTransaction(platform.db, async tx => {
      const accountId = await useActivation(tx, request.form.text('ma'), request.at)
      if (accountId === null) throw wrongActivation()
      // Who lost the password may have lost the device too: both begin anew.
      await savePassword(tx, accountId, passwordHash, { forgetFactor: true, keepSession: null })
      await audit(tx, {
        actor: request.actor,
        action: 'identity.activate',
        subject: `account:${accountId}`,
        at: request.at,
        facts: { network: request.parts.network },
        request: request.parts,
      })
    })
  }
  return [
    route({
      method: 'GET',
      path: '/dang-nhap/kich-hoat',
      access: anyone,
      handle: request => draw(request, {}),
    }),
    route({
      method: 'POST',
      path: '/dang-nhap/kich-hoat',
      access: anyone,
      handle: async request => {
        const t = texts(request.lang)
        const wait = await takeAttempts(
          platform.db,
          platform.keys,
          request.at,
          limitsFrom(request.parts.network, 'activate', { limit: 30, ofCustomer: 600, windowSeconds: 3600 }),
        )
        if (wait > 0) throw tooManyTries(wait)
        const password = request.form.raw('mat-khau')
        const fault = await rules.fault(password, [])
        if (fault !== null) return draw(request, { 'mat-khau': t(`error.password-${fault}`) }, 422)
        try {
          await activate(request, password)
        } catch (error) {
          if (!(error instanceof AppError) || error.parts.status !== 422) throw error
          return draw(request, { ma: error.parts.say(request.lang) }, 422)
        }
        return redirect('/dang-nhap?xong=mat-khau')
      },
    }),
  ]
}
