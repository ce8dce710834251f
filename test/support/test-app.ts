// An app on a database of its own, cloned from the template: through HTTP in process, or listening for a browser.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, type AppOverrides, buildApp } from '../../src/app/build-app.ts'
import { type Config, readConfig } from '../../src/app/config.ts'
import { DEMO_PASSWORD, DEMO_SECOND_FACTOR } from '../../src/app/demo-people.ts'
import { codeAt, insertToken } from '../../src/modules/identity/index.ts'
import type { AgencyId } from '../../src/modules/organisation/index.ts'
import { loadKeyRing } from '../../src/platform/crypto/keys.ts'
import type { StatementCounter } from '../../src/platform/db/database.ts'
import { newToken } from '../../src/platform/id.ts'
import { asAdmin } from './scratch.ts'

export interface TestApp {
  readonly app: App
  readonly config: Config
  readonly databaseUrl: string
  readonly counter: StatementCounter
  readonly dataDir: string
  close(): Promise<void>
}

function need(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run tests with npm test`)
  return value
}

/** URL of a fresh clone of the template, and how to drop it. */
export async function cloneDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const admin = need('MOTCUA_TEST_SERVER')
  const name = `motcua_${randomUUID().replace(/-/g, '')}`
  await asAdmin(admin, client =>
    client.query(`create database ${name} template ${need('MOTCUA_TEST_TEMPLATE')} strategy file_copy`),
  )
  const url = new URL(admin)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () =>
      asAdmin(admin, async client => void (await client.query(`drop database if exists ${name} with (force)`))),
  }
}

export async function testApp(overrides: AppOverrides = {}, settings: Partial<Config> = {}): Promise<TestApp> {
  const database = await cloneDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'motcua-app-'))
  const counter: StatementCounter = { count: 0 }
  const config: Config = {
    ...readConfig({}),
    dataDir,
    keyRingFile: need('MOTCUA_TEST_KEYS'),
    logLevel: 'fatal',
    flood: { perSecond: 10_000, burst: 100_000 },
    ...settings,
  }
  const app = await buildApp(config, database.url, {
    keys: loadKeyRing(config.keyRingFile, false),
    counter,
    ...overrides,
  })
  return {
    app,
    config,
    databaseUrl: database.url,
    counter,
    dataDir,
    async close() {
      await app.close()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly location: string
  readonly headers: Readonly<Record<string, unknown>>
  /** The body as it was sent. */
  readonly bytes?: Buffer
}

/** What carries a visitor's requests: an app in this process, or a server at an address. */
export type Wire = (request: {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload?: string | Buffer
}) => Promise<Reply & { readonly cookies: readonly { name: string; value: string; maxAge?: number | undefined }[] }>

const inProcess =
  (app: App): Wire =>
  async ({ method, url, headers, payload }) => {
    const own = method === 'POST' ? { origin: 'http://localhost', host: 'localhost' } : {}
    const answer = await app.http.inject({
      method,
      url,
      headers: { ...own, ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    return {
      status: answer.statusCode,
      body: answer.body,
      bytes: answer.rawPayload,
      location: String(answer.headers.location ?? ''),
      headers: answer.headers,
      cookies: answer.cookies,
    }
  }

/** A person at a browser without a screen: keeps cookies, posts forms. */
export class Visitor {
  readonly wire: Wire
  readonly now: () => Date
  readonly cookies = new Map<string, string>()
  /** What goes with each request, as a proxy before us would add it. */
  readonly always: Readonly<Record<string, string>>
  constructor(where: App | Wire, always: Readonly<Record<string, string>> = {}) {
    this.always = always
    this.wire = typeof where === 'function' ? where : inProcess(where)
    this.now = typeof where === 'function' ? () => new Date() : () => where.platform.clock.now()
  }

  async send(
    method: 'GET' | 'POST',
    url: string,
    options: { payload?: string | Buffer; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { cookies, ...reply } = await this.wire({
      method,
      url,
      headers: { ...this.always, ...(cookie === '' ? {} : { cookie }), ...options.headers },
      ...(options.payload === undefined ? {} : { payload: options.payload }),
    })
    for (const { name, value, maxAge } of cookies) {
      if (value === '' || maxAge === 0) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return reply
  }

  get(url: string): Promise<Reply> {
    return this.send('GET', url)
  }

  post(url: string, form: Record<string, string | readonly string[]> = {}): Promise<Reply> {
    const body = new URLSearchParams(
      Object.entries(form).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : value.map(each => [name, each]),
      ),
    )
    return this.send('POST', url, {
      payload: body.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  }

  /** A multipart form with files. */
  upload(
    url: string,
    form: Record<string, string>,
    files: readonly { field: string; name: string; content: Buffer }[],
  ): Promise<Reply> {
    const boundary = `----motcua${randomUUID()}`
    const parts: Buffer[] = []
    for (const [name, value] of Object.entries(form))
      parts.push(Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
    for (const file of files) {
      parts.push(
        Buffer.from(
          `--${boundary}\r\ncontent-disposition: form-data; name="${file.field}"; filename="${file.name}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
        ),
        file.content,
        Buffer.from('\r\n'),
      )
    }
    parts.push(Buffer.from(`--${boundary}--\r\n`))
    return this.send('POST', url, {
      payload: Buffer.concat(parts),
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
  }

  /** Signs in with a demo account; leaders and administrators show their second factor. */
  async signIn(login: string): Promise<this> {
    const first = await this.post('/dang-nhap', { ten: login, 'mat-khau': DEMO_PASSWORD, tiep: '/' })
    if (first.status !== 303) throw new Error(`sign-in of ${login} answered ${first.status}`)
    if (first.location === '/dang-nhap/ma-xac-thuc') {
      const second = await this.post('/dang-nhap/ma-xac-thuc', {
        ma: codeAt(DEMO_SECOND_FACTOR, this.now()),
      })
      if (second.status !== 303) throw new Error(`second factor of ${login} answered ${second.status}`)
    }
    return this
  }
}

/** A token of a system of any agency, for a day. */
export async function giveToken(
  app: App,
  scopes: readonly string[] = ['dossier.submit', 'dossier.read'],
  agencyId: AgencyId | null = null,
): Promise<string> {
  const token = newToken(256)
  const at = app.platform.clock.now()
  const expiresAt = new Date(at.getTime() + 86_400_000)
  await insertToken(app.db, { token, name: 'test', scopes: [...scopes], agencyId, at, expiresAt })
  return token
}

/** Opens the app on a free port of this machine; gives its address. */
export async function listen({ app }: TestApp): Promise<string> {
  await app.http.listen({ port: 0, host: '127.0.0.1' })
  const address = app.http.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const base = `http://127.0.0.1:${address.port}`
  app.setOrigin(base)
  return base
}

/** The value of a hidden field of a form on a page. */
export function hidden(body: string, name: string): string {
  const match = new RegExp(`name="${name}" value="([^"]*)"`).exec(body)
  if (match?.[1] === undefined) throw new Error(`the page has no hidden field ${name}`)
  return match[1]
}

/** A small PDF, whole by its bytes. */
export const smallPdf = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
)
