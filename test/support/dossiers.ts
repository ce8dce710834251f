// Dossiers for tests: the first good case of a procedure, filed for a demo person.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { App } from '../../src/app/build-app.ts'
import { readCases } from '../../src/modules/catalogue/index.ts'
import { type Submitted, submitDossier } from '../../src/modules/dossier/index.ts'
import { findPersonByIdNumber } from '../../src/modules/identity/index.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import { inTransaction } from '../../src/platform/db/database.ts'
import { keepBytes } from '../../src/platform/files/file-rows.ts'
import { productRoot } from '../../src/platform/root.ts'
import { hidden, type Reply, smallPdf, type Visitor } from './test-app.ts'

export const PERMIT = '1.013225'
/** What a specialist fills in who grants it. */
export const PERMIT_GRANTED = {
  'ket-qua': 'cap-phep',
  'thu.cap-phep.cot-nen': '+0,45 m',
  'thu.cap-phep.chi-gioi': 'trùng ranh giới',
}
export const CITIZEN = { idNumber: '044185000123', phone: '0912000123' }

const goodCases = new Map<string, ReturnType<typeof readCases>[number]>()

/** The first case of a procedure without faults. */
function goodCase(code: string) {
  const known = goodCases.get(code)
  if (known !== undefined) return known
  const folder = readdirSync(join(productRoot, 'procedures')).find(name => name.startsWith(`${code}-`))
  const good = readCases(join(productRoot, 'procedures', folder ?? '')).find(
    each => each.faults.length + each.missing.length === 0,
  )
  if (good === undefined) throw new Error(`no good case of ${code}`)
  goodCases.set(code, good)
  return good
}

/** Complete answers to the form of a procedure. */
export const goodAnswers = (code: string) => goodCase(code).answers

/** A file as a draft holds it before its dossier is filed; gives its id. */
export async function uploadPaper(app: App, bytes: Buffer = smallPdf): Promise<string> {
  const stored = await app.platform.files.write(Readable.from([bytes]), 1_000_000)
  return (await keepBytes(app.db, 'test', stored, 'ban-ve.pdf', 'application/pdf', app.platform.clock.now())).id
}

/**
 * Files the first case without faults of `code`, as the demo citizen; `uploaded` are files that lie ready for it. Who is not
 * `assured` only says so: no eID stands behind the account.
 */
export async function fileDossier(
  app: App,
  code = PERMIT,
  lang: 'vi' | 'en' = 'vi',
  uploaded: readonly string[] | null = null,
  assured = true,
): Promise<Submitted> {
  const good = goodCase(code)
  const at = app.platform.clock.now()
  const filed = await app.house.catalogue.current(app.db, code)
  const component = good.papers[0] ?? ''
  const papers =
    uploaded?.map(fileId => ({ component, fileId })) ??
    (await Promise.all(good.papers.map(async each => ({ component: each, fileId: await uploadPaper(app) }))))
  return inTransaction(app.db, async tx => {
    const applicant = await findPersonByIdNumber(tx, app.platform.keys, CITIZEN.idNumber)
    if (applicant === null) throw new Error('the demo person is absent')
    const actor: Actor = { kind: 'citizen', id: applicant.id, accountId: '' as never, name: applicant.name }
    return submitDossier(app.house, tx, {
      actor,
      channel: 'portal',
      filed,
      answers: good.answers as never,
      papers,
      applicant: { ...applicant, assured },
      submitterId: null,
      contactPhone: CITIZEN.phone,
      contactEmail: null,
      pointId: null,
      foreign: null,
      lang,
      at,
    })
  })
}

/** Acts on a dossier as somebody at a desk would: opens it, posts the form with its key and seq. */
export async function act(
  who: Visitor,
  id: string,
  name: string,
  form: Record<string, string | readonly string[]> = {},
): Promise<Reply> {
  const page = await who.get(`/ban-lam-viec/ho-so/${id}`)
  if (page.status !== 200) return page
  return who.post(`/ban-lam-viec/ho-so/${id}/${name}`, {
    khoa: hidden(page.body, 'khoa'),
    seq: hidden(page.body, 'seq'),
    ...form,
  })
}

export async function stateOf(app: App, id: string) {
  return app.db
    .selectFrom('dossier.dossier')
    .select(['state', 'step', 'due_at', 'remaining_minutes', 'seq', 'busy', 'code'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

/** What an officer finds for a text: the question is posted, the page of the results is opened; or the first answer that is no step on. */
export async function searchDesk(who: Visitor, text: string): Promise<Reply> {
  const asked = await who.post('/ban-lam-viec/tim', { q: text })
  return asked.status === 303 ? who.get(asked.location) : asked
}
