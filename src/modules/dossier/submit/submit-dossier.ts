// Submit is one command with a channel: our pages, the counter, the post and the national portal all call this.
import { type Actor, actorKey } from '../../../platform/access/actor.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { expectReference } from '../../../platform/db/reference.ts'
import { AppError } from '../../../platform/errors.ts'
import { reownFiles } from '../../../platform/files/file-rows.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { newId, newSpokenCode, newToken } from '../../../platform/id.ts'
import type { Definition, FiledUnder } from '../../catalogue/index.ts'
import {
  type Answers,
  checkForm,
  eachField,
  type Faults,
  holds,
  lookUp,
  placeCodes,
  prune,
  sayAnswer,
  sayFaults,
  unknownAnswers,
} from '../../forms/index.ts'
import { idNumberIndex, type Person, type PersonId } from '../../identity/index.ts'
import { type Agency, findAgencyByCode, listAgencies } from '../../organisation/index.ts'
import { announce, centreFor, type House, intakeTodo } from '../change-dossier.ts'
import { applyEntry, type Channel, type DossierId, STATE } from '../dossier.ts'
import { noAgency, notFiledHere, notYourAgency } from '../errors.ts'
import { genesis } from '../history.ts'
import { recordProgress } from '../store/board.ts'
import { type ForeignCode, insertDossier } from '../store/current.ts'
import { addPapers } from '../store/documents.ts'
import { appendEntry, newEntry } from '../store/history.ts'
import { insertTodo } from '../store/todo.ts'
import { texts } from '../texts.ts'
import { placeNames, placesContext } from './places.ts'

export interface GivenPaper {
  readonly component: string
  readonly fileId: string
}

export interface SubmitCommand {
  readonly actor: Actor
  readonly channel: Channel
  readonly filed: FiledUnder
  readonly answers: Answers
  readonly papers: readonly GivenPaper[]
  readonly applicant: Person
  /** Who files, when it is not the applicant. */
  readonly submitterId: PersonId | null
  readonly contactPhone: string | null
  readonly contactEmail: string | null
  /** The language the person is written to in; Vietnamese when not said. */
  readonly lang?: Lang
  /** Where a person was helped to file. */
  readonly pointId: string | null
  readonly foreign: ForeignCode | null
  /** The competent body where the caller knows it (national portal); otherwise the procedure's rule decides. */
  readonly agencyCode?: string
  readonly at: Date
}

export interface Submitted {
  readonly id: DossierId
  readonly reference: string
  readonly token: string
}

/** What the first payload of a history holds. */
export interface SubmittedPayload {
  readonly answers: Answers
  readonly papers: readonly {
    readonly component: string
    readonly fileId: string
    readonly name: string
    readonly sha256: string
  }[]
  readonly applicant: {
    readonly name: string
    readonly idNumber: string | null
    readonly kind: string
    /** Name and number are only what the person says: filed online from an account that no eID stands behind. */
    readonly claimed?: true
  }
  readonly contact: { readonly phone: string | null; readonly email: string | null; readonly lang?: Lang }
  readonly subject: string
  readonly submitterId: string | null
}

/** The answers as they stand: what was filed, with what supplements changed. `payloads` by seq, of the whole history. */
export function standingAnswers(payloads: ReadonlyMap<number, unknown>): Answers {
  const said = [...payloads].sort(([a], [b]) => a - b).map(([, payload]) => payload as Partial<SubmittedPayload>)
  return Object.assign({}, ...said.map(({ answers }) => answers))
}

/** The dossier as a whole is not acceptable: which fields have faults, which papers are missing. */
export class InvalidDossier extends AppError {
  readonly faults: Faults
  readonly missing: readonly string[]
  constructor(faults: Faults, missing: readonly string[]) {
    const fields = {
      ...sayFaults(faults, 'vi'),
      ...Object.fromEntries(missing.map(id => [`giay-to.${id}`, texts('vi')('error.paper-missing')])),
    }
    super({
      code: 'dossier.invalid',
      status: 422,
      say: lang => texts(lang)('error.invalid'),
      detail: Object.keys(fields).join(' '),
      fields,
    })
    this.faults = faults
    this.missing = missing
  }
}

