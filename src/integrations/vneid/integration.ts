// VNeID as the eID provider of identity: OpenID Connect code flow with PKCE, state and nonce; claim names of VNeID.
import * as oidc from 'openid-client'
import { type EidFault, type EidPending, type EidProvider, EidRefused } from '../../modules/identity/index.ts'
import type { Clock } from '../../platform/clock.ts'

export interface VneidOptions {
  issuer: () => string
  clientId: string
  clientSecret: string
  redirectUri: () => string
  clock: Clock
  timeoutSeconds?: number
  /** how long a discovered configuration is kept */
  cacheMs?: number
  /** http is accepted on loopback; elsewhere only when this says so (the simulator behind a LAN address) */
  allowHttp?: boolean
}
interface VneidClaims {
  sub: string
  LoaiTaiKhoan: string
  SoDinhDanh: string
  HoVaTen: string
  NgayThangNamSinh: string
  TechID: string
  loAs: string
  IAL: string
}
const NAMES = ['sub', 'LoaiTaiKhoan', 'SoDinhDanh', 'HoVaTen', 'NgayThangNamSinh', 'TechID', 'loAs', 'IAL'] as const

/** How long ago somebody may have signed in at VNeID, in seconds: at a shared machine nobody walks in as the one before. */
const MAX_AGE = 600
/** An account of level 1 is opened from a distance; only one of level 2 was given to a person whom an officer saw (NĐ 69/2024/NĐ-CP). */
const MIN_LEVEL = 2
const SKEW = 60

type LoginErrorCode = 'denied' | 'timeout' | 'unavailable' | 'untrusted' | 'expired' | 'rejected' | 'claims' | 'level'
const SENTENCE: Record<LoginErrorCode, string> = {
  denied: 'Ông/bà đã từ chối đăng nhập bằng VNeID.',
  timeout: 'VNeID phản hồi quá chậm, vui lòng thử lại sau ít phút.',
  unavailable: 'Hiện chưa kết nối được với VNeID, vui lòng thử lại sau.',
  untrusted: 'Kết quả xác thực từ VNeID không hợp lệ nên không được chấp nhận.',
  expired: 'Phiên đăng nhập đã hết hạn, vui lòng đăng nhập lại.',
  rejected: 'VNeID không chấp nhận yêu cầu đăng nhập này, vui lòng thử lại.',
  claims: 'VNeID không trả đủ thông tin định danh cần thiết.',
  level:
    'Tài khoản định danh điện tử này ở mức độ 1; dịch vụ công cần mức độ 2. Công an cấp xã nâng mức cho ông/bà, không thu phí.',
}
const FAULT: Record<LoginErrorCode, EidFault> = {
  denied: 'denied',
  timeout: 'away',
  unavailable: 'away',
  untrusted: 'untrusted',
  expired: 'untrusted',
  rejected: 'untrusted',
  claims: 'untrusted',
  level: 'forbidden',
}
const refused = (code: LoginErrorCode, cause?: unknown) => new EidRefused(FAULT[code], SENTENCE[code], cause ?? code)

function mapError(e: unknown): EidRefused {
  if (e instanceof EidRefused) return e
  if (e instanceof oidc.AuthorizationResponseError) {
    if (e.error === 'access_denied') return refused('denied', e)
    return refused(e.error === 'temporarily_unavailable' || e.error === 'server_error' ? 'unavailable' : 'rejected', e)
  }
  if (e instanceof oidc.ResponseBodyError) {
    if (e.status >= 500) return refused('unavailable', e)
    return refused(e.error === 'invalid_grant' ? 'expired' : 'rejected', e)
  }
  if (e instanceof oidc.WWWAuthenticateChallengeError) return refused('rejected', e)
  const code = (e as { code?: unknown } | null)?.code
  switch (code) {
    case 'OAUTH_TIMEOUT':
      return refused('timeout', e)
    case 'OAUTH_ABORT':
      return refused('unavailable', e)
    // an HTTP answer of the wrong kind: 503, HTML from a gateway, not JSON
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
    case 'OAUTH_PARSE_ERROR':
      return refused('unavailable', e)
    // signature, iss, aud, nonce, state, exp, key
    case 'OAUTH_INVALID_RESPONSE':
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
    case 'OAUTH_KEY_SELECTION_FAILED':
    case 'OAUTH_UNSUPPORTED_OPERATION':
      return refused('untrusted', e)
    default:
      return refused('unavailable', e) // "fetch failed" (ECONNREFUSED, DNS, ...)
  }
}

