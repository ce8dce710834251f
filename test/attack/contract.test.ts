// What our OpenAPI document says is so: requests made from its schemas (json-schema-faker) or wounded at random (fast-check), judged by
// the document alone (ajv): what it forbids is refused, every answer has the shape that it gives, nothing is a fault of ours.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { generate } from 'json-schema-faker'
import { newId } from '../../src/platform/id.ts'
import { CITIZEN, goodAnswers, PERMIT } from '../support/dossiers.ts'
import { giveToken, type TestApp, testApp, Visitor } from '../support/test-app.ts'

/** npm run attack -- openapi sends more. */
const RUNS = Number(process.env.CONTRACT_RUNS ?? 400)

type Schema = Readonly<Record<string, unknown>>
type Json = { [key: string]: unknown }
interface Operation {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query: readonly { readonly name: string; readonly schema: Schema }[]
  readonly body: Schema | null
  readonly allows: ValidateFunction | null
  /** The status of success, and the shape of its answer. */
  readonly status: number
  readonly answers: ValidateFunction
}

/** A place in a body: the object or list that holds it, and its name there. */
type Place = readonly [holder: Json, name: string]

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Json
  return Object.keys(holder).flatMap(name => [[holder, name] as const, ...placesIn(holder[name])])
}

/** What may be wrong at a place: it is gone, holds something else, has company, is long, or stands there in capitals. */
const wound = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('drop', 'replace', 'join', 'stretch', 'shout'),
  value: fc.jsonValue({ maxDepth: 2 }),
  name: fc.string({ maxLength: 12 }),
})
type Wound = typeof wound extends fc.Arbitrary<infer W> ? W : never

/** So many times as long, and no longer than the server would read at all. */
const stretch = (text: string, times: number): string =>
  text.repeat(Math.min(times, Math.ceil(3_000_000 / Math.max(1, text.length))))

function inflict(body: unknown, { at, how, value, name }: Wound): void {
  const places = placesIn(body)
  const place = places[at % Math.max(1, places.length)]
  if (place === undefined) return
  const [holder, key] = place
  const old = holder[key]
  if (how === 'drop') delete holder[key]
  else if (how === 'replace') holder[key] = value
  else if (how === 'join') holder[name] = value
  else if (typeof old === 'string') holder[key] = how === 'stretch' ? stretch(old, 1 + (at % 3000)) : old.toUpperCase()
}

const request = fc.record({
  operation: fc.nat(),
  /** Made from the schema, or good and then wounded. */
  made: fc.boolean(),
  seed: fc.nat(),
  wounds: fc.array(wound, { maxLength: 3 }),
  code: fc.oneof(fc.constant('own'), fc.constant(PERMIT), fc.string({ maxLength: 60, minLength: 1 })),
  query: fc.array(fc.oneof(fc.string(), fc.nat().map(String)), { minLength: 4, maxLength: 4 }),
})

describe('the OpenAPI document', () => {
  let test: TestApp
  let operations: readonly Operation[]
  let isProblem: ValidateFunction
  let system: Visitor
  let headers: Record<string, string>
  let reference: string

  before(async () => {
    test = await testApp()
    headers = { authorization: `Bearer ${await giveToken(test.app)}`, 'content-type': 'application/json' }
    system = new Visitor(test.app)
    const document = JSON.parse((await system.get('/api/openapi.json')).body)
    // Formats are told by patterns beside them.
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    isProblem = ajv.compile(document.components.schemas.Problem)
    operations = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, said]) => {
        const body = (said.requestBody as { content: { 'application/json': { schema: Schema } } } | undefined)?.content
        const [status, answer] = Object.entries(said.responses as Json).find(([name]) => name !== 'default') ?? []
        const { schema } = (answer as { content: { 'application/json': { schema: Schema } } }).content[
          'application/json'
        ]
        const parameters = said.parameters as readonly { in: string; name: string; schema: Schema }[]
        const allowed = body?.['application/json'].schema ?? null
        return {
          method: method.toUpperCase() as Operation['method'],
          path,
          query: parameters.filter(each => each.in === 'query'),
          body: allowed,
          allows: allowed === null ? null : ajv.compile(allowed),
          status: Number(status),
          answers: ajv.compile(schema),
        }
      }),
    )
    assert.ok(operations.length >= 5)
    reference = JSON.parse((await file(good('/api/v1/ho-so'))).body).reference
  })
  after(() => test.close())

  const good = (path: string): Json =>
    path.endsWith('/rut')
      ? { requestKey: newId(new Date()), reason: 'Đổi ý' }
      : {
          requestKey: newId(new Date()),
          procedure: PERMIT,
          applicant: { name: 'Nguyễn Thị Mẫu', ...CITIZEN, email: 'mau@example.vn' },
          answers: structuredClone(goodAnswers(PERMIT)) as Json,
        }
  const file = (body: Json) => system.send('POST', '/api/v1/ho-so', { payload: JSON.stringify(body), headers })

  it('forbids nothing that is taken, and gives the shape of every answer', async t => {
    const seen = new Map<string, number>()
    let forbidden = 0
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, made, seed, wounds, code, query }) => {
        const asked = operations[operation % operations.length] as Operation
        const { method, path, body, allows } = asked
        let payload: unknown
        if (body !== null) {
          payload = made ? await generate(body as never, { seed }) : good(path)
          for (const each of wounds) inflict(payload, each)
        }
        // What is withdrawn once is withdrawn.
        if (code === 'own' && path.endsWith('/rut'))
          reference = JSON.parse((await file(good('/api/v1/ho-so'))).body).reference
        const search = new URLSearchParams(asked.query.map(({ name }, index) => [name, query[index % 4] ?? '']))
        const url = path.replace(/\{\w+\}/g, () => encodeURIComponent(code === 'own' ? reference : code))
        const reply = await system.send(method, asked.query.length > 0 ? `${url}?${search}` : url, {
          headers,
          ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
        })
        const said = `${method} ${url} ${JSON.stringify(payload)?.slice(0, 500)} → ${reply.status} ${reply.body.slice(0, 300)}`
        const key = `${method} ${path} ${reply.status}`
        seen.set(key, (seen.get(key) ?? 0) + 1)
        assert.ok(reply.status < 500, said)
        const fits = allows === null || allows(JSON.parse(JSON.stringify(payload)))
        if (!fits) forbidden++
        if (!fits) assert.ok(reply.status >= 400, `forbidden by the document, and taken: ${said}`)
        if (reply.status < 400) {
          assert.equal(reply.status, asked.status, said)
          assert.ok(asked.answers(JSON.parse(reply.body)), `${JSON.stringify(asked.answers.errors)} ${said}`)
        } else {
          assert.match(String(reply.headers['content-type']), /^application\/problem\+json/, said)
          assert.ok(isProblem(JSON.parse(reply.body)), `${JSON.stringify(isProblem.errors)} ${said}`)
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
    t.diagnostic(`${RUNS} requests, ${forbidden} of them forbidden by the document`)
    for (const [key, count] of [...seen].sort()) t.diagnostic(`${key}: ${count}`)
    // Good ones got through, so that what was wounded came as far as where it is wrong.
    for (const { method, path, status } of operations)
      assert.ok(seen.has(`${method} ${path} ${status}`), `nothing was ever good for ${method} ${path}`)
    assert.ok(forbidden > RUNS / 10)
  })
})
