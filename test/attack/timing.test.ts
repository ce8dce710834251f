// Whether the time of an answer tells a stranger who exists: asked in pairs, in turn, and compared by rank.
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { stopAccount } from '../../src/modules/identity/index.ts'
import { addLogin, findAccountByLogin } from '../../src/modules/identity/store/accounts.ts'
import { findAgencyByCode } from '../../src/modules/organisation/index.ts'
import { civilDateOf } from '../../src/platform/calendar/civil.ts'
import { inTransaction } from '../../src/platform/db/database.ts'
import { newId } from '../../src/platform/id.ts'
import { CITIZEN, fileDossier } from '../support/dossiers.ts'
import { asAdmin } from '../support/scratch.ts'
import { giveToken, type Reply, type TestApp, testApp, Visitor } from '../support/test-app.ts'

/** npm run attack asks 400 of each; what leaves out the work of a password is found by these few. */
const PAIRS = Number(process.env.TIMING_PAIRS ?? 24)

/**
 * The chance that one of `a` is slower than one of `b` (Mann and Whitney), 0.5 where nothing can be told apart, and how far
 * from it chance alone leads: five standard deviations.
 */
function compare(a: readonly number[], b: readonly number[]): { chance: number; bound: number } {
  let slower = 0
  for (const one of a) for (const other of b) slower += one > other ? 1 : one === other ? 0.5 : 0
  const n = a.length * b.length
  return { chance: slower / n, bound: 5 * Math.sqrt((a.length + b.length + 1) / (12 * n)) }
}

describe('the time of an answer', () => {
  let test: TestApp
  before(async () => {
    test = await testApp({}, { trustProxy: 1 })
  })
  after(() => test.close())

  let asked = 0
  /** A stranger from an address of their own: what one address may try is no part of this. */
  const post = (path: string, form: Record<string, string>): Promise<Reply> => {
    const address = `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked++ & 255}`
    return new Visitor(test.app).send('POST', path, {
      payload: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address },
    })
  }

  /** The same question about who exists and who does not, one after the other, the order changing each time. */
  async function apart(
    there: (turn: number) => Promise<Reply>,
    absent: (turn: number) => Promise<Reply>,
    answer = 422,
  ): Promise<{ chance: number; bound: number }> {
    const times: [number[], number[]] = [[], []]
    for (let turn = -5; turn < PAIRS; turn++) {
      for (const which of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const began = performance.now()
        const { status } = await (which === 0 ? there : absent)(turn + 5)
        const took = performance.now() - began
        assert.equal(status, answer)
        if (turn >= 0) times[which].push(took)
      }
    }
    return compare(times[0], times[1])
  }

  /** Asks about somebody who is there and somebody who is not; the times must not tell which. */
  async function tellsNothing(t: TestContext, what: string, ...asking: Parameters<typeof apart>): Promise<void> {
    const { chance, bound } = await apart(...asking)
    t.diagnostic(`${what} is slower in ${(100 * chance).toFixed(1)} of 100 pairs, ${PAIRS} asked`)
    assert.ok(Math.abs(chance - 0.5) < bound, `${what}: ${chance} is more than ${bound} from a half`)
  }

  const LOGINS = ['motcua', 'chuyenvien', 'truongphong', 'chutich', 'vanthu'].flatMap(post =>
    [1, 2, 3, 4, 5, 6].map(commune => `${post}${commune}`),
  )
  const enter = (login: string) => post('/dang-nhap', { ten: login, 'mat-khau': 'sai-mat-khau-roi', tiep: '/' })

  it('of a wrong sign-in does not tell whether the login exists', async t => {
    await tellsNothing(
      t,
      'a login that exists',
      turn => enter(LOGINS[turn % LOGINS.length] as string),
      turn => enter(`khongco${turn % LOGINS.length}`),
    )
  })

  it('of a closed account does not tell that it exists', async t => {
    const closed = LOGINS.slice(0, 6)
    for (const login of closed) await stopAccount(test.app.platform, login, 'disable')
    await tellsNothing(
      t,
      'a closed login',
      turn => enter(closed[turn % closed.length] as string),
      turn => enter(`khongco${turn % closed.length}`),
    )
  })

  it('of tracking with wrong digits does not tell whether the code exists', async t => {
    // Sixty tries a dossier and day.
    const codes: string[] = []
    for (let n = 0; n * 50 < PAIRS + 5; n++) codes.push((await fileDossier(test.app)).reference)
    const track = (code: string) => post('/tra-cuu', { ma: code, 'so-cuoi': '999999' })
    const swapped = (code: string) => [...code].reverse().join('')
    await tellsNothing(
      t,
      'a code that exists',
      turn => track(codes[turn % codes.length] as string),
      turn => track(swapped(codes[turn % codes.length] as string)),
    )
  })

  for (const path of ['/dang-ky', '/quen-mat-khau'])
    it(`of ${path} does not tell whether a mailbox has an account`, async t => {
      const known = 'co-tai-khoan@example.vn'
      await inTransaction(test.app.db, async tx => {
        const account = await findAccountByLogin(tx, test.app.platform.keys, 'phone', CITIZEN.phone)
        assert.ok(account)
        // The second of the two tests finds it there.
        if ((await findAccountByLogin(tx, test.app.platform.keys, 'email', known)) === null)
          await addLogin(tx, test.app.platform.keys, account.id, 'email', known)
      })
      // One address gets a few codes an hour: that is counted elsewhere, and no part of this.
      const ask = async (contact: string) => {
        await asAdmin(test.databaseUrl, client => client.query('delete from platform.attempt'))
        return post(path, { 'lien-he': contact, tiep: '/' })
      }
      await tellsNothing(
        t,
        'a mailbox with an account',
        () => ask(known),
        () => ask('khong-tai-khoan@example.vn'),
        303,
      )
    })

  it('of the API does not tell whether the code of another’s dossier exists', async t => {
    const { reference } = await fileDossier(test.app)
    const elsewhere = await findAgencyByCode(test.app.db, 'H99.A05', civilDateOf(new Date()))
    const token = await giveToken(test.app, ['dossier.read'], elsewhere?.id ?? assert.fail('no such agency'))
    const headers = { authorization: `Bearer ${token}` }
    const system = new Visitor(test.app)
    const ask = (code: string) => system.send('GET', `/api/v1/ho-so/${code}`, { headers })
    await tellsNothing(
      t,
      'a code that exists',
      () => ask(reference),
      () => ask([...reference].reverse().join('')),
      404,
    )
  })

  it('of the page of a dossier does not tell another agency, or another person, whether it exists', async t => {
    const { id } = await fileDossier(test.app)
    const absent = newId(new Date())
    for (const [login, path] of [
      ['chuyenvien2', '/ban-lam-viec/ho-so'],
      ['0912000456', '/ho-so'],
    ] as const) {
      const stranger = await new Visitor(test.app).signIn(login)
      await tellsNothing(
        t,
        `${path}: one that exists`,
        () => stranger.get(`${path}/${id}`),
        () => stranger.get(`${path}/${absent}`),
        404,
      )
    }
  })
})
