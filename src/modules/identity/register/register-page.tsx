// The page to make an own account.

import { anyone } from '../../../platform/access/access.ts'
import { takeAttempts } from '../../../platform/access/attempts.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { localPath, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { tooManyTries } from '../errors.ts'
import type { PasswordRules } from '../password/password-rules.ts'
import { openSession } from '../session.ts'
import { texts } from '../texts.ts'
import { register, registerFaults } from './register.ts'

export function registerRoutes(platform: Platform, rules: PasswordRules): Route[] {
  const draw = (request: WebRequest, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const { form } = request
    const back = localPath(form.text('tiep') || request.query('tiep'), '/')
    return page({
      title: t('register.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('register.title')}</h1>
          <form method="post" action="/dang-ky" noValidate>
            <input type="hidden" name="tiep" value={back} />
            <TextInput
              id="ho-ten"
              name="ho-ten"
              label={t('register.name')}
              value={form.text('ho-ten')}
              error={errors['ho-ten']}
              autocomplete="name"
            />
            <TextInput
              id="lien-he"
              name="lien-he"
              label={t('register.contact')}
              hint={t('register.contact-hint')}
              value={form.text('lien-he')}
              error={errors['lien-he']}
              autocomplete="username"
              spellcheck={false}
            />
            <TextInput
              id="so-dinh-danh"
              name="so-dinh-danh"
              label={t('register.id-number')}
              hint={t('register.id-hint')}
              value={form.text('so-dinh-danh')}
              error={errors['so-dinh-danh']}
              inputmode="numeric"
              width="medium"
            />
            <TextInput
              id="mat-khau"
              name="mat-khau"
              type="password"
              label={t('register.password')}
              hint={t('register.password-hint')}
              error={errors['mat-khau']}
              autocomplete="new-password"
            />
            <div class="buttons">
              <Button text={t('register.submit')} />
              <a href={`/dang-nhap?tiep=${encodeURIComponent(back)}`}>{t('register.have')}</a>
            </div>
          </form>
        </div>
      ),
    })
  }
  return [
    route({ method: 'GET', path: '/dang-ky', access: anyone, handle: request => draw(request, {}) }),
    route({
      method: 'POST',
      path: '/dang-ky',
      access: anyone,
      handle: async request => {
        const wait = await takeAttempts(platform.db, platform.keys, request.at, [
          {
            bucket: `register from ${request.parts.network}`,
            limit: 20,
            windowSeconds: 3600,
          },
        ])
        if (wait > 0) throw tooManyTries(wait)
        const command = {
          name: request.form.text('ho-ten'),
          contact: request.form.text('lien-he'),
          idNumber: request.form.text('so-dinh-danh').replace(/\s/g, ''),
          password: request.form.raw('mat-khau'),
          at: request.at,
        }
        const faults = await registerFaults(rules, command, request.lang)
        if (Object.keys(faults).length > 0) return draw(request, faults, 422)
        const outcome = await register(platform, command, request.lang)
        if ('errors' in outcome) return draw(request, outcome.errors, 422)
        const session = await inTransaction(platform.db, tx =>
          openSession(platform, tx, request, { account: outcome.account, factor: 'register' }),
        )
        return redirect(localPath(request.form.text('tiep'), '/'), [session])
      },
    }),
  ]
}
