// Every act of an officer on a dossier, as a table: address, permission, what must be filled in, what it does.
import type { OfficerActor } from '../../../platform/access/actor.ts'
import { civilDateOf, parseVietnameseDate } from '../../../platform/calendar/civil.ts'
import type { Tx } from '../../../platform/db/database.ts'
import type { FormBody } from '../../../platform/http/form-body.ts'
import { malformed } from '../../../platform/http/request.ts'
import { newId, newToken } from '../../../platform/id.ts'
import { postsByPositions } from '../../organisation/index.ts'
import { NumberedInYear, takeNumber } from '../../records/index.ts'
import { changeDossier, type House, type Loaded } from '../change-dossier.ts'
import { draftLetter, typedLetter } from '../decide/draft-letter.ts'
import { ON_PAPER } from '../dossier.ts'
import { notYours } from '../errors.ts'
import { INTAKE_PERMISSION } from '../permissions.ts'
import { currentStep } from '../process.ts'
import { resultWays } from '../result-way.ts'
import { addNote, findDocument, insertDocument, updateDocument } from '../store/documents.ts'
import { readEntries, readPayload, readPayloads } from '../store/history.ts'
import { nextSerial } from '../store/serials.ts'
import { openWorkOf } from '../store/todo.ts'
import { isClaimed, standingAnswers } from '../submit/submit-dossier.ts'
import { supplementDossier } from '../supplement/supplement.ts'
import type { DossierTextKey } from '../texts.ts'
import { initialsOf } from '../view/letter-content.ts'
import { beginAct, documentOf, IdentityUnchecked, IncompleteLetter, WrongDate } from './acts.ts'
import { handOverTo } from './hand-over.ts'

/** Field → text key of what is wrong; empty when the form will do. */
export type ActionFaults = Readonly<Record<string, DossierTextKey>>

export interface OfficerAction {
  /** Last part of the address. */
  readonly name: string
  readonly permission: string
  /** Any post of the agency or centre may do it, also without open work on the dossier. */
  readonly anyOwn?: true
  readonly faults: (form: FormBody, loaded: { readonly today: string }) => ActionFaults
  readonly work: (house: House, tx: Tx, loaded: Loaded, actor: OfficerActor, form: FormBody, at: Date) => Promise<void>
}

const none = (): ActionFaults => ({})

/** The longest text an officer writes into one field. */
const LONGEST = 5000
export const tooLong = (form: FormBody): ActionFaults =>
  Object.fromEntries(
    [...form.values]
      .filter(([, values]) => values.some(value => value.length > LONGEST))
      .map(([name]) => [name, 'error.too-long' as const]),
  )
const reasonAndGround = (form: FormBody): ActionFaults => ({
  ...(form.text('ly-do') === '' || form.text('ly-do').length > 4000 ? { 'ly-do': 'error.reason' as const } : {}),
  ...(form.text('can-cu') === '' || form.text('can-cu').length > 1000 ? { 'can-cu': 'error.ground' as const } : {}),
})
const reasonOnly = (form: FormBody): ActionFaults =>
  form.text('ly-do') === '' || form.text('ly-do').length > 4000 ? { 'ly-do': 'error.reason' } : {}

