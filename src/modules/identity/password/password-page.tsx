// Changing the own password: the old one is asked again, and every other device has to sign in anew.
import { signedIn } from '../../../platform/access/access.ts'
import { takeAttempts } from '../../../platform/access/attempts.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { tooManyTries } from '../errors.ts'
import type { AccountId } from '../identity.ts'
import { hashPassword, isPassword } from '../sign-in/sign-in.ts'
import { readPasswordHash, savePassword } from '../store/activations.ts'
import { texts } from '../texts.ts'
import type { PasswordRules } from './password-rules.ts'

export function passwordRoutes(platform: Platform, rules: PasswordRules): Route[] {
  const draw = (request: WebRequest, has: boolean, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    return page({
      title: t('password.change'),
      status,
      frame: request.actor.kind === 'officer' ? 'desk' : 'portal',
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('password.change')}</h1>
          {has ? (
            <form method="post" action="/tai-khoan/mat-khau" noValidate>
              <p>{t('password.why')}</p>
              <TextInput
                id="mat-khau-cu"
                name="mat-khau-cu"
                type="password"
                label={t('password.old')}
                error={errors['mat-khau-cu']}
                autocomplete="current-password"
              />
              <TextInput
                id="mat-khau"
                name="mat-khau"
                type="password"
                label={t('password.new')}
                hint={t('register.password-hint')}
                error={errors['mat-khau']}
                autocomplete="new-password"
              />
              <Button text={t('password.change')} />
            </form>
          ) : (
            <p>{t('password.none')}</p>
          )}
        </div>
      ),
    })
  }
  const accountOf = ({ actor }: WebRequest): AccountId => {
    if (actor.kind !== 'citizen' && actor.kind !== 'officer') throw notFound()
    return actor.accountId as AccountId
  }
  return [
    route({
      method: 'GET',
      path: '/tai-khoan/mat-khau',
      access: signedIn,
      handle: async request => draw(request, (await readPasswordHash(platform.db, accountOf(request))) !== null, {}),
    }),
    route({
      method: 'POST',
      path: '/tai-khoan/mat-khau',
      access: signedIn,
      handle: async request => {
        const t = texts(request.lang)
        const accountId = accountOf(request)
        const wait = await takeAttempts(platform.db, platform.keys, request.at, [
          { bucket: `password of ${accountId}`, limit: 6, windowSeconds: 900 },
        ])
        if (wait > 0) throw tooManyTries(wait)
        const old = await readPasswordHash(platform.db, accountId)
        if (old === null) return draw(request, false, {}, 422)
        const password = request.form.raw('mat-khau')
        const fault = await rules.fault(password, [request.actor.kind === 'anonymous' ? '' : request.actor.name])
        const errors: FieldErrors = {
          ...((await isPassword(old, request.form.raw('mat-khau-cu')))
            ? {}
            : { 'mat-khau-cu': t('error.old-password') }),
          ...(fault === null ? {} : { 'mat-khau': t(`error.password-${fault}`) }),
        }
        if (Object.keys(errors).length > 0) return draw(request, true, errors, 422)
        const passwordHash = await hashPassword(password)
        await inTransaction(platform.db, async tx => {
          await savePassword(tx, accountId, passwordHash, {
            forgetFactor: false,
            keepSession: request.identified.sessionId,
          })
          await audit(tx, {
            actor: request.actor,
            action: 'identity.change-password',
            subject: `account:${accountId}`,
            at: request.at,
            facts: { network: request.parts.network },
            request: request.parts,
          })
        })
        return redirect('/tai-khoan?xong=mat-khau')
      },
    }),
  ]
}