/** The papers these answers call for. */
export function neededComponents(definition: Definition, answers: Answers): Definition['procedure']['components'] {
  // What is filled in on the system is no file: it is the form itself.
  return definition.procedure.components.filter(
    component => component.filled_in !== true && holds(component.when, answers),
  )
}

/** Of these the ones that whoever files online must give and has not: `given` holds the components that files lie under. */
export function missingComponents(
  definition: Definition,
  answers: Answers,
  given: ReadonlySet<string>,
): Definition['procedure']['components'] {
  return neededComponents(definition, answers).filter(
    component => component.required && component.replaced_by === undefined && !given.has(component.id),
  )
}

const OUTSIDE = {
  vi: 'Nơi này không thuộc các xã, phường do tỉnh giải quyết. Hãy chọn xã, phường trong tỉnh, hoặc nộp tại tỉnh có địa điểm đó.',
  en: 'This place is not decided by this province. Choose one of its communes, or file in the province concerned.',
}

/** Who decides, by the procedure's rule. Throws 422 when no agency of the province matches. */
export async function competentAgency(tx: Db, definition: Definition, answers: Answers, at: Date): Promise<Agency> {
  const rule = definition.procedure.agency
  if (rule === undefined) throw noAgency()
  const today = civilDateOf(at)
  const place = rule.place === undefined ? undefined : lookUp(answers, rule.place)
  const agencies = await listAgencies(tx, today, {
    kinds: [rule.kind],
    sector: rule.sector,
    ...(typeof place === 'string' ? { placeCode: place } : {}),
  })
  const agency = agencies[0]
  if (agency === undefined || (rule.place !== undefined && typeof place !== 'string')) {
    throw rule.place === undefined ? noAgency() : new InvalidDossier({ [rule.place]: { say: OUTSIDE } }, [])
  }
  return agency
}

/** Whether the payload of the first entry says that nothing stands behind the applicant's name but the account's own word. */
export const isClaimed = (first: unknown): boolean =>
  (first as Partial<SubmittedPayload> | undefined)?.applicant?.claimed === true

/**
 * Files a dossier: checks the whole form again, then history, current row, open work, counts and one event in the
 * caller's transaction. Throws 422 with the faults by field, 403 where a system of one agency files for another.
 */
