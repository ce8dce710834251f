// The web server: turns a request into a WebRequest, asks access, calls the handler, writes its answer. Nothing else writes.

import { randomUUID } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'
import fastifyMultipart from '@fastify/multipart'
import fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest } from 'fastify'
import { requireAccess } from '../access/access.ts'
import { actorKey } from '../access/actor.ts'
import { networkOf } from '../access/network.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import type { Lang } from '../i18n/texts.ts'
import { type Line, line } from '../line.ts'
import type { Log } from '../log.ts'
import { redirect } from './answer.ts'
import { type Arrivals, arrivals } from './arrivals.ts'
import type { Assets } from './assets.ts'
import { type ByteCache, byteCache, type CachedPage } from './byte-cache.ts'
import { errorJson, errorPage } from './error-page.tsx'
import { FormBody, type UploadedFile } from './form-body.ts'
import { floodBrake } from './rate-limit.ts'
import { dropUnkept, readBody, type Stores } from './read-body.ts'
import { GONE, MAX_FORM_BYTES, TOO_BUSY, tooBusy, tooMany, translate } from './refusals.ts'
import { type Identified, localPath, malformed, NOBODY, notFound, WebRequest } from './request.ts'
import type { Route } from './route.ts'
import { securityHeaders, strictTransport } from './security-headers.ts'
import { cookiesOf, sendCached, type WriteOptions, write } from './write-answer.ts'

export const SESSION_COOKIE = 'mc_phien'
export const LANG_COOKIE = 'mc_ngon_ngu'

export interface ServerOptions extends WriteOptions, Stores {
  readonly routes: readonly Route[]
  readonly clock: Clock
  readonly log: Log
  readonly assets: Assets
  /** Reads the session cookie or bearer token; one statement. */
  readonly identify: (credentials: { cookie: string | null; bearer: string | null }, at: Date) => Promise<Identified>
  /** The version of public data; byte-cached pages live as long as it stands. */
  readonly publicVersion: () => Promise<number>
  /** Requests a second and burst that one address may make. */
  readonly flood: { readonly perSecond: number; readonly burst: number }
  /** How many proxies in front may be believed about X-Forwarded-For. */
  readonly trustProxy: number
  /** Foreign protocols that live under a prefix and read their requests themselves (the eID simulator). */
  readonly mounts: readonly { readonly prefix: string; readonly plugin: FastifyPluginAsync }[]
  readonly observe: (route: string, status: number, seconds: number) => void
}

/** More than this would only wait for each other: the rest is asked to come again while there is still an answer in seconds. */
const AT_ONCE = { atOnce: 48, waiting: 150 }
/** Of each route that waits for something slow. */
const APART = { atOnce: 16, waiting: 150 }

/** Builds the server; the caller listens and closes. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_FORM_BYTES,
    trustProxy: (_address: string, hop: number) => hop < options.trustProxy,
    genReqId: () => randomUUID(),
    requestTimeout: 120_000,
    // Who neither sends nor reads for so long is let go.
    connectionTimeout: 90_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // A missing host is refused below, in our words and with our headers.
    http: { requireHostHeader: false },
    // What Node cannot read as a request is answered before there is one; the socket may be gone already.
    clientErrorHandler: (error, socket) => {
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
      const lines = Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`)
      if (socket.writable)
        socket.end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      else socket.destroy()
    },
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders)
      answerError(
        options,
        request as FastifyRequest,
        reply as unknown as FastifyReply,
        translate(error, isGone(request as FastifyRequest)),
      )
    },
    routerOptions: { maxParamLength: 300 },
  })
  await app.register(fastifyCookie)
  await app.register(fastifyMultipart)
  app.removeContentTypeParser(['text/plain'])
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )

  const headers = { ...securityHeaders, ...(options.secureCookies ? strictTransport : {}) }
  const brake = floodBrake(options.flood.perSecond, options.flood.burst)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    reply.header('x-request-id', request.id)
    if (request.raw.httpVersion === '1.1' && request.raw.headers.host === undefined) throw malformed('no host')
    const wait = brake.take(networkOf(request.ip), options.clock.now().getTime())
    if (wait > 0) throw tooMany(wait)
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeignOrigin(request)
  })
  app.addHook('onResponse', async (request, reply) => {
    options.observe(request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1000)
  })
  // Addresses that cannot even be routed get our page too.
  app.setErrorHandler((error, request, reply) =>
    answerError(options, request, reply, translate(error, isGone(request))),
  )
  // Nobody's page still knows who looks at it.
  const inTurn = line({ ...AT_ONCE, full: tooBusy })
  app.setNotFoundHandler(async (request, reply) => {
    const identified = await inTurn(() => identify(options, request)).catch(() => NOBODY)
    return answerError(options, request, reply, notFound(), undefined, identified)
  })

  app.get('/tinh/:file', (request, reply) => {
    const asset = options.assets.get((request.params as { file: string }).file)
    if (asset === undefined) throw notFound()
    const accepted = request.headers['accept-encoding'] ?? ''
    const [encoding, body] =
      asset.brotli !== null && accepted.includes('br')
        ? ['br', asset.brotli]
        : asset.gzip !== null && accepted.includes('gzip')
          ? ['gzip', asset.gzip]
          : [null, asset.plain]
    if (encoding !== null) reply.header('content-encoding', encoding)
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .type(asset.mediaType)
      .send(body)
  })

  const cache = byteCache(64_000_000)
  const arriving = arrivals()
  for (const route of options.routes) {
    const work = route.urgent ? atOnce : route.apart ? line({ ...APART, full: tooBusy }) : inTurn
    app.route({
      method: route.method,
      url: route.path,
      handler: (request, reply) =>
        serve({ options, cache, enter: route.urgent ? atOnce : inTurn, arriving, work }, route, request, reply),
    })
  }
  for (const mount of options.mounts) await app.register(mount.plugin, { prefix: mount.prefix })
  return app
}

const atOnce: Line = work => work()

interface Serving {
  readonly options: ServerOptions
  readonly cache: ByteCache
  /** The line before it is known who asks, and the one before the work. */
  readonly enter: Line
  readonly arriving: Arrivals
  readonly work: Line
}

