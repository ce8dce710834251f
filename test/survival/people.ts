// People at work, in survival runs and in benches: each dossier is filed and carried to an end, repeating what got no answer.
import { setTimeout as wait } from 'node:timers/promises'
import { weighted } from '../../src/modules/dossier/seed/people.ts'
import { civilDateOf } from '../../src/platform/calendar/civil.ts'
import { formatCivilDate } from '../../src/platform/i18n/format.ts'
import { newId } from '../../src/platform/id.ts'
import { CITIZEN, PERMIT, PERMIT_GRANTED, searchDesk } from '../support/dossiers.ts'
import { smallPdf, Visitor, type Wire } from '../support/test-app.ts'
import { fileAtCounter, fileByApi, fileOnPortal } from './filing.ts'
import {
  type Applicant,
  act,
  type Channel,
  type Department,
  expect,
  GaveUp,
  newLedger,
  type Staff,
  type World,
} from './ledger.ts'

/** A licence that a department of the province decides, with a step before the decision. */
const PHARMACY = '1.014076'

/** Signs in the people of one commune of the demo. */
export async function staff(wire: Wire, commune = 1): Promise<Staff> {
  const enter = (login: string) => new Visitor(wire).signIn(login)
  return {
    place: `9900${commune}`,
    clerk: await enter(`motcua${commune}`),
    specialist: await enter(`chuyenvien${commune}`),
    head: await enter(`truongphong${commune}`),
    leader: await enter(`chutich${commune}`),
    records: await enter(`vanthu${commune}`),
  }
}

/** Signs in the people of the department of health and the clerk of the provincial centre. */
export async function department(wire: Wire): Promise<Department> {
  const enter = (login: string) => new Visitor(wire).signIn(login)
  return {
    place: null,
    clerk: await enter('motcua-tinh'),
    specialist: await enter('chuyenvien-y-te'),
    head: await enter('truongphong-y-te'),
    leader: await enter('giamdoc-y-te'),
    records: await enter('vanthu-y-te'),
    second: { name: 'Hoàng Văn Cường', visitor: await enter('chuyenvien-y-te2') },
  }
}

/** Signs in the citizen of the demo. */
export async function citizen(wire: Wire): Promise<Applicant> {
  return { name: 'Nguyễn Thị Mẫu', ...CITIZEN, visitor: await new Visitor(wire).signIn(CITIZEN.phone) }
}

/** A world in which one commune, one department and one citizen with an account are at work. */
export async function newWorld(given: Pick<World, 'wire' | 'token' | 'signal' | 'pause' | 'looksUp'>): Promise<World> {
  const person = await citizen(given.wire)
  return {
    ...given,
    staff: await staff(given.wire),
    department: await department(given.wire),
    applicant: () => person,
    ledger: newLedger(),
  }
}

const REASON = { 'ly-do': 'Bản vẽ chưa có mặt cắt móng', 'can-cu': 'Điều 55 NĐ 175/2024/NĐ-CP' }

const LICENCE_GRANTED = { 'ket-qua': 'dong-y', 'thu.dong-y.pham-vi': 'bán lẻ thuốc' }

type Form = Record<string, string | readonly string[]>

/** One act at a desk. */
const atDesk = (world: World, who: Visitor, id: string, name: string, type: string | null, form: Form = {}) =>
  act(world, who, `/ban-lam-viec/ho-so/${id}`, {
    id,
    name,
    type,
    send: keys => who.post(`/ban-lam-viec/ho-so/${id}/${name}`, { ...keys, ...form }),
  })

/** How often somebody presses again what the house tried six times in minutes of trouble and gave back. */
const PRESSES = 3

/** Asks the house for a signature, a number or a seal and waits for it; presses again where it is given back. */
async function ask(
  world: World,
  who: Visitor,
  { id, reference }: { readonly id: string; readonly reference: string },
  [name, request, done]: readonly [name: string, request: string, done: string],
  form: Form = {},
): Promise<void> {
  for (let press = 1; press <= PRESSES; press++) {
    await atDesk(world, who, id, name, request, form)
    if (await isDone(world, reference, done)) return
    world.ledger.givenBack++
  }
  throw new Error(`${done}: the act was given back ${PRESSES} times`)
}

