// A draft letter from its template, the answers of the form and the fields the officer filled in.
import { civilDateOf, parseVietnameseDate } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import type { FormBody } from '../../../platform/http/form-body.ts'
import { type LocalText, local } from '../../../platform/i18n/texts.ts'
import type { Definition, Letter } from '../../catalogue/index.ts'
import { type Answers, eachField, placeCodes, sayAnswer } from '../../forms/index.ts'
import { findAgency } from '../../organisation/index.ts'
import type { Loaded } from '../change-dossier.ts'
import { currentStep } from '../process.ts'
import { placeNames } from '../submit/places.ts'
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

/** What a letter takes its words from. */
export interface LetterFacts extends Pick<Loaded, 'dossier' | 'definition' | 'agency'> {
  readonly answers: Answers
}

/** The words of a letter; `fields` by id, as `typedLetter` gives them. */
export async function draftLetter(
  db: Db,
  facts: LetterFacts,
  letter: Letter,
  fields: Readonly<Record<string, string>>,
  at: Date,
): Promise<LetterContent> {
  const { agency } = facts
  const values = await letterValues(db, facts, at)
  const own = Object.fromEntries(Object.entries(fields).map(([id, text]) => [`thu.${id}`, civilOrText(text)]))
  const superior = agency.parentId === null ? null : await findAgency(db, agency.parentId, civilDateOf(at))
  return fillLetter(
    letter,
    { ...values, ...own },
    { agencyName: agency.name, superiorName: superior?.name ?? '', seat: agency.seat },
  )
}

/** What the officer's fields start with, by the letter's id and the field's: the template's own words, filled. */
export async function letterDefaults(
  db: Db,
  facts: LetterFacts,
  letters: readonly Letter[],
  at: Date,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const values = await letterValues(db, facts, at)
  const filled = ({ fields }: Letter) =>
    new Map(fields.map(field => [field.id, field.value === '' ? '' : fillText(field.value, values)]))
  return new Map(letters.map(letter => [letter.id, filled(letter)]))
}

async function letterValues(db: Db, facts: LetterFacts, at: Date): Promise<LetterValues> {
  const { dossier, definition, agency, answers } = facts
  return {
    ...dossierValues({
      code: dossier.core.code,
      receivedAt: dossier.core.receivedAt,
      applicantName: dossier.applicantName,
      agencyName: agency.name,
      procedureTitle: local(definition.procedure.title, 'vi'),
    }),
    ...(await answerValues(db, definition, answers, at)),
  }
}

/** Answers as placeholders: don.<field>, parts of compounds as don.<field>.<part>, group members as lines. */
async function answerValues(db: Db, definition: Definition, answers: Answers, at: Date): Promise<LetterValues> {
  if (definition.form === null) return {}
  const names = await placeNames(db, placeCodes(answers), at)
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
