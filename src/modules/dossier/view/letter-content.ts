// A letter filled from a template: what will be drawn, as plain text. Pure.
import { formatCivilDate, formatDate } from '../../../platform/i18n/format.ts'
import type { Letter } from '../../catalogue/index.ts'

/** Everything a letter shows except number and date, which the records clerk adds after the signature. */
export interface LetterContent {
  readonly agencyName: string
  readonly superiorName: string
  readonly seat: string
  readonly notation: string
  readonly title: string
  readonly subject: string
  readonly addressed: string
  readonly paragraphs: readonly string[]
  readonly recipients: readonly string[]
  /** Officer who initialled, as initials at the end of the text. */
  readonly initials: string | null
  /** Random token in the QR code of the issued document. */
  readonly verifyToken?: string
  readonly signer: { readonly competence: string; readonly title: string; readonly name: string } | null
}

export interface LetterValues {
  /** Placeholder → text: don.*, thu.*, ho-so.*, co-quan, thu-tuc. */
  readonly [placeholder: string]: string
}

/** Replaces {placeholders}, and {one|other} by the first that has an answer; an absent answer leaves a dotted line, as on paper. */
export function fillText(text: string, values: LetterValues): string {
  return text.replace(
    /\{([a-z][a-z0-9.|-]*)\}/g,
    (_whole, names: string) =>
      names
        .split('|')
        .map(name => values[name])
        .find(value => value) ?? '…………',
  )
}

export interface LetterSetting {
  readonly agencyName: string
  readonly superiorName: string
  readonly seat: string
}

export function fillLetter(letter: Letter, values: LetterValues, setting: LetterSetting): LetterContent {
  return {
    ...setting,
    notation: letter.notation,
    title: fillText(letter.title, values),
    subject: fillText(letter.subject, values),
    addressed: letter.addressed === undefined ? '' : fillText(letter.addressed, values),
    // A paragraph that holds nothing but an absent answer falls away.
    paragraphs: letter.body
      .filter(text => !/^\{[^}]+\}$/.test(text.trim()) || fillText(text, values) !== '…………')
      .map(text => fillText(text, values)),
    recipients: letter.recipients.map(text => fillText(text, values)),
    initials: null,
    signer: null,
  }
}

/** The values a letter may name about the dossier itself. */
export function dossierValues(dossier: {
  code: string | null
  receivedAt: string | null
  applicantName: string
  agencyName: string
  procedureTitle: string
}): LetterValues {
  return {
    'ho-so.ma': dossier.code ?? '',
    'ho-so.ngay-nhan': dossier.receivedAt === null ? '' : formatDate(new Date(dossier.receivedAt)),
    'ho-so.nguoi-nop': dossier.applicantName,
    'co-quan': dossier.agencyName,
    'thu-tuc': dossier.procedureTitle,
  }
}

/** "Nguyễn Văn An" → "NVA": the mark an initialling officer leaves. */
export function initialsOf(name: string): string {
  return name
    .split(/\s+/)
    .map(word => word[0] ?? '')
    .join('')
}

export const civilOrText = (value: string): string => (/^\d{4}-\d\d-\d\d$/.test(value) ? formatCivilDate(value) : value)
