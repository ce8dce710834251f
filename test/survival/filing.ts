// Three ways to file: another system by the API, a person on the portal with papers, a clerk at the counter for somebody.
import { createHash } from 'node:crypto'
import { newId } from '../../src/platform/id.ts'
import { goodAnswers, PERMIT } from '../support/dossiers.ts'
import { hidden, smallPdf, Visitor } from '../support/test-app.ts'
import { type Applicant, type Channel, expect, type World } from './ledger.ts'

/** Answers with the place in a commune. */
function answersIn(procedure: string, place: string | null) {
  const answers = goodAnswers(procedure) as Record<string, unknown>
  return place === null ? answers : { ...answers, 'dia-diem': { ...(answers['dia-diem'] as object), xa: place } }
}

/** Counts a filing as begun until it is acknowledged. */
async function filing<T extends { id: string; reference: string | null }>(
  world: World,
  channel: Channel,
  send: () => Promise<T>,
): Promise<T> {
  const { unanswered, filed } = world.ledger
  const begun = (by: number) => unanswered.set(channel, (unanswered.get(channel) ?? 0) + by)
  begun(1)
  const sent = await send()
  begun(-1)
  filed.push({ id: sent.id, reference: sent.reference, channel })
  return sent
}

/** Another system files for a person. */
export function fileByApi(
  world: World,
  procedure: string,
  place: string | null,
  { name, idNumber, phone }: Applicant,
): Promise<{ id: string; reference: string }> {
  const payload = JSON.stringify({
    requestKey: newId(new Date()),
    procedure,
    applicant: { name, idNumber, phone, email: 'mau@example.vn' },
    answers: answersIn(procedure, place),
  })
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' }
  return filing(world, 'api', async () => {
    const reply = await expect(world, 201, 'filing by a system', world.ledger.times, () =>
      new Visitor(world.wire).send('POST', '/api/v1/ho-so', { payload, headers }),
    )
    return JSON.parse(reply.body) as { id: string; reference: string }
  })
}

