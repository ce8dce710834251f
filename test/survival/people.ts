// People at work, in survival runs and in benches: each files a dossier and carries it to its end, repeating what got no answer.
import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '../../src/platform/id.ts'
import { CITIZEN, PERMIT, permitAnswers } from '../support/dossiers.ts'
import { hidden, type Reply, smallPdf, Visitor, type Wire } from '../support/test-app.ts'

/** What a person was told: each of these must be found afterwards, exactly once. */
export interface Ledger {
  readonly filed: { readonly id: string; readonly reference: string }[]
  readonly acts: { readonly id: string; readonly type: string; readonly seq: number }[]
  /** Answers that should never have come. */
  readonly complaints: string[]
  /** Filings that got no answer before the end: each may stand or not. */
  unanswered: number
  /** Requests that had to be sent again. */
  repeats: number
  /** Dossiers that went all the way. */
  ended: number
  /** Milliseconds of each request that was answered: pages that were looked at, acts that were done. */
  readonly looks: number[]
  readonly times: number[]
}

export const newLedger = (): Ledger => ({
  filed: [],
  acts: [],
  complaints: [],
  unanswered: 0,
  repeats: 0,
  ended: 0,
  looks: [],
  times: [],
})

export interface Staff {
  /** Code of the commune that decides. */
  readonly place: string
  readonly citizen: Visitor
  readonly clerk: Visitor
  readonly specialist: Visitor
  readonly head: Visitor
  readonly leader: Visitor
  readonly records: Visitor
}

/** Signs in the people of one commune of the demo, before the trouble starts. */
export async function staff(wire: Wire, commune = 1): Promise<Staff> {
  const enter = (login: string) => new Visitor(wire).signIn(login)
  return {
    place: `9900${commune}`,
    citizen: await enter(CITIZEN.phone),
    clerk: await enter(`motcua${commune}`),
    specialist: await enter(`chuyenvien${commune}`),
    head: await enter(`truongphong${commune}`),
    leader: await enter(`chutich${commune}`),
    records: await enter(`vanthu${commune}`),
  }
}

const REASON = { 'ly-do': 'Bản vẽ chưa có mặt cắt móng', 'can-cu': 'Điều 55 NĐ 175/2024/NĐ-CP' }
const DECIDE = { 'ket-qua': 'cap-phep', 'thu.cap-phep.cot-nen': '+0,45 m', 'thu.cap-phep.chi-gioi': 'trùng ranh giới' }

export class GaveUp extends Error {}

export interface World {
  readonly wire: Wire
  readonly token: string
  readonly staff: Staff
  readonly ledger: Ledger
  /** Who files: the person of the demo, or for each dossier somebody else. */
  readonly applicant?: () => string
  /** People stop where they are once this is over. */
  readonly signal: AbortSignal
  /** How people think between two acts, and between two looks at what the house still has to do. */
  readonly pause: {
    readonly act: () => Promise<unknown>
    readonly look: () => Promise<unknown>
    /** Before what got no answer is sent again; a fraction of a second when not said. */
    readonly again?: () => Promise<unknown>
  }
}

/** Asks until there is an answer that is one: not a broken connection, not 502, 503 or 504. */
async function insist(world: World, what: string, times: number[], ask: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    if (world.signal.aborted) throw new GaveUp(what)
    const began = performance.now()
    try {
      const reply = await ask()
      if (reply.status === 500) world.ledger.complaints.push(`${what} answered 500: ${reply.body.slice(0, 300)}`)
      if (reply.status < 500) {
        times.push(performance.now() - began)
        return reply
      }
    } catch {
      // Broken off: whether it was done is not known, so it is asked again with the same key.
    }
    world.ledger.repeats++
    await (world.pause.again?.() ?? wait(100 + Math.random() * 300))
  }
}

/** One act at a desk: the page with its key, then the form until it is acknowledged. */
async function act(
  world: World,
  who: Visitor,
  id: string,
  name: string,
  type: string,
  form: Record<string, string | readonly string[]> = {},
): Promise<void> {
  const { looks, times } = world.ledger
  await world.pause.act()
  const page = await insist(world, `desk page for ${name}`, looks, () => who.get(`/ban-lam-viec/ho-so/${id}`))
  if (page.status !== 200) throw new Error(`desk page for ${name} answered ${page.status}`)
  const keys = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq') }
  const reply = await insist(world, name, times, () =>
    who.post(`/ban-lam-viec/ho-so/${id}/${name}`, { ...keys, ...form }),
  )
  if (reply.status !== 303) throw new Error(`${name} answered ${reply.status}: ${said(reply)}`)
  world.ledger.acts.push({ id, type, seq: Number(keys.seq) + 1 })
}

const said = ({ body }: Reply): string =>
  /<main[\s\S]*?<\/main>/
    .exec(body)?.[0]
    .replace(/<[^>]+>|\s+/g, ' ')
    .slice(0, 300) ?? body.slice(0, 300)