/** Waits until the house has done what it was asked for; false once it gave that back. */
async function isDone(world: World, reference: string, type: string): Promise<boolean> {
  const system = new Visitor(world.wire)
  const headers = { authorization: `Bearer ${world.token}` }
  for (;;) {
    const reply = await expect(world, 200, `waiting for ${type}`, world.ledger.looks, () =>
      system.send('GET', `/api/v1/ho-so/${reference}`, { headers }),
    )
    const { history }: { history: { type: string }[] } = JSON.parse(reply.body)
    if (history.some(entry => entry.type === type)) return true
    if (history.at(-1)?.type === 'act-failed') return false
    await world.pause.look()
  }
}

/** The applicant or, at the counter, the clerk gives what was asked for. */
function supplement(world: World, id: string, person: Applicant | null): Promise<void> {
  const paper = { field: 'giay-to.ban-ve', name: 'mat-cat.pdf', content: smallPdf }
  const answer = { 'giai-trinh': 'Đã thêm mặt cắt móng' }
  if (person === null) {
    const { clerk } = world.staff
    return act(world, clerk, `/ban-lam-viec/ho-so/${id}`, {
      id,
      name: 'nop-bo-sung',
      type: 'supplemented',
      send: keys => clerk.upload(`/ban-lam-viec/ho-so/${id}/nop-bo-sung`, { ...keys, ...answer }, [paper]),
    })
  }
  const { visitor } = person
  return act(world, visitor, `/ho-so/${id}`, {
    id,
    name: 'bo-sung',
    type: 'supplemented',
    send: keys => visitor.upload(`/ho-so/${id}/bo-sung`, { ...keys, ...answer }, [paper]),
  })
}

/** The applicant changes their mind: on the own page, at the counter, or through the system that filed. */
async function withdraw(
  world: World,
  { id, reference }: { id: string; reference: string },
  through: 'counter' | 'portal' | 'api',
  { visitor }: Applicant,
): Promise<void> {
  const reason = { 'ly-do': 'Đổi ý' }
  if (through === 'counter') return atDesk(world, world.staff.clerk, id, 'rut-ho-so', 'withdrawn', reason)
  if (through === 'portal') {
    return act(world, visitor, `/ho-so/${id}`, {
      id,
      name: 'rut',
      type: 'withdrawn',
      send: keys => visitor.post(`/ho-so/${id}/rut`, { ...keys, ...reason }),
    })
  }
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' }
  const payload = JSON.stringify({ requestKey: newId(new Date()), reason: 'Đổi ý' })
  const open = { id, type: 'withdrawn' }
  world.ledger.open.add(open)
  await expect(world, 200, 'withdrawing by a system', world.ledger.times, () =>
    new Visitor(world.wire).send('POST', `/api/v1/ho-so/${reference}/rut`, { payload, headers }),
  )
  world.ledger.open.delete(open)
  world.ledger.acts.push({ id, type: 'withdrawn', seq: null })
}

/** The head gives the work at hand to the second of the specialists. */
const assign = (world: World, { head, second }: Department, id: string) =>
  act(world, head, `/ban-lam-viec/ho-so/${id}`, {
    id,
    name: 'phan-cong',
    type: 'assigned',
    send: (keys, body) => {
      const position = new RegExp(`value="([0-9a-f-]{36})"[^>]*>${second.name} – `).exec(body)?.[1] ?? ''
      return head.post(`/ban-lam-viec/ho-so/${id}/phan-cong`, { ...keys, 'vi-tri': position })
    },
  })

