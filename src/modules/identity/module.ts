// Declaration of the identity module.
import { z } from 'zod'
import { job } from '../../platform/jobs/jobs.ts'
import type { Module, Platform } from '../../platform/module.ts'
import { sweepMessages } from '../notifications/index.ts'
import { accountRoutes } from './account/account-page.tsx'
import { activateRoutes } from './activate/activate-page.tsx'
import { eidRoutes } from './eid/eid-page.tsx'
import create from './migrations/0001_create_identity.sql'
import addActivation from './migrations/0002_add_activation.sql'
import analyseRarely from './migrations/0003_analyse_rarely.sql'
import mandateByName from './migrations/0004_mandate_by_name.sql'
import { passwordRoutes } from './password/password-page.tsx'
import { passwordRules } from './password/password-rules.ts'
import type { EidProvider } from './ports.ts'
import { CODE_KEY, type Reach } from './register/contact.ts'
import { contactRoutes } from './register/contact-page.tsx'
import { registerRoutes } from './register/register-page.tsx'
import { secondFactorRoutes } from './second-factor/second-factor-page.tsx'
import { type DemoAccount, signInRoutes } from './sign-in/sign-in-page.tsx'
import { deleteExpiredSessions } from './store/sessions.ts'

export interface IdentityOptions {
  readonly eid: EidProvider | null
  /** What codes can be sent to: without any, accounts of one's own are not made here. */
  readonly reach: Reach
  readonly demo: { readonly password: string; readonly accounts: readonly DemoAccount[] } | null
}

export function identityModule(platform: Platform, options: IdentityOptions): Module {
  const rules = passwordRules()
  return {
    name: 'identity',
    migrations: [
      { name: '0001_create_identity', sql: create },
      { name: '0002_add_activation', sql: addActivation },
      { name: '0003_analyse_rarely', sql: analyseRarely },
      { name: '0004_mandate_by_name', sql: mandateByName },
    ],
    sealed: [
      ...(['id_number', 'phone', 'email', 'profile'] as const).map(column => ({
        table: 'identity.person',
        id: ['id'],
        column,
        use: 'field' as const,
        bound: ([id]: readonly string[]) => `person:${id}:${column.replace('_', '-')}`,
      })),
      { table: 'identity.account', id: ['id'], column: 'totp', use: 'field', bound: ([id]) => `account:${id}:totp` },
    ],
    routes: [
      ...signInRoutes(platform, { eidAvailable: options.eid !== null, reach: options.reach, demo: options.demo }),
      ...secondFactorRoutes(platform),
      ...contactRoutes(platform, options.reach),
      ...registerRoutes(platform, rules),
      ...activateRoutes(platform, rules),
      ...accountRoutes(platform),
      ...passwordRoutes(platform, rules),
      ...(options.eid === null ? [] : eidRoutes(platform, options.eid)),
    ],
    jobs: [
      job({
        name: 'identity.sweep-sessions',
        schema: z.unknown(),
        handle: async () => {
          const now = platform.clock.now()
          await deleteExpiredSessions(platform.db, now)
          await sweepMessages(platform.db, CODE_KEY, new Date(now.getTime() - 3_600_000))
        },
      }),
    ],
    schedules: [{ job: 'identity.sweep-sessions', cron: '17 * * * *' }],
  }
}
