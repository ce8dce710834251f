// An administrative document in the layout of NĐ 30/2020, Annex I: motto block, number and date left open, signature block.
import { A4, agencyLines, beginDocument, breakable, finishDocument } from './document.ts'
import { drawQr } from './qr.ts'

/** A box in PDF coordinates, origin bottom left. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

export interface PlacedBox {
  readonly page: number
  readonly box: Box
}

export interface LetterDrawing {
  readonly superiorName: string
  readonly agencyName: string
  readonly seat: string
  readonly notation: string
  readonly title: string
  readonly subject: string
  readonly addressed: string
  readonly paragraphs: readonly string[]
  readonly recipients: readonly string[]
  readonly initials: string | null
  readonly signer: { readonly competence: string; readonly title: string; readonly name: string }
  /** Address in the QR code, null for drafts. */
  readonly qr: string | null
  readonly created: Date
  readonly demo: boolean
  /** Drafts say so across the page. */
  readonly draft: boolean
}

export interface DrawnLetter {
  readonly bytes: Buffer
  /** Where number, date, the officer's signature and the agency's seal go. */
  readonly boxes: {
    readonly number: PlacedBox
    readonly date: PlacedBox
    readonly signature: PlacedBox
    readonly seal: PlacedBox
  }
}

const LEFT = { x: 57, width: 215 } as const
const RIGHT = { x: 272, width: 280 } as const
const BODY = { x: 85, width: 467 } as const
const SIGNATURE_HEIGHT = 165

/** Draws a letter of as many pages as it needs; the signature block is never torn from the last lines. */
export async function drawLetter(given: LetterDrawing): Promise<DrawnLetter> {
  const letter = {
    ...given,
    subject: breakable(given.subject),
    addressed: breakable(given.addressed),
    paragraphs: given.paragraphs.map(breakable),
    recipients: given.recipients.map(breakable),
  }
  const document = await beginDocument({ title: letter.subject, created: letter.created, demo: letter.demo })
  const centred = (
    text: string,
    column: { x: number; width: number },
    y: number,
    face: string,
    size: number,
  ): number => {
    document.font(face, size).fillColor('#000000')
    let at = y
    for (const line of text.split('\n')) {
      document.text(line, column.x, at, { width: column.width, align: 'center' })
      at = document.y
    }
    return document.y
  }
  let left = 48
  if (letter.superiorName !== '') left = centred(letter.superiorName.toUpperCase(), LEFT, left, 'regular', 12)
  left = centred(agencyLines(letter.agencyName).toUpperCase(), LEFT, left, 'bold', 12)
  rule(document, LEFT.x + LEFT.width / 2 - 32, left + 1, 64)
  const motto = centred('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', RIGHT, 48, 'bold', 12)
  const under = centred('Độc lập - Tự do - Hạnh phúc', RIGHT, motto, 'bold', 13)
  rule(document, RIGHT.x + 57, under + 1, 166)

  const row = Math.max(left, under) + 12
  document.font('regular', 13)
  const notation = `/${letter.notation}`
  const numberWidth = document.widthOfString('Số: ') + 46 + document.widthOfString(notation)
  const numberX = LEFT.x + Math.max(0, (LEFT.width - numberWidth) / 2)
  document.text('Số:', numberX, row, { lineBreak: false })
  const gapX = numberX + document.widthOfString('Số: ')
  document.text(notation, gapX + 46, row, { lineBreak: false })
  document.font('italic', 13)
  const seat = `${letter.seat}, `
  const dateX = RIGHT.x + Math.max(0, (RIGHT.width - document.widthOfString(`${seat}ngày 00 tháng 00 năm 0000`)) / 2)
  document.text(seat, dateX, row, { lineBreak: false })
  const dateStart = dateX + document.widthOfString(seat)
  const flip = (y: number) => A4.height - y
  const number: PlacedBox = { page: 0, box: [gapX, flip(row + 16), gapX + 46, flip(row - 1)] }
  const date: PlacedBox = { page: 0, box: [dateStart, flip(row + 16), Math.min(dateStart + 165, 552), flip(row - 1)] }

  document.y = row + 40
  document.font('bold', 14).text(letter.title.toUpperCase(), BODY.x, document.y, { width: BODY.width, align: 'center' })
  document.font('bold', 14).text(letter.subject, BODY.x, document.y, { width: BODY.width, align: 'center' })
  rule(document, A4.width / 2 - 40, document.y + 3, 110)
  document.y += 14
  if (letter.addressed !== '') {
    document
      .font('regular', 14)
      .text(`Kính gửi: ${letter.addressed}`, BODY.x, document.y, { width: BODY.width, align: 'center' })
    document.y += 8
  }
  for (const [index, paragraph] of letter.paragraphs.entries()) {
    const last = index === letter.paragraphs.length - 1
    const mark = last ? `./.${letter.initials === null ? '' : `  ${letter.initials}`}` : ''
    document.font('regular', 13.5).text(last ? paragraph.replace(/\.$/, '') + mark : paragraph, BODY.x, document.y, {
      width: BODY.width,
      align: 'justify',
      indent: 28,
      lineGap: 2,
      paragraphGap: 5,
    })
  }
  if (document.y + SIGNATURE_HEIGHT > A4.height - 57) document.addPage()
  const page = document.bufferedPageRange().count - 1
  const top = document.y + 12
  let y = top
  if (letter.signer.competence !== '') y = centred(letter.signer.competence.toUpperCase(), RIGHT, y, 'bold', 13.5)
  y = centred(letter.signer.title.toUpperCase(), RIGHT, y, 'bold', 13.5)
  const signatureTop = y + 4
  centred(letter.signer.name, RIGHT, signatureTop + 74, 'bold', 13.5)
  const signature: PlacedBox = {
    page,
    box: [RIGHT.x + 78, flip(signatureTop + 68), RIGHT.x + 272, flip(signatureTop + 6)],
  }
  // The agency's mark covers about a third of the signer's, from the left (NĐ 30/2020, Annex I).
  const seal: PlacedBox = { page, box: [RIGHT.x + 70, flip(signatureTop + 74), RIGHT.x + 144, flip(signatureTop)] }

  document.font('italic', 11).text('Nơi nhận:', BODY.x, top, { lineBreak: false })
  document
    .font('regular', 11)
    .text(letter.recipients.map(each => `- ${each};`).join('\n'), BODY.x, top + 14, { width: 170 })
  if (letter.qr !== null) drawQr(document, letter.qr, BODY.x, Math.min(document.y + 6, A4.height - 57 - 72), 72)
  if (letter.draft) {
    document.save().rotate(-35, { origin: [A4.width / 2, A4.height / 2] })
    document
      .font('bold', 64)
      .fillColor('#9b1c1f', 0.12)
      .text('DỰ THẢO', 0, A4.height / 2 - 40, { width: A4.width, align: 'center', lineBreak: false })
    document.restore()
  }
  return { bytes: await finishDocument(document, letter.demo), boxes: { number, date, signature, seal } }
}

function rule(document: PDFKit.PDFDocument, x: number, y: number, width: number): void {
  document
    .lineWidth(0.7)
    .strokeColor('#000000')
    .moveTo(x, y)
    .lineTo(x + width, y)
    .stroke()
}