/** A drawing as nobody else hands it in: its bytes are known again. */
function drawing() {
  const content = Buffer.concat([smallPdf, Buffer.from(`% ${newId(new Date())}\n`)])
  return { field: 'giay-to.ban-ve', name: 'ban-ve.pdf', content }
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Fills in the pages of the permit's form and hands in the drawing; gives its hash. */
async function fillIn(world: World, who: Visitor, draft: string, place: string, person: Applicant): Promise<string> {
  const { looks } = world.ledger
  const page = async (name: string, form: Record<string, string>) => {
    await world.pause.act()
    await expect(world, 303, `page ${name}`, looks, () => who.post(`${draft}/trang/${name}`, form))
  }
  await page('chu-dau-tu', {
    'loai-chu-dau-tu': 'ca-nhan',
    'chu-dau-tu.ho-ten': person.name,
    'chu-dau-tu.so-dinh-danh': person.idNumber,
    'dien-thoai': person.phone,
    'dong-so-huu': 'khong',
  })
  await page('dia-diem', {
    'dia-diem.tinh': '99',
    'dia-diem.xa': place,
    'dia-diem.duong': '12 đường Hoa Sen',
    'so-thua': '215',
    'so-to': '17',
    'dien-tich-dat': '120,5',
  })
  await page('cong-trinh', {
    'so-tang': '1',
    'dien-tich-tang-1': '80',
    'chieu-cao': '4',
    'lien-ke': 'khong',
    'ngay-khoi-cong-ngay': '5',
    'ngay-khoi-cong-thang': '1',
    'ngay-khoi-cong-nam': String(new Date().getUTCFullYear() + 1),
  })
  await world.pause.act()
  const paper = drawing()
  await expect(world, 303, 'papers', looks, () => who.upload(`${draft}/giay-to`, {}, [paper]))
  return sha256(paper.content)
}

/** Sends a draft that is filled in; gives the address it leads to. */
async function send(world: World, who: Visitor, draft: string): Promise<string> {
  await world.pause.act()
  const review = await expect(world, 200, 'review page', world.ledger.looks, () => who.get(`${draft}/kiem-tra`))
  const khoa = hidden(review.body, 'khoa')
  const sent = await expect(world, 303, 'sending', world.ledger.times, () => who.post(`${draft}/gui`, { khoa }))
  return sent.location
}

const REFERENCE = /\b[2-9A-HJ-NP-TV-Z]{10}\b/

/** What each person fills in now: one form at a time, since who begins anew goes on with what lies there untouched. */
const forms = new Map<Visitor, Promise<unknown>>()

/** A person files on the portal, page by page, with a drawing, once the forms begun before are sent. */
export function fileOnPortal(
  world: World,
  place: string,
  person: Applicant,
): Promise<{ id: string; reference: string }> {
  const before = forms.get(person.visitor) ?? Promise.resolve()
  const own = before.then(() => fillInAndSend(world, place, person))
  forms.set(
    person.visitor,
    own.catch(() => undefined),
  )
  return own
}

async function fillInAndSend(
  world: World,
  place: string,
  person: Applicant,
): Promise<{ id: string; reference: string }> {
  const { visitor } = person
  await world.pause.act()
  const begun = await expect(world, 303, 'beginning', world.ledger.looks, () => visitor.post(`/nop-ho-so/${PERMIT}`))
  const draft = begun.location.replace(/\/trang\/.*$/, '')
  const hash = await fillIn(world, visitor, draft, place, person)
  const { id, receipt } = await filing(world, 'portal', async () => {
    const receipt = await send(world, visitor, draft)
    const id = /^\/ho-so\/([0-9a-f-]{36})\/da-nop/.exec(receipt)?.[1]
    if (id === undefined) throw new Error(`sending led to ${receipt}`)
    return { id, reference: null, receipt }
  })
  world.ledger.papers.push({ id, sha256: hash, reader: visitor, page: `/ho-so/${id}` })
  const shown = await expect(world, 200, 'receipt', world.ledger.looks, () => visitor.get(receipt))
  return { id, reference: referenceOn(shown.body) }
}

/** The clerk writes down what somebody brings to the counter. */
export async function fileAtCounter(
  world: World,
  place: string,
  person: Applicant,
): Promise<{ id: string; reference: string }> {
  const { clerk } = world.staff
  const { looks } = world.ledger
  await world.pause.act()
  const begun = await expect(world, 303, 'writing down', looks, () => clerk.post(`/ban-lam-viec/tiep-nhan/${PERMIT}`))
  const draft = begun.location.replace(/\/nguoi-nop$/, '')
  await expect(world, 303, 'the applicant', looks, () =>
    clerk.post(`${draft}/nguoi-nop`, {
      'ho-ten': person.name,
      'so-dinh-danh': person.idNumber,
      'dien-thoai': person.phone,
      kenh: 'counter',
    }),
  )
  const hash = await fillIn(world, clerk, draft, place, person)
  const { id, desk } = await filing(world, 'counter', async () => {
    const desk = await send(world, clerk, draft)
    const id = /^\/ban-lam-viec\/ho-so\/([0-9a-f-]{36})/.exec(desk)?.[1]
    if (id === undefined) throw new Error(`sending led to ${desk}`)
    return { id, reference: null, desk }
  })
  world.ledger.papers.push({ id, sha256: hash, reader: clerk, page: `/ban-lam-viec/ho-so/${id}` })
  const shown = await expect(world, 200, 'the dossier at the counter', looks, () => clerk.get(desk))
  return { id, reference: referenceOn(shown.body) }
}

function referenceOn(body: string): string {
  const reference = REFERENCE.exec(body.replace(/<[^>]+>/g, ' '))?.[0]
  if (reference === undefined) throw new Error('the page names no reference')
  return reference
}