export async function submitDossier(house: House, tx: Tx, command: SubmitCommand): Promise<Submitted> {
  const { definition, revisionId } = command.filed
  const { at } = command
  if (definition.procedure.kind !== 'native') throw notFiledHere()
  const id = newId<'dossier'>(at)
  expectReference(tx)
  // Sent along; where the dossier is refused below, nothing of it stays.
  const owning = reownFiles(
    tx,
    command.papers.map(paper => paper.fileId),
    `dossier:${id}`,
  )
  owning.catch(() => undefined)
  const unknown = definition.form === null ? [] : unknownAnswers(definition.form, command.answers)
  if (unknown.length > 0)
    throw new InvalidDossier(Object.fromEntries(unknown.map(path => [path, { key: 'type' as const }])), [])
  const answers = definition.form === null ? command.answers : prune(definition.form, command.answers)
  const places = await placesContext(tx, answers, at)
  const faults =
    definition.form === null
      ? {}
      : checkForm(definition.form, answers, { today: civilDateOf(at), communeIn: places.communeIn })
  const given = new Set(command.papers.map(paper => paper.component))
  // Online every required paper must be there; at the counter paper originals lie on the table, the clerk checks them.
  const missing =
    command.channel === 'portal' ? missingComponents(definition, answers, given).map(component => component.id) : []
  if (Object.keys(faults).length > 0 || missing.length > 0) throw new InvalidDossier(faults, missing)

  const agency =
    command.agencyCode === undefined
      ? await competentAgency(tx, definition, answers, at)
      : await findAgencyByCode(tx, command.agencyCode, civilDateOf(at))
  if (agency === null) throw noAgency()
  const centre = await centreFor(tx, agency, at)
  if (command.actor.kind === 'system' && ![null, agency.id, centre.id].includes(command.actor.agencyId))
    throw notYourAgency()
  const reference = newSpokenCode(10)
  const token = newToken(128)
  const files = await owning
  // An office or a system saw a paper; online only an eID says who somebody is.
  const claimed = command.channel === 'portal' && !command.applicant.assured
  const { name, idNumber, kind } = command.applicant
  const payload: SubmittedPayload = {
    answers,
    papers: command.papers.map(paper => {
      const file = files.find(each => each.id === paper.fileId)
      if (file === undefined) throw new InvalidDossier({}, [paper.component])
      return { component: paper.component, fileId: file.id, name: file.name, sha256: file.sha256.toString('hex') }
    }),
    applicant: { name, idNumber, kind, ...(claimed ? { claimed } : {}) },
    contact: { phone: command.contactPhone, email: command.contactEmail, lang: command.lang ?? 'vi' },
    subject: await subjectOf(tx, definition, answers, at),
    submitterId: command.submitterId,
  }
  const facts = {
    channel: command.channel,
    revision: revisionId,
    procedure: definition.procedure.code,
    set: { agencyId: agency.id, centreId: centre.id, state: STATE.new },
  }
  const post = command.actor.kind === 'officer' ? command.actor.post.positionId : null
  const core = applyEntry(null, { facts, post })
  const entry = newEntry(id, genesis(id), {
    seq: 1,
    type: 'submitted',
    actor: actorKey(command.actor),
    post,
    at: at.toISOString(),
    facts,
    payload,
  })
  const todo = await intakeTodo(tx, centre.id, null, at)
  const row = {
    id,
    kind: 'native',
    channel: command.channel,
    procedureCode: definition.procedure.code,
    revisionId,
    reference,
    applicantId: command.applicant.id,
    submitterId: command.submitterId,
    applicantName: name,
    subject: payload.subject,
    submittedAt: at,
    core,
    pointId: command.pointId,
    foreign: command.foreign,
    // Whoever looks for a number must not find what a stranger filed under it.
    idIndex: idNumber === null || claimed ? null : idNumberIndex(house.keys, idNumber),
    phoneTail: command.contactPhone?.slice(-6) ?? null,
    token,
  } as const
  // In this order, so that papers and work find their dossier; done together with the commit.
  await appendEntry(tx, house.keys, entry)
  await insertDossier(tx, house.keys, row, 1, entry.hash)
  await addPapers(tx, id, command.papers, 1)
  await insertTodo(tx, { id, procedureCode: definition.procedure.code }, todo, at)
  await recordProgress(tx, {
    dossierId: id,
    seq: 1,
    agencyId: agency.id,
    field: definition.procedure.field.vi,
    type: 'submitted',
    before: null,
    after: core,
    at,
  })
  await announce(house, tx, { ...row, seq: 1 }, 'submitted')
  return { id, reference, token }
}

/** The line that names the case in lists: the answer the procedure points to, else its title. */
async function subjectOf(
  tx: Db,
  definition: Definition,
  answers: Answers,
  at: Date,
  lang: Lang = 'vi',
): Promise<string> {
  const { subject, title } = definition.procedure
  if (subject === undefined || definition.form === null) return local(title, lang)
  for (const { field, path } of eachField(definition.form)) {
    if (path !== subject || field.type === 'group') continue
    const text = sayAnswer(field, answers[path], lang, await placeNames(tx, placeCodes(answers), at))
    if (text !== '') return text
  }
  return local(title, lang)
}