async function serve(serving: Serving, route: Route, request: FastifyRequest, reply: FastifyReply) {
  const { options, cache } = serving
  const { cache: keeping } = route
  if (keeping === undefined || cookiesOf(options, request)[SESSION_COOKIE] !== undefined)
    return serveOne(serving, route, request, reply)
  const version = await options.publicVersion()
  const made = options.clock.now().getTime()
  const key = `${langOf(options, request)} ${request.url}`
  const page =
    cache.get(key, version, made) ??
    (await cache.makeOnce(key, version, () => {
      let kept: CachedPage | undefined
      return serveOne(serving, route, request, reply, html => {
        kept = cache.put(key, version, { status: 200, made, seconds: keeping.seconds }, html)
        return kept
      }).then(() => kept)
    }))
  if (reply.sent) return reply
  return page === undefined ? serveOne(serving, route, request, reply) : sendCached(request, reply, page)
}

/** Answers one request; `keep` is given a page that every stranger may have, and gives its bytes. */
async function serveOne(
  serving: Serving,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  keep?: (html: string) => CachedPage,
) {
  const { options } = serving
  const at = options.clock.now()
  const lang = langOf(options, request)
  let identified: Identified = NOBODY
  let uploaded: readonly UploadedFile[] = []
  // Whoever hung up while waiting will not read an answer: nothing is done for them.
  const turn = <T>(line: Line, work: () => Promise<T>, patient?: 'patient') =>
    line(async () => {
      if (isGone(request)) throw malformed(GONE)
      return work()
    }, patient)
  try {
    // In two turns: whoever sends a large body slowly holds up nobody.
    const bare = await turn(serving.enter, async () => {
      identified = await identify(options, request, at)
      requireAccess(route.access, identified.actor)
      const parts = webRequestParts(options, request, lang, at, FormBody.of([]), null)
      const bare = new WebRequest(parts, identified)
      await route.admit?.(bare)
      return bare
    })
    const read = () => readBody(options, route, request)
    const from = { actor: identified.actor, key: actorKey(identified.actor), network: bare.parts.network }
    // Places are for what may bring files: a page of a form is as small as one that comes without parts.
    const small = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= MAX_FORM_BYTES
    const { form, json } = await (request.isMultipart() && !small ? serving.arriving(from, read) : read())
    uploaded = form.files
    const webRequest = new WebRequest({ ...bare.parts, form, json }, identified)
    const answer = await turn(serving.work, async () => route.handle(webRequest), route.apart ? undefined : 'patient')
    if (keep !== undefined && answer.kind === 'page' && answer.status === 200)
      return sendCached(request, reply, keep(options.frame(answer, webRequest)))
    return write(options, webRequest, reply, answer)
  } catch (error) {
    return answerError(options, request, reply, translate(error, isGone(request)), route, identified)
  } finally {
    await dropUnkept(options, uploaded)
  }
}

