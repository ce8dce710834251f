// A database that is away is told from a statement or a file that is wrong, whichever way it was spoken to.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import pg from 'pg'
import { databaseAway } from './away.ts'

const faultOf = async (work: () => Promise<unknown>): Promise<Error> =>
  work().then(
    () => assert.fail('it worked'),
    error => error as Error,
  )

describe('a database that is away', () => {
  it('is seen where its socket is gone, and where nobody listens at its port', async () => {
    for (const where of ['postgres://a:b@localhost:1/c?host=/nowhere', 'postgres://a:b@127.0.0.1:1/c']) {
      const client = new pg.Client({ connectionString: where })
      assert.equal(databaseAway(await faultOf(() => client.connect())), true, where)
    }
  })
  it('is not seen in a file that is missing, nor in a statement that is wrong', async () => {
    assert.equal(databaseAway(await faultOf(async () => readFileSync('/nowhere/file'))), false)
    assert.equal(databaseAway(Object.assign(new Error('syntax error'), { code: '42601' })), false)
  })
})
