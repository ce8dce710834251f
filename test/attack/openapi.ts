// `npm run attack -- openapi`: a public tool (Portman) reads our OpenAPI document and sends what it forbids: fields left out,
// too long, too short, too large. It is installed into a folder of its own; the product does not depend on it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { newId } from '../../src/platform/id.ts'
import { CITIZEN, goodAnswers, PERMIT } from '../support/dossiers.ts'
import { giveToken, listen, testApp } from '../support/test-app.ts'

const PORTMAN = process.env.PORTMAN_FOLDER ?? ''

/** How a request is named in which the tool changed something. */
const FUZZED = 'bad'

interface Execution {
  readonly item: { readonly name: string }
  readonly response?: { readonly code: number }
}

const FIELDS = {
  requiredFields: { enabled: true },
  minimumNumberFields: { enabled: true },
  maximumNumberFields: { enabled: true },
  minLengthFields: { enabled: true },
  maxLengthFields: { enabled: true },
}

it('what the OpenAPI document forbids is refused, and what it allows is answered as it says', {
  timeout: 600_000,
}, async t => {
  const test = await testApp()
  const folder = mkdtempSync(join(tmpdir(), 'motcua-openapi-'))
  try {
    const base = await listen(test)
    const token = await giveToken(test.app)
    const at = new Date()
    const statuses = new Map<number, number>()
    const failed: string[] = []
    test.app.http.server.on('request', (request, response) => {
      response.on('finish', () => {
        const { statusCode } = response
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
        if (statusCode >= 500) failed.push(`${statusCode} ${request.method} ${request.url}`)
      })
    })
    const document = await (await fetch(`${base}/api/openapi.json`)).text()
    writeFileSync(join(folder, 'openapi.json'), document)
    // What makes each request good, so that the one thing that is bad about it is what the tool changed.
    const filing = {
      requestKey: newId(at),
      procedure: PERMIT,
      applicant: { name: 'Nguyễn Thị Mẫu', ...CITIZEN },
      answers: goodAnswers(PERMIT),
    }
    const filed = await fetch(`${base}/api/v1/ho-so`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...filing, requestKey: newId(at) }),
    })
    const { reference } = (await filed.json()) as { reference: string }
    const bodyOf = (body: object) => Object.entries(body).map(([key, value]) => ({ key, value, overwrite: true }))
    const good = [
      {
        openApiOperation: 'POST::/api/v1/ho-so',
        overwriteRequestBody: [...bodyOf(filing), { key: 'foreignCode', remove: true }],
      },
      {
        openApiOperation: 'POST::/api/v1/ho-so/{code}/rut',
        overwriteRequestBody: bodyOf({ requestKey: newId(at), reason: 'Đổi ý' }),
        overwriteRequestPathVariables: [{ key: 'code', value: reference, overwrite: true }],
      },
      {
        openApiOperation: 'GET::/api/v1/ho-so/{code}',
        overwriteRequestPathVariables: [{ key: 'code', value: reference, overwrite: true }],
      },
      {
        openApiOperation: 'GET::/api/v1/thu-tuc/{code}',
        overwriteRequestPathVariables: [{ key: 'code', value: PERMIT, overwrite: true }],
      },
    ]
    writeFileSync(
      join(folder, 'portman.json'),
      JSON.stringify({
        version: 1.0,
        overwrites: good,
        tests: {
          variationTests: [
            ...good.map(each => ({
              openApiOperation: each.openApiOperation,
              variations: [
                {
                  name: FUZZED,
                  overwrites: [{ ...each, openApiOperation: undefined }],
                  tests: { contractTests: [{ statusCode: { enabled: true, code: 422 } }] },
                  fuzzing: [
                    each.openApiOperation.startsWith('POST')
                      ? { requestBody: [FIELDS] }
                      : { requestQueryParams: [FIELDS] },
                  ],
                },
              ],
            })),
          ],
        },
      }),
    )
    const tool = (name: string, args: readonly string[]) =>
      new Promise<string>(resolve => {
        const child = spawn(process.execPath, [join(PORTMAN, 'node_modules', name), ...args], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        let said = ''
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => {
            said += text
          })
        child.on('close', () => resolve(said))
      })
    const made = await tool('@apideck/portman/bin/portman', [
      ...['-l', join(folder, 'openapi.json'), '-b', base, '-c', join(folder, 'portman.json')],
      ...['-o', join(folder, 'collection.json')],
    ])
    const ran = await tool('newman/bin/newman.js', [
      ...['run', join(folder, 'collection.json'), '--env-var', `bearerToken=${token}`],
      ...['-r', 'json', '--reporter-json-export', join(folder, 'run.json')],
    ])
    assert.ok(existsSync(join(folder, 'run.json')), `${made}\n${ran}`)
    const { run }: { run: { executions: readonly Execution[] } } = JSON.parse(
      readFileSync(join(folder, 'run.json'), 'utf8'),
    )
    const answers = run.executions.map(({ item, response }) => ({ name: item.name, code: response?.code ?? 0 }))
    const fuzzed = answers.filter(({ name }) => name.includes(FUZZED))
    t.diagnostic(
      `${answers.length} requests, ${fuzzed.length} of them bad; answers ${[...statuses].map(each => each.join(': ')).join(', ')}`,
    )
    assert.deepEqual(
      // The tool takes `propertyNames`, a keyword of JSON Schema, for a field.
      answers
        .filter(({ name }) => !name.endsWith('propertyNames]'))
        .filter(({ name, code }) => (name.includes(FUZZED) ? code !== 422 : code >= 300)),
      [],
    )
    assert.ok(fuzzed.length >= 12)
    assert.deepEqual(failed, [])
  } finally {
    await test.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