/** Who asks, by session cookie or token. */
async function identify(
  options: ServerOptions,
  request: FastifyRequest,
  at = options.clock.now(),
): Promise<Identified> {
  const cookie = cookiesOf(options, request)[SESSION_COOKIE] ?? null
  const header = request.headers.authorization
  const bearer = header?.startsWith('Bearer ') === true ? header.slice(7) : null
  return cookie === null && bearer === null ? NOBODY : options.identify({ cookie, bearer }, at)
}

function webRequestParts(
  options: ServerOptions,
  request: FastifyRequest,
  lang: Lang,
  at: Date,
  form: FormBody,
  json: unknown,
): WebRequest['parts'] {
  const query = request.url.indexOf('?')
  return {
    id: request.id,
    method: request.method,
    url: request.url,
    origin: `${request.protocol}://${request.host}`,
    params: (request.params ?? {}) as Record<string, string>,
    search: new URLSearchParams(query < 0 ? '' : request.url.slice(query + 1)),
    form,
    json,
    cookies: cookiesOf(options, request),
    headers: request.headers,
    lang,
    ip: request.ip ?? '',
    network: networkOf(request.ip),
    at,
  }
}

const langOf = (options: ServerOptions, request: FastifyRequest): Lang =>
  cookiesOf(options, request)[LANG_COOKIE] === 'en' ? 'en' : 'vi'

/** A browser says where an unsafe request comes from; one from elsewhere is refused. Programs send neither header. */
function refuseForeignOrigin(request: FastifyRequest) {
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined &&
      origin !== 'null' &&
      (!/^https?:\/\/[^/@]+$/.test(origin) || !URL.canParse(origin) || new URL(origin).host !== request.host)) ||
    (origin === 'null' && site === undefined)
  if (foreign) throw new AppError({ code: 'http.origin', status: 403, say: lang => coreTexts(lang)('error.origin') })
}

/** Whether whoever asked has hung up. */
const isGone = (request: FastifyRequest): boolean => request.raw.socket.destroyed === true

const WATCHED: ReadonlySet<number> = new Set([403, 409, 429, 500, 503])

/** The page of ours from which somebody sent what could not be done; null where that is not known or would be this very answer. */
function cameFrom(request: FastifyRequest): string | null {
  const { referer } = request.headers
  if (referer === undefined || !URL.canParse(referer)) return null
  const { host, pathname, search } = new URL(referer)
  const path = localPath(pathname + search, '/')
  return host === request.host && (request.method !== 'GET' || path !== request.url) ? path : null
}

function answerError(
  options: ServerOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  route?: Route,
  identified = NOBODY,
) {
  const lang = langOf(options, request)
  const known = error instanceof AppError ? error.parts : null
  const entry = { requestId: request.id, route: route?.path, code: known?.code, actor: actorKey(identified.actor) }
  if (known === null) options.log.error({ ...entry, err: error }, 'request failed')
  // Thousands of these say what one metric says.
  else if (known.code === TOO_BUSY) options.log.debug(entry, 'request turned away')
  // Who was kept out, and what we could not do, is for whoever watches; a wrong field is between us and the person.
  else
    options.log[WATCHED.has(known.status) ? 'warn' : 'info'](
      { ...entry, status: known.status, detail: known.detail, network: networkOf(request.ip) },
      'request refused',
    )
  if (known?.retryAfterSeconds !== undefined) reply.header('retry-after', known.retryAfterSeconds)
  const webRequest = new WebRequest(
    webRequestParts(options, request, lang, options.clock.now(), FormBody.of([]), null),
    identified,
  )
  const wantsJson =
    route?.api !== undefined ||
    request.url.startsWith('/api/') ||
    request.headers.accept?.startsWith('application/json') === true
  if (wantsJson) return write(options, webRequest, reply, errorJson(error, request.id, lang))
  if (known?.code === 'access.not-signed-in') {
    const back = request.method === 'GET' ? request.url : (request.headers.referer ?? '/')
    const path = URL.canParse(back, 'http://local') ? new URL(back, 'http://local') : new URL('http://local/')
    return write(
      options,
      webRequest,
      reply,
      // What was sent was not done; whoever sent it must hear so, and not only be asked to sign in.
      redirect(
        `/dang-nhap?${request.method === 'GET' ? '' : 'lai=het-han&'}tiep=${encodeURIComponent(path.pathname + path.search)}`,
      ),
    )
  }
  return write(options, webRequest, reply, errorPage(error, request.id, lang, cameFrom(request)))
}
