// What is told to people: only a demo may say "sent" of what never left the house.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Carrier } from '../src/modules/notifications/index.ts'
import { notify, sendJob } from '../src/modules/notifications/notify.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { fileDossier } from './support/dossiers.ts'
import { motcua } from './support/motcua.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp } from './support/test-app.ts'

const messages = (test: TestApp): Promise<string[]> =>
  asAdmin(test.databaseUrl, async client =>
    (
      await client.query<{ line: string }>(
        "select concat_ws(' ', channel, state, error) as line from notifications.message order by channel",
      )
    ).rows.map(row => row.line),
  )

describe('notices', () => {
  it('by a way that this installation does not have are failed, not sent, and the doctor says so', async () => {
    const test = await testApp({}, { demo: false })
    try {
      await fileDossier(test.app)
      await test.app.runJobs()
      assert.deepEqual(await messages(test), ['app sent', 'sms failed no carrier'])
      const { out } = await motcua(['doctor'], {
        DATABASE_URL: test.databaseUrl,
        DATA_DIR: test.dataDir,
        KEY_RING_FILE: process.env.MOTCUA_TEST_KEYS,
      })
      assert.match(out, /! In the last seven days 1 messages by sms had no way to people: set SMTP_URL/)
    } finally {
      await test.close()
    }
  })

  it('that left the house is sent, whatever another run of the job says of it', async () => {
    const test = await testApp()
    const { db } = test.app
    const waiting = async (key: string): Promise<string[]> => {
      const { keys, clock } = test.app.platform
      const notice = {
        key,
        channel: 'sms',
        address: '0912000123',
        subject: 'Hồ sơ',
        text: 'Đã tiếp nhận',
        href: '/',
      } as const
      await inTransaction(db, tx => notify(tx, keys, [notice], clock.now()))
      const rows = await db.selectFrom('notifications.message').select('id').where('state', '=', 'waiting').execute()
      return rows.map(row => row.id)
    }
    const run = (sms: Carrier | null, ids: readonly string[]) =>
      sendJob(test.app.platform, { sms, email: null, zalo: null }).run({ ids }, { last: false })
    try {
      const done: Carrier = { send: async () => undefined }
      const first = await waiting('a')
      // While it is under way another run finds no way to send it.
      await run({ send: async () => run(null, first) }, first)
      assert.deepEqual(await messages(test), ['sms sent'])
      const second = await waiting('b')
      const late: Carrier = {
        send: async () => {
          await run(done, second)
          throw new Error('no answer')
        },
      }
      await assert.rejects(run(late, second), /no answer/)
      assert.deepEqual(await messages(test), ['sms sent', 'sms sent'])
    } finally {
      await test.close()
    }
  })

  it('of a demo go to its mailbox', async () => {
    const test = await testApp()
    try {
      await fileDossier(test.app)
      await test.app.runJobs()
      assert.deepEqual(await messages(test), ['app sent', 'sms sent'])
    } finally {
      await test.close()
    }
  })
})
