// People who come to the house anew: they register with a mailbox, forget their password, sign out everywhere; or they sign in with
// their eID and let somebody act for them.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { EidAuthority } from '../support/eid-authority.ts'
import { hidden, Visitor } from '../support/test-app.ts'
import { type Account, expect, GaveUp, insist, type World } from './ledger.ts'
import type { MailServer } from './wires.ts'

/** Longest wait for a code: the mail server may have been down, and the house tries again after a while. */
const PATIENCE_MS = 30_000
const LAST = '/dang-ky/tai-khoan'
/** Where who comes too late is sent: what was begun is done or forgotten. */
const OVER = '/dang-nhap?lai=da-xong'

/** Each comes from another network: what one network may ask for is no limit for a province. */
const somebody = (world: World) =>
  new Visitor(world.wire, {
    'x-forwarded-for': `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')}`,
  })

/** Asks for a code and shows it; false for whom it does not come, or who is told that it was used already. */
async function prove(
  world: World,
  mail: MailServer,
  { who, login, path }: { readonly who: Visitor; readonly login: string; readonly path: '/dang-ky' | '/quen-mat-khau' },
): Promise<boolean> {
  const { ledger } = world
  const codeIn = (letter: string | undefined) => /\b\d{4} \d{4}\b/.exec(letter ?? '')?.[0]
  const before = codeIn(mail.letters.get(login))
  const asked = await insist(world, 'asking for a code', ledger.looks, () =>
    who.post(path, { 'lien-he': login, tiep: '/' }),
  )
  // Asked again and again without an answer: an address gets five codes an hour.
  if (asked.status === 429) return false
  const until = performance.now() + PATIENCE_MS
  let code: string | undefined
  while (code === undefined && performance.now() < until && !world.signal.aborted) {
    await wait(200)
    const newest = codeIn(mail.letters.get(login))
    if (newest !== before) code = newest
  }
  if (code === undefined) return false
  const proved = await insist(world, 'the code', ledger.looks, () => who.post('/dang-ky/ma', { ma: code }))
  // Taken before, by a try whose answer was lost: a code works once.
  return proved.location === LAST
}

/** Fills in the last page; true when this very try was told to have worked. */
async function finish(world: World, who: Visitor, form: Readonly<Record<string, string>>): Promise<boolean> {
  const page = await expect(world, 200, 'the last page', world.ledger.looks, () => who.get(LAST))
  const all = { buoc: hidden(page.body, 'buoc'), ...form }
  const made = await expect(world, 303, 'the last page', world.ledger.times, () => who.post(LAST, all))
  return made.location !== OVER
}

const newPassword = () => `ba con mèo ngủ trưa ${randomUUID()}`

/** Registers with a mailbox; an account that was promised goes into the ledger. */
async function register(world: World, mail: MailServer): Promise<void> {
  const who = somebody(world)
  const login = `moi-${randomUUID()}@example.vn`
  const password = newPassword()
  if (!(await prove(world, mail, { who, login, path: '/dang-ky' }))) return
  if (!(await finish(world, who, { 'ho-ten': 'Trần Thị Bưởi', 'so-dinh-danh': '', 'mat-khau': password }))) return
  const account = { login, password, former: null }
  world.ledger.accounts.push(account)
  await endSessions(world, who, account)
  await forget(world, mail, account)
}

/** Signs in on a second machine and from there ends every session: from then on the first is out. */
async function endSessions(world: World, first: Visitor, { login, password }: Account): Promise<void> {
  const { ledger } = world
  const second = somebody(world)
  await expect(world, 303, 'signing in', ledger.times, () =>
    second.post('/dang-nhap', { ten: login, 'mat-khau': password, tiep: '/' }),
  )
  const ended = await expect(world, 303, 'ending sessions', ledger.times, () => second.post('/tai-khoan/dang-xuat-het'))
  // Both where it is done now and where a try whose answer was lost has done it.
  if (!ended.location.startsWith('/dang-nhap?lai=phien')) ledger.signedOut.push(first)
}

