// An eID authority of somebody else, by OpenID Connect: tells the truth about one person, lies or falls silent as it is told.
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Claims = Record<string, unknown>

/** Where the authority departs from the truth. */
export interface Lie {
  readonly claims?: (honest: Claims) => Claims
  readonly sign?: (signed: string) => string
  readonly header?: Claims
  readonly userinfo?: (honest: Claims) => Claims
  readonly issuer?: string
}

export interface EidAuthority {
  readonly issuer: string
  lie: Lie
  /** `page`: HTML of a gateway where JSON is due; `down`: the connection breaks; `silent`: no answer ever. */
  mood: 'well' | 'down' | 'silent' | 'page'
  /** What the token endpoint was sent last. */
  asked: URLSearchParams
  /** The person says yes: the query with which the browser comes back from an authorization address. */
  approve(authorization: string): string
  readonly sign: (text: string, key?: ReturnType<typeof generateKeyPairSync>['privateKey']) => string
  readonly publicKey: ReturnType<typeof generateKeyPairSync>['publicKey']
  close(): void
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** `client`: who asks, by its id; `person`: what the authority knows of the only one who signs in there. */
export async function eidAuthority(client: string, person: Claims & { readonly sub: string }): Promise<EidAuthority> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sign: EidAuthority['sign'] = (text, key = own.privateKey) =>
    createSign('sha256').update(text).sign(key).toString('base64url')
  /** The nonce of each code that was given. */
  const nonces = new Map<string, string>()
  const server: Server = createServer((request, response) => {
    if (self.mood === 'down') return void request.destroy()
    if (self.mood === 'silent') return
    if (self.mood === 'page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Bảo trì')
    const say = (body: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const { pathname } = new URL(request.url ?? '/', self.issuer)
    const { lie } = self
    if (pathname === '/.well-known/openid-configuration')
      return say({
        issuer: lie.issuer ?? self.issuer,
        authorization_endpoint: `${self.issuer}/auth`,
        token_endpoint: `${self.issuer}/token`,
        userinfo_endpoint: `${self.issuer}/me`,
        jwks_uri: `${self.issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      })
    if (pathname === '/jwks')
      return say({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] })
    if (pathname === '/me') return say((lie.userinfo ?? (honest => honest))(person))
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      self.asked = new URLSearchParams(body)
      const code = self.asked.get('code') ?? ''
      const now = Math.floor(Date.now() / 1000)
      const honest = {
        iss: self.issuer,
        aud: client,
        sub: person.sub,
        nonce: nonces.get(code),
        iat: now,
        exp: now + 300,
      }
      nonces.delete(code)
      const text = `${encode({ alg: 'RS256', kid: 'k1', ...lie.header })}.${encode((lie.claims ?? (all => all))(honest))}`
      const id_token = `${text}.${(lie.sign ?? sign)(text)}`
      say({ access_token: 'a', token_type: 'Bearer', expires_in: 300, id_token })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const self: EidAuthority = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: {},
    mood: 'well',
    asked: new URLSearchParams(),
    approve(authorization) {
      const sent = new URL(authorization).searchParams
      const code = randomUUID()
      nonces.set(code, sent.get('nonce') ?? '')
      return `?${new URLSearchParams({ code, state: sent.get('state') ?? '', iss: self.issuer })}`
    },
    sign,
    publicKey: own.publicKey,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return self
}
