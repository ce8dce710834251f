// The first two pages of an own account, and of a forgotten password: a phone or mailbox, and the code that went there.
import { anyone } from '../../../platform/access/access.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { localPath, notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { CodeForm } from '../code-form.tsx'
import { texts } from '../texts.ts'
import { askedContact, contactOf, proveContact, type Reach, sendCode } from './contact.ts'

/** Both begin alike: whoever proves a contact makes an account, or sets the password of the one there is. */
const BEGINNINGS = [
  { path: '/dang-ky', title: 'register.title', why: 'register.why' },
  { path: '/quen-mat-khau', title: 'forgot.title', why: 'forgot.why' },
] as const
type Beginning = (typeof BEGINNINGS)[number]

export function contactRoutes(platform: Platform, reach: Reach): Route[] {
  const drawContact = (request: WebRequest, beginning: Beginning, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const { form } = request
    const back = localPath(form.text('tiep') || request.query('tiep'), '/')
    const asks = reach.phone ? (reach.email ? 'contact' : 'phone') : 'email'
    return page({
      title: t(beginning.title),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t(beginning.title)}</h1>
          {reach.phone || reach.email ? (
            <>
              <p>{t(beginning.why)}</p>
              <form method="post" action={beginning.path} noValidate>
                <input type="hidden" name="tiep" value={back} />
                <TextInput
                  id="lien-he"
                  name="lien-he"
                  label={t(`register.${asks}`)}
                  value={form.text('lien-he')}
                  error={errors['lien-he']}
                  autocomplete="username"
                  spellcheck={false}
                />
                <div class="buttons">
                  <Button text={t('register.send')} />
                  <a href={`/dang-nhap?tiep=${encodeURIComponent(back)}`}>{t('register.have')}</a>
                </div>
              </form>
            </>
          ) : (
            <>
              <p>{t('register.unreachable')}</p>
              <p>
                <a href={`/dang-nhap?tiep=${encodeURIComponent(back)}`}>{t('register.have')}</a>
              </p>
            </>
          )}
        </div>
      ),
    })
  }
  const drawCode = (request: WebRequest, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const { address, code, back } = askedContact(platform, request)
    return page({
      title: t('contact-code.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('contact-code.title')}</h1>
          <p>{t('contact-code.sent', { address })}</p>
          {platform.demo ? <p class="hint">{t('contact-code.demo', { code })}</p> : null}
          <CodeForm action="/dang-ky/ma" label={t('contact-code.label')} submit={t('code.submit')} error={errors.ma} />
          <p class="hint">
            {t('contact-code.none')} <a href={`/dang-ky?tiep=${encodeURIComponent(back)}`}>{t('contact-code.again')}</a>
          </p>
        </div>
      ),
    })
  }
  return [
    ...BEGINNINGS.flatMap(beginning => [
      route({
        method: 'GET',
        path: beginning.path,
        access: anyone,
        handle: request => drawContact(request, beginning, {}),
      }),
      route({
        method: 'POST',
        path: beginning.path,
        access: anyone,
        handle: async request => {
          if (!reach.phone && !reach.email) throw notFound()
          const t = texts(request.lang)
          const contact = contactOf(request.form.text('lien-he'))
          if (contact === null || !reach[contact.kind]) {
            const fault = contact === null ? t('error.contact') : t(`error.no-way-to-${contact.kind}`)
            return drawContact(request, beginning, { 'lien-he': fault }, 422)
          }
          const back = localPath(request.form.text('tiep'), '/')
          return redirect('/dang-ky/ma', [await sendCode(platform, request, contact, back)])
        },
      }),
    ]),
    route({ method: 'GET', path: '/dang-ky/ma', access: anyone, handle: request => drawCode(request, {}) }),
    route({
      method: 'POST',
      path: '/dang-ky/ma',
      access: anyone,
      handle: async request => {
        try {
          return redirect(
            '/dang-ky/tai-khoan',
            await proveContact(platform, request, request.form.text('ma').replace(/\s/g, '')),
          )
        } catch (error) {
          if (!(error instanceof AppError) || (error.parts.status !== 422 && error.parts.status !== 429)) throw error
          return drawCode(request, { ma: error.parts.say(request.lang) }, error.parts.status)
        }
      },
    }),
  ]
}
