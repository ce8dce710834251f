// Stands in for VNeID: a real OpenID provider (oidc-provider) under a prefix of our server, with demo people, that can be told to fail.
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { FaultState } from './fault.ts'
import { CUSTOM_CLAIMS, type Directory } from './people.ts'
import { errorPage, registerInteraction } from './simulator-page.ts'
import { simulatorSecrets, simulatorStore } from './simulator-store.ts'

/**
 * oidc-provider 9 prints "Unsupported runtime. Use Node.js v22.x" with console.warn at import time on Node 20.
 * A static import cannot be silenced (external imports run before any bundled code), so: dynamic import, once per
 * process, with only that library's lines filtered for the duration of the import.
 */
async function loadOidcProvider(): Promise<typeof import('oidc-provider')> {
  const original = console.warn
  console.warn = (...args: unknown[]): void => {
    if (!String(args[0]).includes('oidc-provider WARNING: Unsupported runtime')) original(...args)
  }
  try {
    return await import('oidc-provider')
  } finally {
    console.warn = original
  }
}

export interface SimulatorOptions {
  /** Public origin of the app, without path. A function: it is first called when the first request arrives. */
  origin: () => string
  prefix: string // '/mo-phong/vneid'
  client: { id: string; secret: string; redirectPath: string }
  directory: Directory
  /** Where it keeps its keys and what runs; shared by all web processes. */
  folder: string
  /** Milliseconds since 1970. */
  now: () => number
  fault: FaultState
  log?: (event: string, detail: string) => void
}
export interface VneidSimulator {
  plugin: FastifyPluginAsync
  provider: () => Promise<Provider>
  issuer: () => string
}

async function buildProvider(o: SimulatorOptions): Promise<Provider> {
  const origin = o.origin().replace(/\/$/, '')
  const issuer = origin + o.prefix
  const port = new URL(origin).port || 'std'
  const [{ Provider: ProviderClass }, { jwk, cookieKey }] = await Promise.all([
    loadOidcProvider(),
    simulatorSecrets(o.folder),
  ])

  const configuration: Configuration = {
    adapter: simulatorStore(o.folder, o.now), // else: "in-memory adapter" warning
    jwks: { keys: [jwk] } as NonNullable<Configuration['jwks']>, // else: "development-only signing keys" warning
    cookies: {
      keys: [cookieKey], // signed cookies
      // browsers share cookies between ports of one host: put the port in the names
      names: { session: `mpvneid_s_${port}`, interaction: `mpvneid_i_${port}`, resume: `mpvneid_r_${port}` },
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: o.prefix },
      short: { signed: true, httpOnly: true, sameSite: 'lax' }, // NO path here: it would override the per-interaction path
    },
    clients: [
      {
        client_id: o.client.id,
        client_secret: o.client.secret,
        redirect_uris: [origin + o.client.redirectPath],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'RS256',
      },
    ],
    responseTypes: ['code'],
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: CUSTOM_CLAIMS },
    conformIdTokenClaims: false, // scope claims go straight into the ID token
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false }, // else: dev interactions warning + pages
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: false },
      userinfo: { enabled: true },
    },
    // every ttl a plain number: the default functions print "you SHOULD change it" notices
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    clientBasedCORS: () => false, // default prints a notice
    interactions: { url: (_ctx, interaction) => `${o.prefix}/xac-thuc/${interaction.uid}` },
    findAccount: (_ctx, sub) => {
      // default prints a warning
      const p = o.directory.bySub(sub)
      if (!p) return undefined
      return {
        accountId: p.sub,
        claims: () => ({ ...p, userProfileUri: `${issuer}/ho-so`, logoutUri: `${issuer}/dang-xuat` }),
      }
    },
    renderError: (ctx, out) => {
      // default prints a notice and uses inline <style>
      ctx.type = 'html'
      ctx.body = errorPage(o.prefix, [out.error, out.error_description].filter(Boolean).join(': '))
    },
  }
  const provider = new ProviderClass(issuer, configuration)
  provider.proxy = true // trust only the x-forwarded-* headers that the mount handler itself sets
  const log = o.log ?? (() => undefined)
  // a listener for 'error' replaces koa's default console.error
  // (@types/oidc-provider knows no 'error' event, hence the cast)
  ;(provider as unknown as NodeJS.EventEmitter).on('error', (e: Error) => log('error', e.message))
  provider.on('server_error', (_c: KoaContextWithOIDC, e: Error) => log('server_error', e.message))

  // use() inserts before the provider's own router, so this wraps every endpoint
  provider.use(async (ctx, next) => {
    await next()
    if (o.fault.mode !== 'bad-signature' || ctx.path !== '/token') return
    const body = ctx.body as { id_token?: string } | undefined
    if (!body?.id_token) return
    const [head, payload, sig] = body.id_token.split('.')
    const bytes = Buffer.from(sig ?? '', 'base64url')
    bytes[10] = (bytes[10] ?? 0) ^ 0xff
    ctx.body = { ...body, id_token: `${head}.${payload}.${bytes.toString('base64url')}` }
  })
  return provider
}

