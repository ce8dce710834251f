// A draft letter from its template, the answers of the form and the fields the officer filled in.
import { civilDateOf, parseVietnameseDate } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import type { FormBody } from '../../../platform/http/form-body.ts'
import { type LocalText, local } from '../../../platform/i18n/texts.ts'
import type { Definition, Letter } from '../../catalogue/index.ts'
import { type Answers, eachField, placeCodes, sayAnswer } from '../../forms/index.ts'
import { findAgency } from '../../organisation/index.ts'
import type { House, Loaded } from '../change-dossier.ts'
import { currentStep } from '../process.ts'
import { readPayloads } from '../store/history.ts'
import { placeNames } from '../submit/places.ts'
import type { SubmittedPayload } from '../submit/submit-dossier.ts'
import {
  civilOrText,
  dossierValues,
  fillLetter,
  fillText,
  type LetterContent,
  type LetterValues,
} from '../view/letter-content.ts'

/** The letter that the chosen outcome drafts, with what was typed for it; `missing` names the required fields that are empty. */
export function typedLetter(
  { dossier, definition }: Pick<Loaded, 'dossier' | 'definition'>,
  form: FormBody,
): { letter: Letter | undefined; values: Record<string, string>; missing: Map<string, LocalText> } {
  const outcome = currentStep(dossier.core, definition)?.outcomes.find(each => each.id === form.text('ket-qua'))
  const letter = definition.letters.find(each => each.id === outcome?.letter)
  const values: Record<string, string> = {}
  const missing = new Map<string, LocalText>()
  for (const field of letter?.fields ?? []) {
    const name = `thu.${outcome?.id}.${field.id}`
    const raw = form.text(name)
    // A day that does not exist is as good as none.
    const text = field.type === 'date' ? (parseVietnameseDate(raw) ?? '') : raw
    if (text === '' && (field.required || raw !== '')) missing.set(name, field.label)
    values[field.id] = text
  }
  return { letter, values, missing }
}

export async function draftLetter(
  house: House,
  tx: Db,
  loaded: Pick<Loaded, 'dossier' | 'definition' | 'agency'>,
  letter: Letter,
  fields: Readonly<Record<string, string>>,
  at: Date,
): Promise<LetterContent> {
  const values = await letterValues(house, tx, loaded, at)
  const own = Object.fromEntries(Object.entries(fields).map(([id, text]) => [`thu.${id}`, civilOrText(text)]))
  const superior =
    loaded.agency.parentId === null ? null : await findAgency(tx, loaded.agency.parentId, civilDateOf(at))
  return fillLetter(
    letter,
    { ...values, ...own },
    { agencyName: loaded.agency.name, superiorName: superior?.name ?? '', seat: loaded.agency.seat },
  )
}

/** What the officer's fields start with: the template's own words, filled. */
export async function letterDefaults(
  house: House,
  tx: Db,
  loaded: Pick<Loaded, 'dossier' | 'definition' | 'agency'>,
  letter: Letter,
  at: Date,
): Promise<Map<string, string>> {
  const values = await letterValues(house, tx, loaded, at)
  return new Map(letter.fields.map(field => [field.id, field.value === '' ? '' : fillText(field.value, values)]))
}

async function letterValues(
  house: House,
  tx: Db,
  loaded: Pick<Loaded, 'dossier' | 'definition' | 'agency'>,
  at: Date,
): Promise<LetterValues> {
  const { dossier, definition, agency } = loaded
  const answers = await latestAnswers(house, tx, dossier.id)
  return {
    ...dossierValues({
      code: dossier.core.code,
      receivedAt: dossier.core.receivedAt,
      applicantName: dossier.applicantName,
      agencyName: agency.name,
      procedureTitle: local(definition.procedure.title, 'vi'),
    }),
    ...(await answerValues(tx, definition, answers, at)),
  }
}

/** The answers as they stand: what was filed, with what a supplement changed. */
export async function latestAnswers(house: House, tx: Db, id: Loaded['dossier']['id']): Promise<Answers> {
  const payloads = await readPayloads(tx, house.keys, id)
  let answers: Answers = {}
  for (const seq of [...payloads.keys()].sort((a, b) => a - b)) {
    const payload = payloads.get(seq) as Partial<SubmittedPayload>
    if (payload.answers !== undefined) answers = { ...answers, ...payload.answers }
  }
  return answers
}

/** Answers as placeholders: don.<field>, parts of compounds as don.<field>.<part>, group members as lines. */
async function answerValues(tx: Db, definition: Definition, answers: Answers, at: Date): Promise<LetterValues> {
  if (definition.form === null) return {}
  const names = await placeNames(tx, placeCodes(answers), at)
  const values: Record<string, string> = {}
  for (const { field, path } of eachField(definition.form)) {
    const answer = answers[path]
    if (field.type === 'group') {
      const members = Array.isArray(answer) ? (answer as readonly Answers[]) : []
      values[`don.${path}`] = members
        .map(member =>
          field.fields
            .map(inner => sayAnswer(inner, member[inner.id], 'vi', names))
            .filter(Boolean)
            .join(', '),
        )
        .join('; ')
    } else if (!path.includes('.')) {
      values[`don.${path}`] = sayAnswer(field, answer, 'vi', names)
      if (typeof answer === 'object' && !Array.isArray(answer))
        for (const [part, text] of Object.entries(answer as Record<string, string>))
          values[`don.${path}.${part}`] = names.get(text) ?? civilOrText(text)
    }
  }
  return values
}
