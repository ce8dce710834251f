// The last page of an own account, or of a forgotten password: what else it takes, once the contact is proved.
import { anyone } from '../../../platform/access/access.ts'
import { limitsFrom, takeAttempts } from '../../../platform/access/attempts.ts'
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
import { stepExpired, tooManyTries } from '../errors.ts'
import type { PasswordRules } from '../password/password-rules.ts'
import { openSession } from '../session.ts'
import { texts } from '../texts.ts'
import { forgetContact, type ProvedContact, provedContact } from './contact.ts'
import { OVER, step } from './contact-page.tsx'
import { register, registerFaults, resetPassword, type Way, wayOf } from './register.ts'

const PATH = '/dang-ky/tai-khoan'

/** Ties the form to what was proved, and to what it says it does: another tab may have proved something else since. */
const markOf = (contact: ProvedContact, way: Way): string => `${contact.id} ${way.to}`

export function registerRoutes(platform: Platform, rules: PasswordRules): Route[] {
  const draw = (request: WebRequest, contact: ProvedContact, way: Way, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const { form } = request
    const { address, back } = contact
    const { to } = way
    const title = t(to === 'new' ? 'register.title' : 'reset.title')
    if (to === 'closed' || to === 'eid')
      return page({
        title,
        status,
        noIndex: true,
        body: (
          <div class="column">
            <h1>{title}</h1>
            <Notice title={t(`reset.${to}-title`)} tone="info">
              <p>{t(`reset.${to}`, { address })}</p>
            </Notice>
            <p>
              <a href={`/dang-nhap?tiep=${encodeURIComponent(back)}`}>{t('sign-in.title')}</a>
            </p>
          </div>
        ),
      })
    return page({
      title,
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{title}</h1>
          <p>{t(to === 'new' ? 'register.rest' : 'reset.why')}</p>
          <form method="post" action={PATH} noValidate>
            <input type="hidden" name="buoc" value={markOf(contact, way)} />
            <TextInput
              id="lien-he"
              name="lien-he"
              label={t('register.login')}
              value={address}
              autocomplete="username"
              fixed
            />
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
                  autocomplete="off"
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
        </div>
      ),
    })
  }
  /** Judging and hashing passwords is work: so many for what was proved, and from one network. */
  const admit = async (request: WebRequest, contact: ProvedContact): Promise<void> => {
    const wait = await takeAttempts(platform.db, platform.keys, request.at, [
      { bucket: `contact proved ${contact.id}`, limit: 20, windowSeconds: 1200 },
      ...limitsFrom(request.parts.network, 'register', { limit: 120, ofCustomer: 600, windowSeconds: 3600 }),
    ])
    if (wait > 0) throw tooManyTries(wait)
  }
  const finish = async (request: WebRequest, contact: ProvedContact, way: Way): Promise<Answer> => {
    const password = request.form.raw('mat-khau')
    if (request.form.text('buoc') !== markOf(contact, way)) throw stepExpired()
    if (way.to === 'closed' || way.to === 'eid') return draw(request, contact, way, {}, 422)
    await admit(request, contact)
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
  }
  const onTheWay = (
    request: WebRequest,
    work: (contact: ProvedContact, way: Way) => Answer | Promise<Answer>,
  ): Promise<Answer> => {
    let redraw = (_message: string, _status: number): Answer => redirect(OVER)
    return step(
      async () => {
        const contact = provedContact(platform, request)
        const way = await wayOf(platform, contact)
        redraw = (message, status) => draw(request, contact, way, { 'mat-khau': message }, status)
        return work(contact, way)
      },
      (message, status) => redraw(message, status),
      request,
    )
  }
  return [
    route({
      method: 'GET',
      path: PATH,
      access: anyone,
      handle: request => onTheWay(request, (contact, way) => draw(request, contact, way, {})),
    }),
    route({
      method: 'POST',
      path: PATH,
      access: anyone,
      handle: request => onTheWay(request, (contact, way) => finish(request, contact, way)),
    }),
  ]
}
