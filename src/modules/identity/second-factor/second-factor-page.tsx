// The second step of signing in: a time-based code (RFC 6238), and turning it on the first time.
import { Secret, TOTP } from 'otpauth'
import { toDataURL } from 'qrcode'
import { z } from 'zod'
import { anyone } from '../../../platform/access/access.ts'
import { limitsFrom, returnAttempts, takeAttempts } from '../../../platform/access/attempts.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { stepExpired, tooManyTries, wrongCode } from '../errors.ts'
import type { AccountId } from '../identity.ts'
import { forgetCookie, openCookie, sealedCookie } from '../sealed-cookie.ts'
import { logSignIn, openSession } from '../session.ts'
import { STEP_COOKIE } from '../sign-in/sign-in-page.tsx'
import { findAccount, readSecondFactor, saveSecondFactor, stateOf, useCodeCounter } from '../store/accounts.ts'
import { texts } from '../texts.ts'
import { CodeForm } from '../view/code-form.tsx'

const PERIOD = 30
/** `state`: the account as it was when its password was checked (stateOf). */
const step = z.object({ accountId: z.string(), state: z.string(), back: z.string(), secret: z.string().optional() })
type Step = z.infer<typeof step>

const totp = (secret: string) =>
  new TOTP({ issuer: 'Một Cửa', label: 'Một Cửa', secret: Secret.fromBase32(secret), period: PERIOD })

/** The code that a secret shows at an instant. */
export function codeAt(secret: string, at: Date): string {
  return totp(secret).generate({ timestamp: at.getTime() })
}

export function secondFactorRoutes(platform: Platform): Route[] {
  const readStep = (request: WebRequest): Step => {
    const parsed = step.safeParse(
      openCookie(platform.keys, STEP_COOKIE, request.parts.cookies[STEP_COOKIE], request.at),
    )
    if (!parsed.success) throw stepExpired()
    return parsed.data
  }
  const drawCode = (request: WebRequest, secret: string, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    return page({
      title: t('code.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('code.title')}</h1>
          {platform.demo ? <p class="hint">{t('code.demo', { code: codeAt(secret, request.at) })}</p> : null}
          <CodeForm
            action="/dang-nhap/ma-xac-thuc"
            label={t('code.label')}
            submit={t('code.submit')}
            error={errors.ma}
          />
        </div>
      ),
    })
  }
  const drawEnrol = async (request: WebRequest, secret: string, errors: FieldErrors, status = 200): Promise<Answer> => {
    const t = texts(request.lang)
    const image = await toDataURL(totp(secret).toString(), { margin: 1, width: 200 })
    return page({
      title: t('enrol.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          <h1>{t('enrol.title')}</h1>
          <p>{t('enrol.why')}</p>
          <img src={image} alt={t('enrol.qr')} width={200} height={200} />
          <p>
            <code>{t('enrol.key', { key: secret })}</code>
          </p>
          {platform.demo ? <p class="hint">{t('code.demo', { code: codeAt(secret, request.at) })}</p> : null}
          <CodeForm
            action="/dang-nhap/dang-ky-ma"
            label={t('code.label')}
            submit={t('code.submit')}
            error={errors.ma}
          />
        </div>
      ),
    })
  }
  /** `enrol`: the secret is new, and becomes the account's with the session that it opens. */
  const finish = async (request: WebRequest, current: Step, secret: string, enrol: boolean): Promise<Answer> => {
    const accountId = current.accountId as AccountId
    // Three of a million codes are right at any time: whoever has the password may not try long.
    const { network } = request.parts
    const own = [
      ...limitsFrom(network, `code ${accountId}`, { limit: 6, ofCustomer: 12, windowSeconds: 300 }),
      ...limitsFrom(network, `codes of a day ${accountId}`, { limit: 24, ofCustomer: 48, windowSeconds: 86_400 }),
    ]
    const perDay = { bucket: `codes of a day ${accountId}`, limit: 60, windowSeconds: 86_400 }
    const wait = await takeAttempts(platform.db, platform.keys, request.at, own, [perDay])
    if (wait > 0) throw tooManyTries(wait)
    const account = await findAccount(platform.db, accountId)
    if (account === null || stateOf(account) !== current.state) throw stepExpired()
    const delta = totp(secret).validate({
      token: request.form.text('ma').replace(/\s/g, ''),
      timestamp: request.at.getTime(),
      window: 1,
    })
    const counter = Math.floor(request.at.getTime() / 1000 / PERIOD) + (delta ?? 0)
    if (delta === null || !(await useCodeCounter(platform.db, accountId, counter))) {
      await logSignIn(platform.db, request, { subject: `account:${accountId}`, outcome: 'refused', factor: 'code' })
      throw wrongCode()
    }
    const session = await inTransaction(platform.db, async tx => {
      if (enrol && !(await saveSecondFactor(tx, platform.keys, accountId, secret))) throw stepExpired()
      return openSession(platform, tx, request, { account: { ...account, hasSecondFactor: true }, factor: 'code' })
    })
    await returnAttempts(platform.db, platform.keys, [perDay], own)
    return redirect(current.back === '/' && account.officerId !== null ? '/ban-lam-viec' : current.back, [
      session,
      forgetCookie(STEP_COOKIE),
    ])
  }
  const shown = async (
    request: WebRequest,
    draw: (errors: FieldErrors, status: number) => Answer | Promise<Answer>,
    work: () => Promise<Answer>,
  ) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AppError) || (error.parts.status !== 422 && error.parts.status !== 429)) throw error
      return draw({ ma: error.parts.say(request.lang) }, error.parts.status)
    }
  }
  const savedSecret = async (current: Step) => {
    const secret = await readSecondFactor(platform.db, platform.keys, current.accountId as AccountId)
    if (secret === null) throw stepExpired()
    return secret
  }
  return [
    route({
      method: 'GET',
      path: '/dang-nhap/ma-xac-thuc',
      access: anyone,
      handle: async request => drawCode(request, await savedSecret(readStep(request)), {}),
    }),
    route({
      method: 'POST',
      path: '/dang-nhap/ma-xac-thuc',
      access: anyone,
      handle: async request => {
        const current = readStep(request)
        const secret = await savedSecret(current)
        return shown(
          request,
          (errors, status) => drawCode(request, secret, errors, status),
          () => finish(request, current, secret, false),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/dang-nhap/dang-ky-ma',
      access: anyone,
      handle: async request => {
        const current = readStep(request)
        if (current.secret !== undefined) return drawEnrol(request, current.secret, {})
        const cookie = sealedCookie(
          platform.keys,
          STEP_COOKIE,
          { ...current, secret: new Secret({ size: 20 }).base32 },
          request.at,
          600,
        )
        return redirect('/dang-nhap/dang-ky-ma', [cookie])
      },
    }),
    route({
      method: 'POST',
      path: '/dang-nhap/dang-ky-ma',
      access: anyone,
      handle: async request => {
        const current = readStep(request)
        const account = await findAccount(platform.db, current.accountId as AccountId)
        const { secret } = current
        if (secret === undefined || account === null || account.hasSecondFactor) throw stepExpired()
        return shown(
          request,
          (errors, status) => drawEnrol(request, secret, errors, status),
          () => finish(request, current, secret, true),
        )
      },
    }),
  ]
}
