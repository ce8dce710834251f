// People who come to the house anew: they register with a mailbox, or sign in with their eID.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { EidAuthority } from '../support/eid-authority.ts'
import { hidden, Visitor } from '../support/test-app.ts'
import { expect, GaveUp, insist, type World } from './ledger.ts'
import type { MailServer } from './wires.ts'

/** Longest wait for a code: the mail server may have been down, and the house tries again after a while. */
const PATIENCE_MS = 30_000

/** Each comes from another network: what one network may ask for is no limit for a province. */
const somebody = (world: World) =>
  new Visitor(world.wire, {
    'x-forwarded-for': `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')}`,
  })

/** Registers with a mailbox; an account that was promised goes into the ledger. Whose code does not come, or was used already, goes away. */
async function register(world: World, mail: MailServer): Promise<void> {
  const { ledger } = world
  const who = somebody(world)
  const login = `moi-${randomUUID()}@example.vn`
  const password = `ba con mèo ngủ trưa ${randomUUID()}`
  const asked = await insist(world, 'asking for a code', ledger.looks, () =>
    who.post('/dang-ky', { 'lien-he': login, tiep: '/' }),
  )
  // Asked again and again without an answer: an address gets five codes an hour.
  if (asked.status === 429) return
  const until = performance.now() + PATIENCE_MS
  let code: string | undefined
  while (code === undefined && performance.now() < until && !world.signal.aborted) {
    code = /\b\d{4} \d{4}\b/.exec(mail.letters.get(login) ?? '')?.[0]
    await wait(200)
  }
  if (code === undefined) return
  const proved = await insist(world, 'the code', ledger.looks, () => who.post('/dang-ky/ma', { ma: code }))
  // Taken before, by a try whose answer was lost: a code works once.
  if (proved.location !== '/dang-ky/tai-khoan') return
  const page = await expect(world, 200, 'the last page', ledger.looks, () => who.get('/dang-ky/tai-khoan'))
  const form = { buoc: hidden(page.body, 'buoc'), 'ho-ten': 'Trần Thị Bưởi', 'so-dinh-danh': '', 'mat-khau': password }
  const made = await expect(world, 303, 'making the account', ledger.times, () => who.post('/dang-ky/tai-khoan', form))
  if (made.location === '/') ledger.accounts.push({ login, password })
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
}

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
