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
import { texts } from '../texts.ts'
import { CodeForm } from '../view/code-form.tsx'
import { askedContact, BEGINNINGS, contactOf, proveContact, type Reach, sayCode, sendCode } from './contact.ts'

/** Where a step leads that is over: said there, with both beginnings beside. */
export const OVER = '/dang-nhap?lai=da-xong'

const WORDS = {
  '/dang-ky': { title: 'register.title', why: 'register.why' },
  '/quen-mat-khau': { title: 'forgot.title', why: 'forgot.why' },
} as const
type Beginning = (typeof BEGINNINGS)[number]

/** Runs a step; where it is over leads on, and draws what may be mended: 422, 429. */
export async function step(
  work: () => Answer | Promise<Answer>,
  draw: (message: string, status: number) => Answer | Promise<Answer>,
  request: WebRequest,
): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { status, say } = error.parts
    if (status === 410) return redirect(OVER)
    if (status !== 422 && status !== 429) throw error
    return draw(say(request.lang), status)
  }
}

export function contactRoutes(platform: Platform, reach: Reach): Route[] {
  const asks = reach.phone ? (reach.email ? 'contact' : 'phone') : 'email'
  const drawContact = (request: WebRequest, beginning: Beginning, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const { form } = request
    const { title, why } = WORDS[beginning]
    const back = localPath(form.text('tiep') || request.query('tiep'), '/')
    const signIn = <a href={`/dang-nhap?tiep=${encodeURIComponent(back)}`}>{t('register.have')}</a>
    return page({
      title: t(title),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t(title)}</h1>
          {reach.phone || reach.email ? (
            <>
              <p>{t(why)}</p>
              <form method="post" action={beginning} noValidate>
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
                  {signIn}
                </div>
              </form>
            </>
          ) : (
            <>
              <p>{t('register.unreachable')}</p>
              <p>{signIn}</p>
            </>
          )}
        </div>
      ),
    })
  }
  const drawCode = (request: WebRequest, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const { address, code, back, begun } = askedContact(platform, request)
    return page({
      title: t('contact-code.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('contact-code.title')}</h1>
          <p>{t('contact-code.sent', { address })}</p>
          {platform.demo ? <p class="hint">{t('contact-code.demo', { code: sayCode(code) })}</p> : null}
          <CodeForm action="/dang-ky/ma" label={t('contact-code.label')} submit={t('code.submit')} error={errors.ma} />
          <form method="post" action={begun}>
            <input type="hidden" name="lien-he" value={address} />
            <input type="hidden" name="tiep" value={back} />
            <p class="hint">{t('contact-code.none')}</p>
            <div class="buttons">
              <Button text={t('contact-code.again')} secondary />
              <a href={`${begun}?tiep=${encodeURIComponent(back)}`}>{t('contact-code.other')}</a>
            </div>
          </form>
        </div>
      ),
    })
  }
  return [
    ...BEGINNINGS.flatMap(beginning => [
      route({
        method: 'GET',
        path: beginning,
        access: anyone,
        handle: request => drawContact(request, beginning, {}),
      }),
      route({
        method: 'POST',
        path: beginning,
        access: anyone,
        handle: async request => {
          if (!reach.phone && !reach.email) throw notFound()
          const t = texts(request.lang)
          const contact = contactOf(request.form.text('lien-he'))
          const redraw = (message: string, status: number) =>
            drawContact(request, beginning, { 'lien-he': message }, status)
          if (contact === null) return redraw(t(`error.${asks}`), 422)
          if (!reach[contact.kind]) return redraw(t(`error.no-way-to-${contact.kind}`), 422)
          const back = localPath(request.form.text('tiep'), '/')
          return step(
            async () => redirect('/dang-ky/ma', await sendCode(platform, request, { contact, back, begun: beginning })),
            redraw,
            request,
          )
        },
      }),
    ]),
    route({
      method: 'GET',
      path: '/dang-ky/ma',
      access: anyone,
      handle: request =>
        step(
          () => drawCode(request, {}),
          message => drawCode(request, { ma: message }),
          request,
        ),
    }),
    route({
      method: 'POST',
      path: '/dang-ky/ma',
      access: anyone,
      handle: request => {
        const code = request.form.text('ma').replace(/\s/g, '')
        return step(
          async () => redirect('/dang-ky/tai-khoan', await proveContact(platform, request, code)),
          (message, status) => drawCode(request, { ma: message }, status),
          request,
        )
      },
    }),
  ]
}
