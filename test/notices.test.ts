// What is told to people: only a demo may say "sent" of what never left the house.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
