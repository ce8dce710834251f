// Declaration of the dossier module.
import { z } from 'zod'
import { inTransaction } from '../../platform/db/database.ts'
import { enqueue, job } from '../../platform/jobs/jobs.ts'
import type { Module } from '../../platform/module.ts'
import type { LetterActs, TimestampPort } from '../signing/index.ts'
import { dossierApi } from './api/dossier-api.ts'
import { applicantRoutes } from './apply/applicant-page.tsx'
import { pageRoutes } from './apply/page-page.tsx'
import { papersRoutes } from './apply/papers-page.tsx'
import { reviewRoutes } from './apply/review-page.tsx'
import { startRoutes } from './apply/start-page.tsx'
import { boardRoutes } from './board/board-page.tsx'
import type { House } from './change-dossier.ts'
import { runIntentJob } from './issue/run-intent.ts'
import create from './migrations/0001_create_dossier.sql'
import addTodoProcedure from './migrations/0002_add_todo_procedure.sql'
import orderLists from './migrations/0003_order_lists_by_index.sql'
import sealHistoriesSql from './migrations/0004_seal_histories.sql'
import stampSealsSql from './migrations/0005_stamp_seals.sql'
import searchByPairs from './migrations/0006_search_by_pairs.sql'
import countOpenWork from './migrations/0007_count_open_work.sql'
import leaveRoom from './migrations/0008_leave_room.sql'
import searchKeys from './migrations/0009_search_keys.sql'
import indexSearchKeys from './migrations/0010_index_search_keys.sql'
import dropPairs from './migrations/0011_drop_pairs.sql'
import addForeignSystem from './migrations/0012_add_foreign_system.sql'
import indexForeignSystem from './migrations/0013_index_foreign_system.sql'
import dropForeign from './migrations/0014_drop_foreign.sql'
import analyseRarely from './migrations/0015_analyse_rarely.sql'
import dropNoPairs from './migrations/0016_drop_no_pairs.sql'
import sumByDay from './migrations/0017_sum_by_day.sql'
import { permissions } from './permissions.ts'
import { sealHistories } from './seal/seal-histories.ts'
import { sealRoutes } from './seal/seals-page.tsx'
import { stampSeals } from './seal/stamp-seals.ts'
import { citizenRoutes } from './show/citizen-page.tsx'
import { deskRoutes } from './show/desk-page.tsx'
import { letterRoutes } from './show/letter-routes.ts'
import { slipRoutes } from './slips/slip-route.ts'
import { foldDeltas } from './store/board.ts'
import { deleteDraft, lockDraft, oldDrafts } from './store/drafts.ts'
import { tidySearch } from './store/search.ts'
import { foldTodoCounts } from './store/todo.ts'
import { tellApplicant } from './tell-applicant.ts'
import { trackRoutes } from './track/track-page.tsx'
import { searchRoutes } from './worklist/search-page.tsx'
import { worklistRoutes } from './worklist/worklist-page.tsx'

/** A draft nobody touched for so long is removed with its files. */
/** Old drafts read at a time. */
const BATCH = 1000
const DRAFT_DAYS = 90

