// A prescribed slip (forms 01–05 of the one-stop circular): heading, rows of facts, tables, signature line, QR.
import { A4, agencyLines, beginDocument, breakable, finishDocument } from './document.ts'
import { drawQr } from './qr.ts'

export interface SlipDrawing {
  readonly agencyName: string
  readonly unitName: string
  readonly code: string
  readonly formName: string
  readonly placeAndDate: string
  readonly title: string
  readonly rows: readonly { readonly name: string; readonly value: string }[]
  readonly table: {
    readonly columns: readonly string[]
    readonly widths: readonly number[]
    readonly rows: readonly (readonly string[])[]
  } | null
  readonly closing: readonly string[]
  readonly signatures: readonly { readonly title: string; readonly name: string }[]
  readonly qr: { readonly address: string; readonly caption: string } | null
  readonly created: Date
  readonly demo: boolean
}

const BODY = { x: 85, width: 467 } as const

export async function drawSlip(given: SlipDrawing): Promise<Buffer> {
  const slip = {
    ...given,
    rows: given.rows.map(row => ({ ...row, value: breakable(row.value) })),
    table: given.table === null ? null : { ...given.table, rows: given.table.rows.map(cells => cells.map(breakable)) },
  }
  const document = await beginDocument({ title: slip.title, created: slip.created, demo: slip.demo })
  const centred = (text: string, x: number, width: number, y: number, face: string, size: number) => {
    document.font(face, size).fillColor('#000000').text(text, x, y, { width, align: 'center' })
    return document.y
  }
  document.font('italic', 10).text(slip.formName, BODY.x, 30, { width: BODY.width, align: 'right', lineBreak: false })
  let left = centred(agencyLines(slip.agencyName).toUpperCase(), 57, 215, 48, 'regular', 11.5)
  left = centred(slip.unitName.toUpperCase(), 57, 215, left, 'bold', 11.5)
  left = centred(`Số: ${slip.code}`, 57, 215, left + 4, 'regular', 12)
  let right = centred('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 272, 280, 48, 'bold', 11.5)
  right = centred('Độc lập - Tự do - Hạnh phúc', 272, 280, right, 'bold', 12.5)
  document
    .lineWidth(0.7)
    .moveTo(332, right + 1)
    .lineTo(492, right + 1)
    .stroke()
  right = centred(slip.placeAndDate, 272, 280, right + 6, 'italic', 12)
  if (slip.qr !== null) {
    const y = Math.max(left, right) + 4
    drawQr(document, slip.qr.address, 85, y, 78)
    document.font('regular', 9).text(slip.qr.caption, 168, y + 26, { width: 150 })
  }
  document.y = Math.max(left, right) + (slip.qr === null ? 16 : 86)
  centred(slip.title.toUpperCase(), BODY.x, BODY.width, document.y, 'bold', 14)
  document.y += 10
  for (const row of slip.rows) {
    document
      .font('bold', 12.5)
      .text(`${row.name}: `, BODY.x, document.y, { width: BODY.width, continued: true })
      .font('regular', 12.5)
      .text(row.value || '…')
    document.y += 3
  }
  if (slip.table !== null) drawTable(document, slip.table)
  document.y += 6
  for (const text of slip.closing) {
    document.font('regular', 12.5).text(text, BODY.x, document.y, { width: BODY.width, align: 'justify' })
    document.y += 4
  }
  if (document.y + 110 > A4.height - 57) document.addPage()
  const top = document.y + 14
  const width = BODY.width / Math.max(1, slip.signatures.length)
  for (const [index, signature] of slip.signatures.entries()) {
    centred(signature.title.toUpperCase(), BODY.x + index * width, width, top, 'bold', 12)
    centred(signature.name, BODY.x + index * width, width, top + 70, 'bold', 12)
  }
  return finishDocument(document, slip.demo)
}

function drawTable(document: PDFKit.PDFDocument, table: NonNullable<SlipDrawing['table']>): void {
  document.y += 6
  const total = table.widths.reduce((sum, width) => sum + width, 0)
  const widths = table.widths.map(width => (width / total) * BODY.width)
  for (const [index, cells] of [table.columns, ...table.rows].entries()) {
    document.font(index === 0 ? 'bold' : 'regular', 11.5)
    const height =
      Math.max(
        ...cells.map((cell, column) => document.heightOfString(cell || ' ', { width: (widths[column] ?? 50) - 8 })),
      ) + 6
    if (document.y + height > A4.height - 57) document.addPage()
    const y = document.y
    let x: number = BODY.x
    for (const [column, cell] of cells.entries()) {
      const width = widths[column] ?? 50
      document.lineWidth(0.5).rect(x, y, width, height).stroke('#000000')
      document.fillColor('#000000').text(cell, x + 4, y + 3, { width: width - 8 })
      x += width
    }
    document.y = y + height
  }
}
