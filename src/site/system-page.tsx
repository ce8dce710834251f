// For operators: health for balancers, metrics, the state of background jobs with a button to run a failed one again.
import { sql } from 'kysely'
import type { Registry } from 'prom-client'
import { anyone, officer, requireOfficer } from '../platform/access/access.ts'
import { audit } from '../platform/audit/audit.ts'
import { inTransaction } from '../platform/db/database.ts'
import { bytes, json, page, redirect } from '../platform/http/answer.ts'
import { notFound } from '../platform/http/request.ts'
import { type Route, route } from '../platform/http/route.ts'
import type { Platform } from '../platform/module.ts'
import { Button } from '../platform/view/components/button/button.tsx'
import { Table } from '../platform/view/components/table/table.tsx'
import { texts } from './texts.ts'

export const OPERATE = 'system.operate'

interface JobState {
  readonly waiting: number
  readonly running: number
  readonly failed: number
}

export async function readJobState(platform: Pick<Platform, 'db'>): Promise<JobState> {
  const { rows } = await sql<JobState>`select waiting, running, failed from platform.job_state()`.execute(platform.db)
  return rows[0] ?? { waiting: 0, running: 0, failed: 0 }
}

export function systemRoutes(platform: Platform, options: { metrics: Registry; version: string }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/suc-khoe/song',
      access: anyone,
      urgent: true,
      handle: () => json({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/suc-khoe/san-sang',
      access: anyone,
      urgent: true,
      handle: async () => {
        try {
          await sql`select 1`.execute(platform.db)
          return json({ status: 'ok' })
        } catch {
          return json({ status: 'database unavailable' }, 503)
        }
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      access: anyone,
      urgent: true,
      handle: async request => {
        // Figures are for this machine: what came through a proxy came from somewhere else.
        if (
          !/^(127\.|::1$|::ffff:127\.)/.test(request.parts.ip) ||
          request.parts.headers['x-forwarded-for'] !== undefined
        )
          throw notFound()
        return bytes(Buffer.from(await options.metrics.metrics()), options.metrics.contentType, null)
      },
    }),
    route({
      method: 'GET',
      path: '/van-hanh',
      access: officer(OPERATE),
      handle: async request => {
        const t = texts(request.lang)
        const state = await readJobState(platform)
        const { rows } = await sql<{
          id: number
          task: string
          attempts: number
          last_error: string | null
        }>`select id, task, attempts, last_error from platform.failed_jobs()`.execute(platform.db)
        return page({
          title: t('system.title'),
          frame: 'desk',
          noIndex: true,
          body: (
            <div>
              <h1>{t('system.title')}</h1>
              <p>{t('system.version', { version: options.version })}</p>
              <p>{t('system.jobs', { ...state })}</p>
              <h2>{t('system.failed')}</h2>
              {rows.length === 0 ? (
                <p>{t('system.none')}</p>
              ) : (
                <Table
                  caption={t('system.failed')}
                  captionHidden
                  dense
                  columns={[
                    { title: t('system.job') },
                    { title: t('system.attempts'), numeric: true },
                    { title: t('system.error') },
                    { title: t('system.retry') },
                  ]}
                  rows={rows.map(row => ({
                    key: String(row.id),
                    cells: [
                      row.task,
                      String(row.attempts),
                      (row.last_error ?? '').split('\n')[0],
                      <form method="post" action={`/van-hanh/viec/${row.id}/chay-lai`}>
                        <Button text={t('system.retry')} secondary />
                      </form>,
                    ],
                  }))}
                />
              )}
            </div>
          ),
        })
      },
    }),
    route({
      method: 'POST',
      path: '/van-hanh/viec/:job/chay-lai',
      access: officer(OPERATE),
      handle: async request => {
        const actor = requireOfficer(request.actor, OPERATE)
        const job = request.param('job')
        if (!/^\d{1,15}$/.test(job)) throw notFound()
        await inTransaction(platform.db, async tx => {
          await sql`select platform.retry_job(${job}::bigint, ${request.at}::timestamptz)`.execute(tx)
          await audit(tx, {
            actor,
            action: 'system.retry-job',
            subject: `job:${job}`,
            at: request.at,
            request: request.parts,
          })
        })
        return redirect('/van-hanh')
      },
    }),
  ]
}