/** Forgets the password and sets another; what opens the account is not known until that is acknowledged. */
async function forget(world: World, mail: MailServer, account: Account): Promise<void> {
  const { accounts } = world.ledger
  const who = somebody(world)
  if (!(await prove(world, mail, { who, login: account.login, path: '/quen-mat-khau' }))) return
  const password = newPassword()
  accounts.splice(accounts.indexOf(account), 1)
  if (await finish(world, who, { 'mat-khau': password }))
    accounts.push({ login: account.login, password, former: account.password })
}

/** Signs in by eID and looks at the own dossiers: who was let in stays in. */
async function enterByEid(world: World, authority: EidAuthority): Promise<void> {
  const { ledger } = world
  const who = somebody(world)
  const away = await insist(world, 'leaving for the eID', ledger.looks, () => who.get('/dang-nhap/vneid?tiep=/ho-so'))
  // Not believed: the person is told so and starts anew.
  if (away.status === 400) return
  const back = authority.approve(away.location)
  const let_ = await insist(world, 'coming back from the eID', ledger.times, () =>
    who.get(`/dang-nhap/vneid/ve${back}`),
  )
  // A code works once: after a lost answer, and where the authority lies, the person starts anew.
  if (let_.status === 400) return
  if (let_.status !== 303) throw new Error(`coming back from the eID answered ${let_.status}`)
  ledger.eidSignIns++
  const own = await expect(world, 200, 'own dossiers', ledger.looks, () => who.get('/ho-so'))
  if (!own.body.includes('Phạm Thị Định Danh')) throw new Error('the eID let somebody else in')
  await authorise(world, who)
}

/** So many may be given in a day. */
const MANDATES = 8

/** Lets somebody act for them, and mostly thinks better of it. */
async function authorise(world: World, who: Visitor): Promise<void> {
  const { ledger } = world
  const { mandate } = ledger
  if (mandate.given === MANDATES) return
  mandate.given++
  mandate.holds = null
  const given = await insist(world, 'giving a mandate', ledger.times, () =>
    who.post('/tai-khoan/uy-quyen', { 'so-dinh-danh': '044090000456', 'ho-ten': AGENT, 'so-ngay': '30' }),
  )
  // Tries whose answer was lost count too.
  if (given.status === 429) return
  if (given.status !== 303) throw new Error(`giving a mandate answered ${given.status}`)
  Object.assign(mandate, { giver: who, holds: true })
  if (Math.random() < 0.3) return
  const page = await expect(world, 200, 'the own account', ledger.looks, () => who.get('/tai-khoan'))
  const id = /uy-quyen\/([0-9a-f-]{36})\/thu-hoi/.exec(page.body)?.[1]
  if (id === undefined) throw new Error('a mandate that was given does not show')
  mandate.holds = null
  const revoked = await insist(world, 'revoking a mandate', ledger.times, () =>
    who.post(`/tai-khoan/uy-quyen/${id}/thu-hoi`),
  )
  // Done already, by a try whose answer was lost.
  if (revoked.status !== 303 && revoked.status !== 404) throw new Error(`revoking a mandate answered ${revoked.status}`)
  mandate.holds = false
}

/** Who is authorised, as it is typed and shown. */
export const AGENT = 'Trần Văn Thử'

/** What the house and the authority share. */
export const EID_SECRET = 'bi-mat-cua-may-khach-dai-hon-32-ky-tu'

/** Who the authority knows. */
export const EID_PERSON = {
  sub: 'nguoi-dinh-danh',
  LoaiTaiKhoan: '1',
  SoDinhDanh: '044185000987',
  HoVaTen: 'Phạm Thị Định Danh',
  NgayThangNamSinh: '19850304',
  TechID: 't',
  loAs: '2',
  IAL: '2',
}

/** Newcomer after newcomer, until the signal. */
export async function newcomers(world: World, mail: MailServer, authority: EidAuthority): Promise<void> {
  while (!world.signal.aborted) {
    try {
      await enterByEid(world, authority)
      await register(world, mail)
    } catch (error) {
      if (error instanceof GaveUp) return
      world.ledger.complaints.push(String(error))
    }
    await wait(1000)
  }
}
