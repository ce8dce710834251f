// What VNeID says is believed only when it says it by the book: an authority that lies in each way that the protocol can be lied in.
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { vneidProvider } from '../src/integrations/vneid/integration.ts'
import { openCookie, sealedCookie } from '../src/modules/identity/sealed-cookie.ts'
import { systemClock } from '../src/platform/clock.ts'
import { keyRing } from '../src/platform/crypto/keys.ts'
import { type EidAuthority, eidAuthority, type Lie } from './support/eid-authority.ts'

const CLIENT = { id: 'motcua', secret: 'bi-mat-cua-may-khach-dai-hon-32-ky-tu' }
const BACK = 'http://127.0.0.1:1/dang-nhap/vneid/ve'
describe('VNeID', () => {
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const person = { sub: 'nguoi-1', LoaiTaiKhoan: '1', SoDinhDanh: '044185000123', HoVaTen: 'Nguyễn Thị Mẫu' }
  const told = { ...person, NgayThangNamSinh: '19850304', TechID: 't', loAs: '2', IAL: '2' }
  let authority: EidAuthority
  /** The address to which the browser was sent last. */
  let sent = new URLSearchParams()

  before(async () => {
    authority = await eidAuthority(CLIENT.id, told)
  })
  after(() => authority.close())
  beforeEach(() => {
    authority.lie = {}
  })

  const signIn = async (search?: (state: string) => string) => {
    const provider = vneidProvider({
      issuer: () => authority.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      redirectUri: () => BACK,
      clock: systemClock,
      timeoutSeconds: 2,
    })
    const { url, pending } = await provider.begin()
    sent = new URL(url).searchParams
    return provider.finish(search?.(pending.state) ?? authority.approve(url), pending)
  }

  it('that tells the truth tells who somebody is, and the code is bound to who asked', async () => {
    const eid = await signIn()
    assert.deepEqual(eid, {
      issuer: authority.issuer,
      subject: person.sub,
      name: person.HoVaTen,
      idNumber: person.SoDinhDanh,
      birthDate: '1985-03-04',
    })
    const verifier = createHash('sha256')
      .update(authority.asked.get('code_verifier') ?? '')
      .digest('base64url')
    assert.equal(verifier, sent.get('code_challenge'))
    assert.equal(authority.asked.get('redirect_uri'), BACK)
    // Signed in a minute ago there: the person at this machine is the one who did.
    authority.lie = { claims: all => ({ ...all, auth_time: Math.floor(Date.now() / 1000) - 60 }) }
    assert.equal((await signIn()).subject, person.sub)
    assert.equal(sent.get('max_age'), '600')
  })

  const hourAgo = Math.floor(Date.now() / 1000) - 3600
  const lies: Readonly<Record<string, Lie>> = {
    'a signature by another key': { sign: text => authority.sign(text, foreign.privateKey) },
    'a key that nobody published': { header: { kid: 'k2' }, sign: text => authority.sign(text, foreign.privateKey) },
    'a key of its own in the header': {
      header: { kid: undefined, jwk: foreign.publicKey.export({ format: 'jwk' }) },
      sign: text => authority.sign(text, foreign.privateKey),
    },
    'no signature': { header: { alg: 'none' }, sign: () => '' },
    'a signature with the secret of the client': {
      header: { alg: 'HS256' },
      sign: text => createHmac('sha256', CLIENT.secret).update(text).digest('base64url'),
    },
    'a signature with the public key as a secret': {
      header: { alg: 'HS256' },
      sign: text =>
        createHmac('sha256', authority.publicKey.export({ type: 'spki', format: 'pem' }))
          .update(text)
          .digest('base64url'),
    },
    'another issuer in the token': { claims: all => ({ ...all, iss: 'https://example.com' }) },
    'another issuer in the configuration': { issuer: 'https://example.com' },
    'a token for another client': { claims: all => ({ ...all, aud: 'somebody-else' }) },
    'a token for two, and not ours to use': { claims: all => ({ ...all, aud: [CLIENT.id, 'x'], azp: 'x' }) },
    'a token of the past': { claims: all => ({ ...all, iat: hourAgo, exp: hourAgo + 60 }) },
    'a token without an end': { claims: ({ exp: _, ...rest }) => rest },
    'the nonce of another sign-in': { claims: all => ({ ...all, nonce: 'another' }) },
    'no nonce': { claims: ({ nonce: _, ...rest }) => rest },
    'somebody else at the second question': { userinfo: all => ({ ...all, sub: 'nguoi-2' }) },
    'no number': { userinfo: ({ SoDinhDanh: _, ...rest }) => rest },
    'a number that is none': { userinfo: all => ({ ...all, SoDinhDanh: "1' or '1'='1" }) },
    'a person who signed in there an hour ago': { claims: all => ({ ...all, auth_time: hourAgo }) },
    'an account of level 1': { userinfo: all => ({ ...all, IAL: '1' }) },
    'an authentication of level 1': { userinfo: all => ({ ...all, loAs: '1' }) },
    'a level that is no number': { userinfo: all => ({ ...all, loAs: 'cao' }) },
    'a name that is an object': { userinfo: all => ({ ...all, HoVaTen: { toString: 'x' } }) },
  }
  for (const [name, each] of Object.entries(lies))
    it(`is not believed with ${name}`, async () => {
      authority.lie = each
      await assert.rejects(
        signIn(),
        /^(EidRefused: |Error: )?(Kết quả xác thực|VNeID không trả đủ|Phiên đăng nhập đã hết hạn|Tài khoản định danh điện tử này ở mức độ 1)/,
      )
    })
  for (const [name, search] of Object.entries<(state: string) => string>({
    'the state of another sign-in': () => `?code=c&state=another&iss=${encodeURIComponent(authority.issuer)}`,
    'no state': () => `?code=c&iss=${encodeURIComponent(authority.issuer)}`,
    'an answer of another provider': state => `?code=c&state=${state}&iss=https%3A%2F%2Fexample.com`,
    'two codes': state => `?code=c&code=d&state=${state}&iss=${encodeURIComponent(authority.issuer)}`,
  }))
    it(`is not believed with ${name}`, async () => {
      // Who made it up is at fault, not the provider: to those who watch it looks like no outage.
      await assert.rejects(signIn(search), { fault: 'untrusted', message: /Kết quả xác thực/ })
    })

  it('is told from a person who said no, and from one who may not', async () => {
    const iss = encodeURIComponent(authority.issuer)
    await assert.rejects(
      signIn(state => `?error=access_denied&state=${state}&iss=${iss}`),
      { fault: 'denied' },
    )
    await assert.rejects(
      signIn(state => `?error=server_error&state=${state}&iss=${iss}`),
      { fault: 'away' },
    )
    authority.lie = { userinfo: all => ({ ...all, IAL: '1' }) }
    await assert.rejects(signIn(), { fault: 'forbidden' })
  })
})

describe('a sealed cookie', () => {
  const ring = () => keyRing({ current: 1, keys: { 1: randomBytes(32).toString('base64') } })
  const keys = ring()
  const at = new Date('2026-11-23T01:00:00Z')
  const { value } = sealedCookie(keys, 'mc_a', { who: 1 }, at, 600)
  it('opens in its time, under its name, with its keys, whole', () => {
    const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)
    assert.deepEqual(openCookie(keys, 'mc_a', value ?? '', later(599)), { who: 1 })
    assert.equal(openCookie(keys, 'mc_a', value ?? '', later(600)), null, 'past its time')
    assert.equal(openCookie(keys, 'mc_b', value ?? '', at), null, 'of another name')
    assert.equal(openCookie(ring(), 'mc_a', value ?? '', at), null, 'of another house')
    assert.equal(openCookie(keys, 'mc_a', undefined, at), null)
    const bytes = Buffer.from(value ?? '', 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const forged = Buffer.from(bytes)
      forged[index] = (forged[index] ?? 0) ^ 1
      assert.equal(openCookie(keys, 'mc_a', forged.toString('base64url'), at), null, `byte ${index}`)
    }
  })
})