/** remove one cookie (and its .sig) from a Cookie header */
function withoutCookie(header: string | undefined, name: string): string | undefined {
  const rest = header
    ?.split(/;\s*/)
    .filter(c => !c.startsWith(`${name}=`) && !c.startsWith(`${name}.sig=`))
    .join('; ')
  return rest || undefined
}

export function vneidSimulator(o: SimulatorOptions): VneidSimulator {
  let built: Promise<{ provider: Provider; handle: ReturnType<Provider['callback']> }> | undefined
  const get = () => {
    built ??= buildProvider(o).then(provider => ({ provider, handle: provider.callback() }))
    built.catch(() => {
      built = undefined
    })
    return built
  }

  const plugin: FastifyPluginAsync = async app => {
    app.addHook('onRequest', async (_req, reply) => {
      if (o.fault.mode === 'slow') await delay(o.fault.delayMs)
      if (o.fault.mode === 'down')
        return reply.code(503).type('text/plain; charset=utf-8').send('VNeID (mô phỏng) đang ngừng phục vụ.')
    })

    // A: our own pages; own urlencoded parser
    await app.register(async pages => {
      registerInteraction(pages, {
        prefix: o.prefix,
        directory: o.directory,
        fault: o.fault,
        provider: async () => (await get()).provider,
      })
    })

    // B: everything else goes to oidc-provider; the body stream must stay untouched
    await app.register(async (raw: FastifyInstance) => {
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', (_req: FastifyRequest, _payload, done) => {
        done(null)
      })
      raw.route({
        method: ['GET', 'POST', 'OPTIONS'], // fastify 5 adds HEAD itself
        url: '/*',
        handler: async (req, reply) => {
          // the relying party gave up meanwhile ('slow'): the body is gone, oidc-provider would warn "already parsed"
          if (req.raw.socket?.destroyed || req.raw.destroyed) {
            reply.hijack()
            return
          }
          const { provider, handle } = await get()
          const i = req.raw as typeof req.raw & { originalUrl?: string }
          const issuer = new URL(provider.issuer)
          i.originalUrl = i.url ?? '/'
          i.url = i.originalUrl.slice(o.prefix.length) || '/' // urlFor() finds the mount path from originalUrl
          // all generated URLs follow the issuer, however the request reached us
          i.headers['x-forwarded-host'] = issuer.host
          i.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1)
          // no single sign-on: every authorization asks again, and choosing another person never meets an old session
          const cookie = withoutCookie(i.headers.cookie, provider.cookieName('session'))
          if (cookie === undefined) delete i.headers.cookie
          else i.headers.cookie = cookie
          reply.hijack() // no onSend hooks from here on, so carry over headers set so far (CSP, ...)
          for (const [k, v] of Object.entries(reply.getHeaders())) if (v !== undefined) reply.raw.setHeader(k, v)
          await handle(req.raw, reply.raw)
        },
      })
    })
  }
  return {
    plugin,
    provider: async () => (await get()).provider,
    issuer: () => o.origin().replace(/\/$/, '') + o.prefix,
  }
}
