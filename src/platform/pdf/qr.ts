// QR codes as squares drawn into a PDF: sharp at any size, no image.
import { create } from 'qrcode'

/** Draws the code of `text` with its quiet zone into a square of `size` points at (x, y) from the top left. */
export function drawQr(document: PDFKit.PDFDocument, text: string, x: number, y: number, size: number): void {
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  const unit = size / (modules.size + 8)
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) document.rect(x + (column + 4) * unit, y + (row + 4) * unit, unit, unit)
    }
  }
  document.fill('#000000')
}
