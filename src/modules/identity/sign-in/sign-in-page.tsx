// The sign-in page: the national eID first, then accounts of this system; in the demo also who may be tried.
import { anyone, signedIn } from '../../../platform/access/access.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { localPath, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Details } from '../../../platform/view/components/details/details.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { Table } from '../../../platform/view/components/table/table.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { postsOfOfficer } from '../../organisation/index.ts'
import { type Account, SECOND_FACTOR_ROLES } from '../identity.ts'
import { forgetContact, type Reach } from '../register/contact.ts'
import { openCookie, sealedCookie } from '../sealed-cookie.ts'
import { closedSession, logSignIn, openSession } from '../session.ts'
import { stateOf } from '../store/accounts.ts'
import { deleteSession } from '../store/sessions.ts'
import { texts } from '../texts.ts'
import { checkPassword, loginOf } from './sign-in.ts'

const DEVICE_COOKIE = 'mc_thiet_bi'
export const STEP_COOKIE = 'mc_buoc_hai'

/** Why somebody who had signed in is asked again, by the word in the address. */
const AGAIN: Readonly<Record<string, 'again' | 'expired' | 'over'>> = {
  phien: 'again',
  'het-han': 'expired',
  'da-xong': 'over',
}

/** Somebody who may be tried in the demo. */
export interface DemoAccount {
  readonly login: string
  readonly role: string
}

export interface SignInOptions {
  readonly eidAvailable: boolean
  readonly reach: Reach
  readonly demo: { readonly password: string; readonly accounts: readonly DemoAccount[] } | null
}

export function signInRoutes(platform: Platform, options: SignInOptions): Route[] {
  const draw = (request: WebRequest, login: string, back: string, errors: FieldErrors, status = 200): Answer => {
    const t = texts(request.lang)
    const reason = AGAIN[request.query('lai')]
    return page({
      title: t('sign-in.title'),
      status,
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          {request.query('xong') === 'mat-khau' ? <Notice title={t('activate.done')} tone="good" /> : null}
          {reason === undefined ? null : (
            <Notice title={t(`sign-in.${reason}`)} tone="info">
              <p>{t(`sign-in.${reason}-why`)}</p>
            </Notice>
          )}
          <h1>{t('sign-in.title')}</h1>
          {options.eidAvailable ? (
            <div class="group">
              <Button href={`/dang-nhap/vneid?tiep=${encodeURIComponent(back)}`} text={t('sign-in.eid')} />
              <p class="hint">{t('sign-in.eid-hint')}</p>
            </div>
          ) : null}
          <h2>{t('sign-in.own')}</h2>
          <form method="post" action="/dang-nhap" noValidate>
            <input type="hidden" name="tiep" value={back} />
            <TextInput
              id="ten"
              name="ten"
              label={t('sign-in.login')}
              value={login}
              error={errors.ten}
              autocomplete="username"
              spellcheck={false}
            />
            <TextInput
              id="mat-khau"
              name="mat-khau"
              type="password"
              label={t('sign-in.password')}
              error={errors['mat-khau']}
              autocomplete="current-password"
            />
            <div class="buttons">
              <Button text={t('sign-in.submit')} />
              {options.reach.phone || options.reach.email ? (
                <>
                  <a href={`/dang-ky?tiep=${encodeURIComponent(back)}`}>{t('sign-in.register')}</a>
                  <a href={`/quen-mat-khau?tiep=${encodeURIComponent(back)}`}>{t('forgot.title')}</a>
                </>
              ) : null}
              <a href="/dang-nhap/kich-hoat">{t('activate.link')}</a>
            </div>
          </form>
          {options.demo === null ? null : (
            <Details summary={t('sign-in.demo')} open>
              <p>{t('sign-in.demo-hint', { password: options.demo.password })}</p>
              <Table
                caption={t('sign-in.demo')}
                captionHidden
                dense
                columns={[{ title: t('sign-in.demo-who') }, { title: t('sign-in.demo-login') }]}
                rows={options.demo.accounts.map(each => ({
                  key: each.login,
                  cells: [each.role, <code>{each.login}</code>],
                }))}
              />
            </Details>
          )}
        </div>
      ),
    })
  }
  return [
    route({
      method: 'GET',
      path: '/dang-nhap',
      access: anyone,
      handle: request => draw(request, '', localPath(request.query('tiep'), '/'), {}),
    }),
    route({
      method: 'POST',
      path: '/dang-nhap',
      access: anyone,
      handle: async request => {
        const login = request.form.text('ten')
        const back = localPath(request.form.text('tiep'), '/')
        const known = openCookie(platform.keys, DEVICE_COOKIE, request.parts.cookies[DEVICE_COOKIE], request.at)
        try {
          const knownDevice = known === loginOf(login).login
          const account = await checkPassword(platform, {
            login,
            password: request.form.raw('mat-khau'),
            network: request.parts.network,
            knownDevice,
            at: request.at,
          })
          const device = sealedCookie(platform.keys, DEVICE_COOKIE, loginOf(login).login, request.at, 180 * 86_400)
          if (await needsSecondFactor(platform, account, request.at)) {
            // The owner may read one day that somebody had the password and not the device.
            await logSignIn(platform.db, request, {
              subject: `account:${account.id}`,
              outcome: 'half-way',
              factor: 'password',
            })
            const shown = { accountId: account.id, state: stateOf(account), back }
            const step = sealedCookie(platform.keys, STEP_COOKIE, shown, request.at, 600)
            return redirect(account.hasSecondFactor ? '/dang-nhap/ma-xac-thuc' : '/dang-nhap/dang-ky-ma', [
              step,
              device,
            ])
          }
          const session = await inTransaction(platform.db, tx =>
            openSession(platform, tx, request, { account, factor: 'password' }),
          )
          return redirect(back === '/' && account.officerId !== null ? '/ban-lam-viec' : back, [session, device])
        } catch (error) {
          if (!(error instanceof AppError) || error.parts.status === 403) throw error
          if (error.parts.status === 422)
            await logSignIn(platform.db, request, { subject: 'account:?', outcome: 'refused', factor: 'password' })
          return draw(request, login, back, { ten: error.parts.say(request.lang) }, error.parts.status)
        }
      },
    }),
    route({
      method: 'POST',
      path: '/dang-xuat',
      access: signedIn,
      handle: async request => {
        const { actor, identified } = request
        if (identified.sessionId !== null && (actor.kind === 'citizen' || actor.kind === 'officer')) {
          await deleteSession(platform.db, identified.sessionId)
          const subject = `account:${actor.accountId}`
          await logSignIn(platform.db, request, { subject, outcome: 'signed-out' })
        }
        // What was proved on the way to an account ends too: the next person at this machine must not find it.
        return redirect('/', [closedSession, forgetContact()])
      },
    }),
  ]
}

/** Officers in powerful posts must show a second factor; anybody who has one is asked for it. */
async function needsSecondFactor(platform: Platform, account: Account, at: Date): Promise<boolean> {
  if (account.hasSecondFactor) return true
  if (account.officerId === null) return false
  const posts = await postsOfOfficer(platform.db, account.officerId, civilDateOf(at))
  return posts.some(post => post.roles.some(role => SECOND_FACTOR_ROLES.includes(role)))
}
