// A pdfkit document with our fonts, collected into one buffer.
import type { Font } from 'fontkit'

export const A4 = { width: 595.28, height: 841.89 } as const

/** Every paper of the demo says so. */
export const DEMO_MARK = 'BẢN THỬ NGHIỆM – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ'

// pdfkit accepts an opened fontkit font at run time (anything with layout()); its types do not say so.
const source = (font: Font) => font as unknown as Buffer

/**
 * Begins an A4 document with the margins of NĐ 30/2020, Annex I (top and bottom 20 mm, left 30 mm, right 15 mm). The
 * library and the fonts (30 MB) are loaded with the first document: a process that draws none does without them.
 */
export async function beginDocument(options: {
  title: string
  created: Date
  demo: boolean
}): Promise<PDFKit.PDFDocument> {
  const [{ default: PDFDocument }, { faces: fonts }] = await Promise.all([import('pdfkit'), import('./fonts.ts')])
  const document = new PDFDocument({
    size: 'A4',
    margins: { top: 57, bottom: 57, left: 85, right: 43 },
    pdfVersion: '1.7',
    lang: 'vi',
    bufferPages: true,
    // An opened font as the default keeps pdfkit from loading Helvetica.
    font: source(fonts.regular) as unknown as string,
    info: {
      Title: options.title,
      Producer: 'Một Cửa',
      Creator: 'Một Cửa',
      CreationDate: options.created,
      ModDate: options.created,
    },
  })
  document
    .registerFont('regular', source(fonts.regular))
    .registerFont('bold', source(fonts.bold))
    .registerFont('italic', source(fonts.italic))
  return document
}

/** Ends the document: page numbers from the second page on, the demo mark on every page. */
export function finishDocument(document: PDFKit.PDFDocument, demo: boolean): Promise<Buffer> {
  const { start, count } = document.bufferedPageRange()
  for (let index = start; index < start + count; index++) {
    document.switchToPage(index)
    // Below the margin pdfkit would open a new page; there is none to open here.
    document.page.margins.bottom = 0
    if (index > 0)
      document
        .font('regular', 13)
        .fillColor('#000000')
        .text(String(index + 1), 0, 28, { width: A4.width, align: 'center', lineBreak: false })
    if (demo)
      document
        .font('bold', 8)
        .fillColor('#9b1c1f')
        .text(DEMO_MARK, 85, A4.height - 30, { width: 467, align: 'center', lineBreak: false })
  }
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    document.on('data', (part: Buffer) => parts.push(part))
    document.on('end', () => resolve(Buffer.concat(parts)))
    document.on('error', reject)
    document.end()
  })
}

/** A people's committee of a commune on two lines, never torn inside the commune's name. */
export function agencyLines(name: string): string {
  return name.replace(/^(Ủy ban nhân dân) (?=(?:xã|phường|đặc khu) )/i, '$1\n')
}

const LONGEST_WORD = 60

/** Breaks words that no line could hold: the layout's time grows with the square of a word's length. */
export function breakable(text: string): string {
  return text.replace(new RegExp(`\\S{${LONGEST_WORD}}(?=\\S)`, 'gu'), '$& ')
}