export const actions: readonly OfficerAction[] = [
  {
    name: 'tiep-nhan',
    permission: 'dossier.receive',
    faults: none,
    work: async (house, tx, loaded, actor, form, at) => {
      const onPaper = form.list('ban-giay')
      const known = loaded.definition.procedure.components.map(component => component.id)
      if (onPaper.some(id => !known.includes(id))) throw malformed('a paper that the procedure does not ask for')
      const day = civilDateOf(at)
      const serial = await nextSerial(house, loaded.agency.code, day)
      const code = `${loaded.agency.code}-${day.slice(2).replace(/-/g, '')}-${String(serial).padStart(4, '0')}`
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'receive', code },
        ...(ON_PAPER.has(loaded.dossier.channel) ? { facts: { onPaper: [...new Set(onPaper)] } } : {}),
      })
    },
  },
  {
    name: 'tu-choi',
    permission: 'dossier.receive',
    faults: reasonAndGround,
    work: async (house, tx, loaded, actor, form, at) => {
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'refuse' },
        payload: { reason: form.text('ly-do'), ground: form.text('can-cu') },
      })
    },
  },
  {
    name: 'yeu-cau-bo-sung',
    permission: 'dossier.supplement',
    faults: form => ({
      ...reasonAndGround(form),
      ...(form.list('giay-to').length === 0 && form.text('noi-dung') === ''
        ? { 'giay-to': 'error.supplement-what' as const }
        : {}),
    }),
    work: async (house, tx, loaded, actor, form, at) => {
      const known = loaded.definition.procedure.components.map(component => component.id)
      if (form.list('giay-to').some(id => !known.includes(id)))
        throw malformed('a paper that the procedure does not ask for')
      const asked = (await readEntries(tx, loaded.dossier.id)).filter(
        entry => entry.type === 'supplement-requested',
      ).length
      const payload = {
        reason: form.text('ly-do'),
        ground: form.text('can-cu'),
        components: form.list('giay-to'),
        what: form.text('noi-dung'),
      }
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'request-supplement', asked },
        facts: { stage: loaded.dossier.core.receivedAt === null ? 'intake' : 'appraisal' },
        payload,
      })
    },
  },
  {
    name: 'chuyen',
    permission: 'dossier.work',
    faults: form => (form.text('ket-qua') === '' ? { 'ket-qua': 'error.outcome' } : {}),
    work: async (house, tx, loaded, actor, form, at) => {
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'forward', outcome: form.text('ket-qua') },
        payload: { outcome: form.text('ket-qua'), opinion: form.text('y-kien') },
      })
    },
  },
  {
    name: 'quyet-dinh',
    permission: 'dossier.work',
    faults: form => (form.text('ket-qua') === '' ? { 'ket-qua': 'error.outcome' } : {}),
    work: async (house, tx, loaded, actor, form, at) => {
      const { letter, values, missing } = typedLetter(loaded, form)
      if (missing.size > 0) throw new IncompleteLetter(missing)
      const documentId = newId<'document'>(at)
      if (letter !== undefined) {
        const answers = standingAnswers(await readPayloads(tx, house.keys, loaded.dossier.id))
        const content = await draftLetter(tx, { ...loaded, answers }, letter, values, at)
        const former = loaded.dossier.core.documentId
        if (former !== null) await updateDocument(tx, house.keys, former, { state: 'dropped' }, at)
        await insertDocument(
          tx,
          house.keys,
          { id: documentId, dossierId: loaded.dossier.id, letter: letter.id, content },
          at,
        )
      }
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'decide', outcome: form.text('ket-qua'), documentId },
        facts: { letter: letter?.id ?? null },
        // As it was typed: what the form starts with should it be sent back.
        payload: { outcome: form.text('ket-qua'), opinion: form.text('y-kien'), fields: values },
      })
    },
  },
  {
    name: 'tra-lai',
    permission: 'dossier.return-step',
    faults: reasonOnly,
    work: async (house, tx, loaded, actor, form, at) => {
      const { documentId } = loaded.dossier.core
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'return-step' },
        payload: { reason: form.text('ly-do') },
      })
      // Initials vouch for a text that is now open again.
      const document = documentId === null ? null : await findDocument(tx, house.keys, documentId)
      if (document?.state === 'initialled')
        await updateDocument(
          tx,
          house.keys,
          document.id,
          { state: 'draft', content: { ...document.content, initials: null } },
          at,
        )
    },
  },
  {
    name: 'ky-nhay',
    permission: 'dossier.initial',
    faults: none,
    work: async (house, tx, loaded, actor, _form, at) => {
      const document = await documentOf(house, tx, loaded)
      await changeDossier(house, tx, loaded, { actor, at, move: { verb: 'initial' } })
      await updateDocument(
        tx,
        house.keys,
        document.id,
        { state: 'initialled', content: { ...document.content, initials: initialsOf(actor.name) } },
        at,
      )
    },
  },
  {
    name: 'ky-duyet',
    permission: 'dossier.sign',
    faults: none,
    work: async (house, tx, loaded, actor, _form, at) => {
      const document = await documentOf(house, tx, loaded)
      const post = (await postsByPositions(tx, [actor.post.positionId], civilDateOf(at))).get(actor.post.positionId)
      const signer = { competence: post?.competence ?? '', title: actor.post.title, name: actor.name }
      await updateDocument(tx, house.keys, document.id, { content: { ...document.content, signer } }, at)
      await beginAct(
        house,
        tx,
        loaded,
        actor,
        { kind: 'sign', documentId: document.id, holder: `officer:${actor.id}`, request: { token: newToken(128) } },
        at,
      )
    },
  },
  {
    name: 'vao-so',
    permission: 'dossier.records',
    faults: (form, { today }) => {
      const date = parseVietnameseDate(form.text('ngay'))
      return date === null || date > today || date < `${Number(today.slice(0, 4)) - 1}-12-01`
        ? { ngay: 'error.document-date' }
        : {}
    },
    work: async (house, tx, loaded, actor, form, at) => {
      const document = await documentOf(house, tx, loaded)
      const dated = parseVietnameseDate(form.text('ngay')) ?? civilDateOf(at)
      const signed = (await readEntries(tx, loaded.dossier.id)).findLast(entry => entry.type === 'signed')
      if (signed !== undefined && dated < civilDateOf(new Date(signed.at))) throw new WrongDate(null)
      const number = await takeNumber(tx, {
        agencyId: loaded.agency.id,
        notation: document.content.notation,
        dated,
        document: `dossier-document:${document.id}`,
        at,
      }).catch(error => {
        throw error instanceof NumberedInYear ? new WrongDate(error.year) : error
      })
      await updateDocument(tx, house.keys, document.id, { number, dated }, at)
      await beginAct(
        house,
        tx,
        loaded,
        actor,
        { kind: 'number', documentId: document.id, holder: null, request: { number, dated } },
        at,
      )
    },
  },
  {
    name: 'dong-dau',
    permission: 'dossier.records',
    faults: none,
    work: async (house, tx, loaded, actor, _form, at) => {
      const document = await documentOf(house, tx, loaded)
      await beginAct(
        house,
        tx,
        loaded,
        actor,
        { kind: 'seal', documentId: document.id, holder: `agency:${loaded.agency.id}`, request: {} },
        at,
      )
    },
  },
  {
    name: 'tra-ket-qua',
    permission: 'dossier.return-result',
    faults: form =>
      form.text('nguoi-nhan') === '' || form.text('nguoi-nhan').length > 200 ? { 'nguoi-nhan': 'error.receiver' } : {},
    work: async (house, tx, loaded, actor, form, at) => {
      const claimed = isClaimed(await readPayload(tx, house.keys, loaded.dossier.id, 1))
      const way = resultWays({ ...loaded.dossier, claimed }).find(each => each === form.text('cach-tra'))
      if (way === undefined) throw malformed('a way in which this result is not returned')
      if (claimed && !form.has('da-kiem-tra')) throw new IdentityUnchecked()
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'return-result' },
        facts: { way, ...(claimed ? { identityChecked: true } : {}) },
        payload: { receiver: form.text('nguoi-nhan') },
      })
    },
  },
  {
    name: 'phan-cong',
    permission: 'dossier.assign',
    anyOwn: true,
    faults: form => (form.text('vi-tri') === '' ? { 'vi-tri': 'error.position' } : {}),
    work: async (house, tx, loaded, actor, form, at) => {
      const { id, core } = loaded.dossier
      const { positions: holders } = await openWorkOf(tx, id)
      const posts = await handOverTo(tx, actor, core, currentStep(core, loaded.definition), holders, at)
      const chosen = posts.find(post => post.positionId === form.text('vi-tri'))
      if (chosen === undefined || holders.length === 0) throw notYours()
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'assign', positionId: chosen.positionId },
        facts: { position: chosen.positionId },
      })
    },
  },
  {
    name: 'ghi-chu',
    permission: 'dossier.note',
    anyOwn: true,
    faults: form =>
      form.text('ghi-chu') === '' || form.text('ghi-chu').length > 4000 ? { 'ghi-chu': 'error.note' } : {},
    work: async (house, tx, loaded, actor, form, at) =>
      addNote(tx, house.keys, { dossierId: loaded.dossier.id, officerId: actor.id, text: form.text('ghi-chu') }, at),
  },
  {
    name: 'nop-bo-sung',
    permission: INTAKE_PERMISSION,
    anyOwn: true,
    faults: form =>
      form.files.length === 0 && form.text('giai-trinh') === '' ? { 'giai-trinh': 'error.supplement-empty' } : {},
    work: (house, tx, loaded, actor, form, at) =>
      supplementDossier(house, tx, loaded, { actor, uploads: form.files, answer: form.text('giai-trinh'), at }),
  },
  {
    name: 'rut-ho-so',
    permission: INTAKE_PERMISSION,
    anyOwn: true,
    faults: reasonOnly,
    work: async (house, tx, loaded, actor, form, at) => {
      await changeDossier(house, tx, loaded, {
        actor,
        at,
        move: { verb: 'withdraw' },
        facts: { asked: 'counter' },
        payload: { reason: form.text('ly-do') },
      })
    },
  },
]