export function dossierModule(house: House, options: { acts: LetterActs; timestamps: TimestampPort | null }): Module {
  const { timestamps } = options
  return {
    name: 'dossier',
    migrations: [
      { name: '0001_create_dossier', sql: create },
      { name: '0002_add_todo_procedure', sql: addTodoProcedure },
      { name: '0003_order_lists_by_index', sql: orderLists },
      { name: '0004_seal_histories', sql: sealHistoriesSql },
      { name: '0005_stamp_seals', sql: stampSealsSql },
      {
        name: '0006_search_by_pairs',
        sql: searchByPairs,
        formerly: 'dfeea968015bd320e0c1b456c48854202d59977e429eb087af0e80ac0e2399ec',
      },
      { name: '0007_count_open_work', sql: countOpenWork },
      { name: '0008_leave_room', sql: leaveRoom },
      { name: '0009_search_keys', sql: searchKeys },
      { name: '0010_index_search_keys', sql: indexSearchKeys },
      {
        name: '0011_drop_pairs',
        sql: dropPairs,
        formerly: '66ea3af8683e85fb40c86bc95b39ffd822223568b281ebaaf60eedd0bb3ec9f8',
      },
      { name: '0012_add_foreign_system', sql: addForeignSystem },
      { name: '0013_index_foreign_system', sql: indexForeignSystem },
      { name: '0014_drop_foreign', sql: dropForeign },
      { name: '0015_analyse_rarely', sql: analyseRarely },
      { name: '0016_drop_no_pairs', sql: dropNoPairs },
      { name: '0017_sum_by_day', sql: sumByDay },
    ],
    permissions,
    sealed: [
      {
        table: 'dossier.payload',
        id: ['dossier_id', 'seq'],
        column: 'sealed',
        use: 'payload',
        bound: ([id, seq]) => `${id}:${seq}`,
      },
      { table: 'dossier.dossier', id: ['id'], column: 'token', use: 'field', bound: ([id]) => `dossier:${id}:token` },
      ...(['document', 'note', 'draft'] as const).map(kind => ({
        table: `dossier.${kind}`,
        id: ['id'],
        column: 'content',
        use: 'payload' as const,
        bound: ([id]: readonly string[]) => `${kind}:${id}`,
      })),
    ],
    routes: [
      ...startRoutes(house),
      ...pageRoutes(house),
      ...papersRoutes(house),
      ...applicantRoutes(house),
      ...reviewRoutes(house),
      ...citizenRoutes(house),
      ...trackRoutes(house),
      ...boardRoutes(house),
      ...sealRoutes(house),
      ...worklistRoutes(house),
      ...searchRoutes(house),
      ...deskRoutes(house),
      ...letterRoutes(house),
      ...slipRoutes(house),
      ...dossierApi(house),
    ],
    jobs: [
      job({
        name: 'dossier.seal-histories',
        schema: z.unknown(),
        handle: async () => {
          const made = await sealHistories(house)
          // Without a key: one that replaced a job under way would let that one fail for good at its first fault.
          if (made.length > 0 && timestamps !== null) await enqueue(house.db, 'dossier.stamp-seals', {})
        },
      }),
      ...(timestamps === null
        ? []
        : [
            job({
              name: 'dossier.stamp-seals',
              outside: true,
              schema: z.unknown(),
              handle: async () => {
                await stampSeals(house, timestamps)
              },
            }),
          ]),
      runIntentJob(house, options.acts),
      job({
        name: 'dossier.sweep-drafts',
        schema: z.unknown(),
        handle: async () => {
          const before = new Date(house.clock.now().getTime() - DRAFT_DAYS * 86_400_000)
          for (let found = BATCH; found === BATCH; ) {
            const old = await oldDrafts(house.db, before, BATCH)
            found = old.length
            for (const { id, owner } of old)
              await inTransaction(house.db, async tx => {
                // Somebody may have gone on writing since.
                const locked = await lockDraft(tx, house.keys, id, owner)
                if (locked !== null && locked.updatedAt < before) await deleteDraft(tx, id)
              })
          }
        },
      }),
      job({
        name: 'dossier.fold-deltas',
        schema: z.unknown(),
        handle: async () => {
          while ((await foldDeltas(house.db, 5000)) === 5000);
          while ((await foldTodoCounts(house.db, 5000)) === 5000);
          await tidySearch(house.db)
        },
      }),
    ],
    schedules: [
      // Shortly before midnight in Việt Nam; cron lines are UTC.
      { job: 'dossier.seal-histories', cron: '50 16 * * *' },
      // What the authority could not stamp in the evening.
      ...(timestamps === null ? [] : [{ job: 'dossier.stamp-seals', cron: '27 * * * *' }]),
      { job: 'dossier.sweep-drafts', cron: '41 1 * * *' },
      { job: 'dossier.fold-deltas', cron: '* * * * *' },
    ],
    subscribers: [tellApplicant(house)],
  }
}
