// What the log says of an error, and what it keeps to itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from './log.ts'

function lines(): { written: string[]; log: ReturnType<typeof createLog> } {
  const written: string[] = []
  return { written, log: createLog('debug', { write: line => void written.push(line) }) }
}

test('of an error the log says where it happened, not the connection, the statement or the row that hang on it', () => {
  const { written, log } = lines()
  const error = Object.assign(new Error('terminating connection'), {
    code: '57P01',
    severity: 'FATAL',
    constraint: 'account_login_key',
    detail: 'Key (login)=(044185000123) already exists.',
    where: 'COPY account, line 1: "Nguyễn Thị Mẫu"',
    client: { connectionParameters: { host: 'db' }, _activeQuery: { values: ['Nguyễn Thị Mẫu'] } },
  })
  log.warn({ err: error }, 'an idle connection broke')
  const line = JSON.parse(written[0] ?? '') as { msg: string; err: Record<string, unknown> }
  assert.equal(line.msg, 'an idle connection broke')
  assert.deepEqual(Object.keys(line.err).sort(), ['code', 'constraint', 'message', 'severity', 'stack', 'type'])
  assert.equal(line.err.code, '57P01')
  assert.doesNotMatch(written.join(), /Nguyễn|044185000123|connectionParameters/)
})

test('causes and the members of an aggregate are told, to a depth', () => {
  const { written, log } = lines()
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
  log.error({ err: new Error('no mail', { cause: new AggregateError([refused, refused], 'both') }) }, 'mail')
  const { err } = JSON.parse(written[0] ?? '') as {
    err: { type: string; cause: { type: string; errors: { code: string }[] } }
  }
  assert.equal(err.type, 'Error')
  assert.equal(err.cause.type, 'AggregateError')
  assert.deepEqual(
    err.cause.errors.map(each => each.code),
    ['ECONNREFUSED', 'ECONNREFUSED'],
  )
  const circle: Error = new Error('round')
  circle.cause = circle
  log.error({ err: circle }, 'a circle ends')
  assert.match(written[1] ?? '', /a circle ends/)
})

test('what was thrown and is no error is not written out', () => {
  const { written, log } = lines()
  log.error({ err: { applicant: 'Nguyễn Thị Mẫu' } }, 'thrown')
  log.error({ err: 'a text' }, 'thrown')
  assert.doesNotMatch(written[0] ?? '', /Nguyễn/)
  assert.match(written[1] ?? '', /a text/)
})
