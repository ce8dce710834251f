// Signing in through the national eID: out with state, nonce and PKCE kept in a sealed cookie, back with a person.
import { z } from 'zod'
import { anyone } from '../../../platform/access/access.ts'
import { limitsFrom, takeAttempts } from '../../../platform/access/attempts.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError } from '../../../platform/errors.ts'
import { redirect } from '../../../platform/http/answer.ts'
import { localPath, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import type { Platform } from '../../../platform/module.ts'
import { stepExpired, tooManyTries } from '../errors.ts'
import type { Account } from '../identity.ts'
import { type EidFault, type EidPerson, type EidProvider, EidRefused } from '../ports.ts'
import { forgetCookie, openCookie, sealedCookie } from '../sealed-cookie.ts'
import { openSession } from '../session.ts'
import { addLogin, findAccount, findAccountByLogin, findAccountOfPerson, insertAccount } from '../store/accounts.ts'
import { upsertPerson } from '../store/people.ts'
import { texts } from '../texts.ts'

const COOKIE = 'mc_vneid'
const pendingSchema = z.object({ back: z.string(), state: z.string(), nonce: z.string(), verifier: z.string() })

export function eidRoutes(platform: Platform, provider: EidProvider): Route[] {
  return [
    route({
      method: 'GET',
      path: '/dang-nhap/vneid',
      access: anyone,
      apart: true,
      handle: async request => {
        // Another site may not sign people in by a link of its own: they begin on our page.
        if (request.parts.headers['sec-fetch-site'] === 'cross-site')
          return redirect(`/dang-nhap?tiep=${encodeURIComponent(localPath(request.query('tiep'), '/'))}`)
        const own = new URL(platform.publicUrl())
        // The cookie must lie on the address the provider sends people back to.
        if (request.parts.origin !== own.origin)
          return redirect(
            `${own.origin}/dang-nhap/vneid?tiep=${encodeURIComponent(localPath(request.query('tiep'), '/'))}`,
          )
        const { url, pending } = await refusals(() => provider.begin())
        const kept = { ...pending, back: localPath(request.query('tiep'), '/') }
        return redirect(url, [sealedCookie(platform.keys, COOKIE, kept, request.at, 600)])
      },
    }),
    route({
      method: 'GET',
      path: '/dang-nhap/vneid/ve',
      access: anyone,
      apart: true,
      admit: request => admitFrom(platform, request),
      handle: async request => {
        const pending = pendingOf(platform, request)
        const person = await refusals(() => provider.finish(new URL(request.parts.url, 'http://local').search, pending))
        const session = await inTransaction(platform.db, async tx => {
          const account = await accountOf(person)
          return openSession(platform, tx, request, { account, factor: 'eid' })

          async function accountOf(eid: EidPerson): Promise<Account> {
            const login = `${eid.issuer} ${eid.subject}`
            const details = {
              kind: 'citizen' as const,
              name: eid.name,
              idNumber: eid.idNumber,
              phone: null,
              email: null,
              birthDate: eid.birthDate,
              assured: true,
            }
            const owner = await upsertPerson(tx, platform.keys, details, 'eid', request.at)
            const known =
              (await findAccountByLogin(tx, platform.keys, 'external', login)) ??
              (await findAccountOfPerson(tx, owner.id))
            if (known !== null) {
              await addLogin(tx, platform.keys, known.id, 'external', login)
              return known
            }
            const id = await insertAccount(tx, { personId: owner.id, officerId: null, passwordHash: null }, request.at)
            await addLogin(tx, platform.keys, id, 'external', login)
            return (await findAccount(tx, id)) as Account
          }
        })
        return redirect(pending.back, [session, forgetCookie(COOKIE)])
      },
    }),
  ]
}

/** What was kept when the person left for the provider. Throws 410 where nobody left from this browser. */
function pendingOf(platform: Platform, request: WebRequest) {
  const kept = openCookie(platform.keys, COOKIE, request.parts.cookies[COOKIE], request.at)
  const pending = pendingSchema.safeParse(kept)
  if (!pending.success) throw stepExpired()
  return pending.data
}

/** Each return costs the provider three answers: one network may not ask for more than a crowded hall does. */
async function admitFrom(platform: Platform, request: WebRequest): Promise<void> {
  pendingOf(platform, request)
  const wait = await takeAttempts(
    platform.db,
    platform.keys,
    request.at,
    limitsFrom(request.parts.network, 'eid', { limit: 120, ofCustomer: 2400, windowSeconds: 60 }),
  )
  if (wait > 0) throw tooManyTries(wait)
}

/** Only a provider that is away is a fault of the service: what somebody makes up must not look like one to those who watch it. */
const STATUS: Readonly<Record<EidFault, 400 | 403 | 503>> = { denied: 403, forbidden: 403, untrusted: 400, away: 503 }

async function refusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof EidRefused)) throw error
    const denied = error.fault === 'denied'
    throw new AppError({
      code: denied ? 'identity.eid-denied' : 'identity.eid-failed',
      status: STATUS[error.fault],
      say: lang =>
        denied ? texts(lang)('error.eid-denied') : texts(lang)('error.eid-failed', { reason: error.message }),
      detail: String(error.cause ?? ''),
    })
  }
}
