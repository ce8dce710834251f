// The three acts on a letter in the order of NĐ 30/2020: the officer signs, the clerk numbers and dates, the agency seals.
import { formatLetterDate } from '../../platform/i18n/format.ts'
import { drawLetter, type LetterDrawing } from '../../platform/pdf/letter.ts'
import { addFields, fillField, type StampFonts } from './pades/fields.ts'
import { agencySeal, appendRevision, officerStamp, signPdf } from './pades/sign.ts'
import type { HeldKey, SignerPort } from './ports.ts'

const FIELD = { number: 'so', date: 'ngay', signature: 'ky_nguoi', seal: 'ky_coquan' } as const

export interface LetterActs {
  /** Draws the letter with its open fields and signs it: later only filling fields and signing is permitted (DocMDP P=2). */
  sign(letter: LetterDrawing, key: HeldKey, at: Date): Promise<Uint8Array>
  /** Fills number and date ('YYYY-MM-DD') in an increment. */
  number(pdf: Uint8Array, number: string, date: string): Promise<Uint8Array>
  /** The agency's signature, last. */
  seal(pdf: Uint8Array, key: HeldKey, at: Date): Promise<Uint8Array>
}

export function letterActs(signer: SignerPort): LetterActs {
  let built: Promise<StampFonts> | undefined
  const fonts = (): Promise<StampFonts> => {
    built ??= import('../../platform/pdf/fonts.ts').then(({ buildStampFont, faces }) => ({
      VN: buildStampFont(faces.regular),
      VNB: buildStampFont(faces.bold),
      VNI: buildStampFont(faces.italic),
    }))
    return built
  }
  const identity = (key: HeldKey) => ({
    certificate: key.certificate,
    chain: key.chain,
    sign: (data: Uint8Array) => signer.sign(key, data),
  })
  return {
    async sign(letter, key, at) {
      const { bytes, boxes } = await drawLetter(letter)
      const stamps = await fonts()
      return signPdf(
        bytes,
        identity(key),
        stamps,
        {
          field: FIELD.signature,
          name: key.name,
          reason: 'Ký ban hành',
          location: letter.seat,
          time: at,
          certify: 2,
          draw: officerStamp(stamps, key.name, at),
        },
        revision =>
          addFields(
            revision,
            [
              { name: FIELD.number, label: 'Số văn bản', ...boxes.number },
              { name: FIELD.date, label: 'Ngày ban hành', ...boxes.date },
            ],
            [
              { name: FIELD.signature, label: 'Chữ ký của người có thẩm quyền', ...boxes.signature },
              { name: FIELD.seal, label: 'Chữ ký số của cơ quan', ...boxes.seal },
            ],
            stamps,
          ),
      )
    },
    async number(pdf, number, date) {
      const stamps = await fonts()
      return appendRevision(pdf, revision => {
        fillField(revision, FIELD.number, number, stamps, { font: 'VN', size: 13, align: 'center' })
        fillField(revision, FIELD.date, formatLetterDate(date), stamps, { font: 'VNI', size: 13, align: 'left' })
      })
    },
    async seal(pdf, key, at) {
      const stamps = await fonts()
      return signPdf(pdf, identity(key), stamps, {
        field: FIELD.seal,
        name: key.name,
        reason: 'Phát hành văn bản',
        time: at,
        draw: agencySeal,
      })
    },
  }
}