/** The permit's answers with the building in a commune. */
function answersIn(place: string) {
  const answers = permitAnswers() as Record<string, unknown>
  return { ...answers, 'dia-diem': { ...(answers['dia-diem'] as object), xa: place } }
}

async function file(world: World, name: string): Promise<{ id: string; reference: string }> {
  const payload = JSON.stringify({
    requestKey: newId(new Date()),
    procedure: PERMIT,
    applicant: { name, ...CITIZEN, email: 'mau@example.vn' },
    answers: answersIn(world.staff.place),
  })
  const system = new Visitor(world.wire)
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' }
  world.ledger.unanswered++
  const reply = await insist(world, 'filing', world.ledger.times, () =>
    system.send('POST', '/api/v1/ho-so', { payload, headers }),
  )
  world.ledger.unanswered--
  if (reply.status !== 201) throw new Error(`filing answered ${reply.status}: ${reply.body.slice(0, 300)}`)
  const dossier: { id: string; reference: string } = JSON.parse(reply.body)
  world.ledger.filed.push(dossier)
  return dossier
}

/** Waits until the house has done what was asked for: signed, numbered, sealed. */
async function until(world: World, reference: string, type: string): Promise<void> {
  const system = new Visitor(world.wire)
  const headers = { authorization: `Bearer ${world.token}` }
  for (;;) {
    const reply = await insist(world, `waiting for ${type}`, world.ledger.looks, () =>
      system.send('GET', `/api/v1/ho-so/${reference}`, { headers }),
    )
    const { history }: { history: { type: string }[] } = JSON.parse(reply.body)
    if (history.some(entry => entry.type === type)) return
    if (history.at(-1)?.type === 'act-failed') throw new Error(`${type}: the act was given back as failed`)
    await world.pause.look()
  }
}

async function own(world: World, id: string, name: string, type: string, files: boolean): Promise<void> {
  const { citizen } = world.staff
  await world.pause.act()
  const page = await insist(world, 'own page', world.ledger.looks, () => citizen.get(`/ho-so/${id}`))
  if (page.status !== 200) throw new Error(`own page answered ${page.status}`)
  const keys = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq') }
  const reply = await insist(world, name, world.ledger.times, () =>
    files
      ? citizen.upload(`/ho-so/${id}/${name}`, { ...keys, 'giai-trinh': 'Đã thêm' }, [
          { field: 'giay-to.ban-ve', name: 'mat-cat.pdf', content: smallPdf },
        ])
      : citizen.post(`/ho-so/${id}/${name}`, { ...keys, 'ly-do': 'Đổi ý' }),
  )
  if (reply.status !== 303) throw new Error(`${name} answered ${reply.status}: ${said(reply)}`)
  world.ledger.acts.push({ id, type, seq: Number(keys.seq) + 1 })
}

/** One dossier from filing to the result in the person's hand, or another end. */
export async function life(world: World): Promise<void> {
  const { clerk, specialist, head, leader, records } = world.staff
  const name = world.applicant?.() ?? 'Nguyễn Thị Mẫu'
  const { id, reference } = await file(world, name)
  const fate = Math.random()
  if (fate < 0.05) return act(world, clerk, id, 'tu-choi', 'refused', REASON)
  if (fate < 0.2) {
    await act(world, clerk, id, 'yeu-cau-bo-sung', 'supplement-requested', { ...REASON, 'giay-to': ['ban-ve'] })
    await own(world, id, 'bo-sung', 'supplemented', true)
  }
  await act(world, clerk, id, 'tiep-nhan', 'received')
  if (fate > 0.95) return own(world, id, 'rut', 'withdrawn', false)
  await act(world, specialist, id, 'quyet-dinh', 'decided', DECIDE)
  await act(world, head, id, 'ky-nhay', 'initialled')
  await act(world, leader, id, 'ky-duyet', 'signing-requested')
  await until(world, reference, 'signed')
  await act(world, records, id, 'vao-so', 'numbering-requested', { ngay: today() })
  await until(world, reference, 'numbered')
  await act(world, records, id, 'dong-dau', 'sealing-requested')
  await until(world, reference, 'sealed')
  await act(world, clerk, id, 'tra-ket-qua', 'result-returned', {
    'nguoi-nhan': name,
    'cach-tra': 'counter',
  })
}

/** Today in Việt Nam as it is typed. */
function today(): string {
  const [year, month, day] = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10).split('-')
  return `${day}/${month}/${year}`
}

/** One place at which dossier after dossier is carried to its end, until the signal. */
export async function lives(world: World): Promise<void> {
  while (!world.signal.aborted) {
    try {
      await life(world)
      world.ledger.ended++
    } catch (error) {
      if (error instanceof GaveUp) return
      world.ledger.complaints.push(String(error))
      await wait(500)
    }
  }
}