/** From a decision to the result in the person's hand. */
async function issue(
  world: World,
  people: Staff,
  filed: { id: string; reference: string },
  decide: () => Promise<void>,
  receiver: string,
): Promise<void> {
  const { id } = filed
  await decide()
  if (Math.random() < 0.1) {
    await atDesk(world, people.head, id, 'tra-lai', 'returned-to-step', { 'ly-do': 'Ghi lại cốt nền' })
    await decide()
  }
  await atDesk(world, people.head, id, 'ky-nhay', 'initialled')
  await ask(world, people.leader, filed, ['ky-duyet', 'signing-requested', 'signed'])
  await ask(world, people.records, filed, ['vao-so', 'numbering-requested', 'numbered'], {
    ngay: formatCivilDate(civilDateOf(new Date())),
  })
  await ask(world, people.records, filed, ['dong-dau', 'sealing-requested', 'sealed'])
  await atDesk(world, people.clerk, id, 'tra-ket-qua', 'result-returned', {
    'nguoi-nhan': receiver,
    'cach-tra': 'counter',
    'da-kiem-tra': '1',
  })
}

/** Most is filed through the national portal, which is another system to us; assumed. */
const draw = () =>
  weighted<Channel>([
    ['api', 60],
    ['portal', 30],
    ['counter', 10],
  ])(Math.random)

/** A building permit of a commune. */
async function permit(world: World): Promise<void> {
  const { staff: people } = world
  const { clerk, specialist } = people
  const way = draw()
  const account = world.applicant()
  const person = way === 'counter' ? passerBy(account) : account
  const place = people.place ?? ''
  const filed =
    way === 'api'
      ? await fileByApi(world, PERMIT, place, person)
      : way === 'portal'
        ? await fileOnPortal(world, place, person)
        : await fileAtCounter(world, place, person)
  const { id } = filed
  if (world.looksUp?.() !== false && Math.random() < 0.1) {
    // Somebody stands at the counter with an identity card.
    const { idNumber } = person
    await expect(world, 200, 'a search by number', world.ledger.looks, () => searchDesk(clerk, idNumber))
  }
  const fate = Math.random()
  if (fate < 0.05) return atDesk(world, clerk, id, 'tu-choi', 'refused', REASON)
  const askMore = async (who: Visitor) => {
    await atDesk(world, who, id, 'yeu-cau-bo-sung', 'supplement-requested', { ...REASON, 'giay-to': ['ban-ve'] })
    await supplement(world, id, way === 'counter' ? null : person)
  }
  if (fate < 0.15) await askMore(clerk)
  await atDesk(world, clerk, id, 'tiep-nhan', 'received', way === 'counter' ? { 'ban-giay': 'ban-ve' } : {})
  if (fate > 0.95) return withdraw(world, filed, way, person)
  if (fate >= 0.15 && fate < 0.2) await askMore(specialist)
  if (fate >= 0.2 && fate < 0.3) await atDesk(world, specialist, id, 'ghi-chu', null, { 'ghi-chu': 'Đã gọi điện' })
  const decide = () => atDesk(world, specialist, id, 'quyet-dinh', 'decided', PERMIT_GRANTED)
  await issue(world, people, filed, decide, person.name)
}

/** A pharmacy's licence: the department visits the place before it decides. */
async function pharmacy(world: World): Promise<void> {
  const { department: people } = world
  const person = world.applicant()
  const filed = await fileByApi(world, PHARMACY, null, person)
  const { id } = filed
  await atDesk(world, people.clerk, id, 'tiep-nhan', 'received')
  const given = Math.random() < 0.5
  if (given) await assign(world, people, id)
  const visitor = given ? people.second.visitor : people.specialist
  await atDesk(world, visitor, id, 'chuyen', 'forwarded', { 'ket-qua': 'xong', 'y-kien': 'Kho đạt' })
  const decide = () => atDesk(world, people.specialist, id, 'quyet-dinh', 'decided', LICENCE_GRANTED)
  await issue(world, people, filed, decide, person.name)
}

/** Somebody without an account, of another number than anybody's. */
const passerBy = (person: Applicant): Applicant => ({
  ...person,
  idNumber: `0440700${String(Math.floor(Math.random() * 1e5)).padStart(5, '0')}`,
  phone: `0987${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`,
})

/** One dossier from filing to the result in the person's hand, or another end. */
export const life = (world: World): Promise<void> => (Math.random() < 0.15 ? pharmacy(world) : permit(world))

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
