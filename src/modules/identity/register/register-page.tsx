// The last page of an own account, or of a forgotten password: what else it takes, once the contact is proved.
import { anyone } from '../../../platform/access/access.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { localPath, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import type { PasswordRules } from '../password/password-rules.ts'
import { openSession } from '../session.ts'
import { texts } from '../texts.ts'
import { forgetContact, type ProvedContact, provedContact } from './contact.ts'
import { register, registerFaults, resetPassword, type Way, wayOf } from './register.ts'

const PATH = '/dang-ky/tai-khoan'

export function registerRoutes(platform: Platform, rules: PasswordRules): Route[] {
  const draw = (
    request: WebRequest,
    contact: ProvedContact,
    { to }: Way,
    errors: FieldErrors,
    status = 200,
  ): Answer => {
    const t = texts(request.lang)
    const { form } = request
    const { address, back } = contact
    const title = t(to === 'new' ? 'register.title' : 'reset.title')
    return page({
      title,
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{title}</h1>
          {to === 'closed' || to === 'eid' ? (
            <>
              <Notice title={t(`reset.${to}-title`)} tone="info">
                <p>{t(`reset.${to}`, { address })}</p>
              </Notice>
              <p>
                <a href={`/dang-nhap?tiep=${encodeURIComponent(back)}`}>{t('sign-in.title')}</a>
              </p>
            </>
          ) : (
            <>
              <p>{t(to === 'new' ? 'register.rest' : 'reset.why', { address })}</p>
              <form method="post" action={PATH} noValidate>
                {to === 'reset' ? null : (
                  <>
                    <TextInput
                      id="ho-ten"
                      name="ho-ten"
                      label={t('register.name')}
                      value={form.text('ho-ten')}
                      error={errors['ho-ten']}
                      autocomplete="name"
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
                  </>
                )}
                <TextInput
                  id="mat-khau"
                  name="mat-khau"
                  type="password"
                  label={t(to === 'new' ? 'register.password' : 'password.new')}
                  hint={t('register.password-hint')}
                  error={errors['mat-khau']}
                  autocomplete="new-password"
                />
                <Button text={t(to === 'new' ? 'register.submit' : 'activate.submit')} />
              </form>
            </>
          )}
        </div>
      ),
    })
  }
  return [
    route({
      method: 'GET',
      path: PATH,
      access: anyone,
      handle: async request => {
        const contact = provedContact(platform, request)
        return draw(request, contact, await wayOf(platform, contact), {})
      },
    }),
    route({
      method: 'POST',
      path: PATH,
      access: anyone,
      handle: async request => {
        const contact = provedContact(platform, request)
        const way = await wayOf(platform, contact)
        const password = request.form.raw('mat-khau')
        if (way.to === 'closed' || way.to === 'eid') return draw(request, contact, way, {}, 422)
        if (way.to === 'reset') {
          const fault = await rules.fault(password, [way.name, contact.address])
          if (fault !== null)
            return draw(request, contact, way, { 'mat-khau': texts(request.lang)(`error.password-${fault}`) }, 422)
          await resetPassword(platform, request, way.account, password)
          return redirect(`/dang-nhap?xong=mat-khau&tiep=${encodeURIComponent(contact.back)}`, [forgetContact()])
        }
        const command = {
          name: request.form.text('ho-ten'),
          contact,
          idNumber: request.form.text('so-dinh-danh').replace(/\s/g, ''),
          password,
          at: request.at,
        }
        const faults = await registerFaults(rules, command, request.lang)
        if (Object.keys(faults).length > 0) return draw(request, contact, way, faults, 422)
        const account = await register(platform, command)
        const session = await inTransaction(platform.db, tx =>
          openSession(platform, tx, request, { account, factor: 'register' }),
        )
        return redirect(localPath(contact.back, '/'), [session, forgetContact()])
      },
    }),
  ]
}