/** VNeID behind the port of identity. Discovery happens at the first sign-in and is kept; a failure never is. */
export function vneidProvider(o: VneidOptions): EidProvider {
  let cached: { config: Promise<oidc.Configuration>; until: number } | undefined

  function configuration(): Promise<oidc.Configuration> {
    if (cached && cached.until > performance.now()) return cached.config
    const url = new URL(o.issuer())
    const http =
      url.protocol === 'http:' && (o.allowHttp === true || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    const config = oidc.discovery(
      url,
      o.clientId,
      { id_token_signed_response_alg: 'RS256' },
      oidc.ClientSecretBasic(o.clientSecret),
      {
        timeout: o.timeoutSeconds ?? 5, // seconds; also kept for token, JWKS and userinfo requests
        execute: [
          oidc.enableNonRepudiationChecks, // WITHOUT this the ID token signature is not verified
          ...(http ? [oidc.allowInsecureRequests] : []),
        ],
      },
    )
    const mine = { config, until: performance.now() + (o.cacheMs ?? 3_600_000) }
    cached = mine
    config.catch(() => {
      if (cached === mine) cached = undefined
    }) // a failure is never cached
    return config
  }

  return {
    /** Where to send the browser, and what to keep (server side or in a signed cookie) until it comes back. */
    async begin() {
      try {
        const config = await configuration()
        const pending: EidPending = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          verifier: oidc.randomPKCECodeVerifier(),
        }
        const url = oidc.buildAuthorizationUrl(config, {
          redirect_uri: o.redirectUri(),
          scope: 'openid profile',
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
          code_challenge_method: 'S256',
          max_age: String(MAX_AGE),
        })
        return { url: url.href, pending }
      } catch (e) {
        throw mapError(e)
      }
    },

    /** `search` is the query string of the callback request ("?code=..&state=.."). */
    async finish(search, pending) {
      try {
        const config = await configuration()
        // built from OUR redirect URI, never from the Host header: openid-client derives redirect_uri from it
        const current = new URL(o.redirectUri())
        current.search = search
        const tokens = await oidc.authorizationCodeGrant(config, current, {
          pkceCodeVerifier: pending.verifier,
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          idTokenExpected: true,
        })
        const id = tokens.claims()
        if (!id) throw refused('claims')
        // Whether VNeID answers max_age as OpenID Connect Core 2 demands is not known here; what it says is held to it.
        if (id.auth_time !== undefined && o.clock.now().getTime() / 1000 - id.auth_time > MAX_AGE + SKEW)
          throw refused('expired')
        const info = await oidc.fetchUserInfo(config, tokens.access_token, id.sub)
        const claims = pick({ ...info, ...id })
        const birth = claims.NgayThangNamSinh
        return {
          issuer: o.issuer(),
          subject: claims.sub,
          name: claims.HoVaTen.normalize('NFC'),
          idNumber: claims.SoDinhDanh,
          birthDate: `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6, 8)}`,
        }
      } catch (e) {
        throw mapError(e)
      }
    },
  }
}

function pick(source: Record<string, unknown>): VneidClaims {
  const out: Partial<Record<(typeof NAMES)[number], string>> = {}
  for (const n of NAMES) {
    const v = source[n]
    if (typeof v !== 'string' || v === '') throw refused('claims', new Error(`claim ${n}`))
    out[n] = v
  }
  const c = out as VneidClaims
  if (!/^\d{12}$/.test(c.SoDinhDanh) || !/^\d{8}$/.test(c.NgayThangNamSinh)) throw refused('claims')
  if (![c.loAs, c.IAL].every(level => Number(level) >= MIN_LEVEL)) throw refused('level')
  return c
}
