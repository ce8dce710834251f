// What the acts on a letter share: the letter of a dossier, the intent that a job carries out, the faults they find.
import type { OfficerActor } from '../../../platform/access/actor.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { type Lang, type LocalText, local } from '../../../platform/i18n/texts.ts'
import { newId } from '../../../platform/id.ts'
import { enqueue } from '../../../platform/jobs/jobs.ts'
import { type IntentKind, insertIntent } from '../../signing/index.ts'
import { changeDossier, type House, type Loaded } from '../change-dossier.ts'
import type { DocumentId } from '../dossier.ts'
import { notYours } from '../errors.ts'
import { RUN_INTENT } from '../issue/run-intent.ts'
import { findDocument } from '../store/documents.ts'
import { texts } from '../texts.ts'

/** A day that a document cannot bear: before its signature, or outside the year in whose book it has its number. */
export class WrongDate extends AppError {
  /** `numberedIn`: that year; null where it is before the signature. */
  constructor(numberedIn: number | null) {
    super({
      code: 'dossier.wrong-date',
      status: 422,
      say: lang =>
        numberedIn === null
          ? texts(lang)('error.dated-before-signed')
          : texts(lang)('error.numbered-in-year', { year: numberedIn }),
    })
  }
}

/** The result of somebody who only said who they are, without an identity paper having been seen. */
export class IdentityUnchecked extends AppError {
  constructor() {
    super({ code: 'dossier.identity-unchecked', status: 422, say: lang => texts(lang)('error.identity-unchecked') })
  }
}

/** Required fields of the chosen letter are empty. */
export class IncompleteLetter extends AppError {
  readonly missing: ReadonlyMap<string, LocalText>
  /** `missing`: name of the form's field → what it is called. */
  constructor(missing: ReadonlyMap<string, LocalText>) {
    super({
      code: 'dossier.incomplete-letter',
      status: 422,
      say: lang => Object.values(this.errors(lang)).join(' '),
      detail: [...missing.keys()].join(' '),
    })
    this.missing = missing
  }
  errors(lang: Lang): FieldErrors {
    return Object.fromEntries(
      [...this.missing].map(([id, label]) => [id, texts(lang)('error.letter-field', { field: local(label, lang) })]),
    )
  }
}

/** The letter in the making. Throws 403 when there is none. */
export async function documentOf(house: House, tx: Tx, loaded: Loaded) {
  const { documentId } = loaded.dossier.core
  const document = documentId === null ? null : await findDocument(tx, house.keys, documentId)
  if (document === null || document.state === 'dropped') throw notYours()
  return document
}

/** Writes the intent and the entry that asks for it; a job does the act after the commit and resumes it after a crash. */
export async function beginAct(
  house: House,
  tx: Tx,
  loaded: Loaded,
  actor: OfficerActor,
  act: { kind: IntentKind; documentId: DocumentId; holder: string | null; request: unknown },
  at: Date,
): Promise<void> {
  const intent = newId(at)
  await insertIntent(
    tx,
    house.keys,
    {
      id: intent,
      kind: act.kind,
      owner: `dossier-document:${act.documentId}`,
      holder: act.holder,
      request: act.request,
    },
    at,
  )
  await changeDossier(house, tx, loaded, {
    actor,
    at,
    move: { verb: 'begin-act', kind: act.kind, intent },
    facts: { intent },
  })
  await enqueue(tx, RUN_INTENT, { intent, dossierId: loaded.dossier.id }, { maxAttempts: 6 })
}
