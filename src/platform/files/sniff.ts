// What a file is, by its bytes and never by its name: uploads lie.

export interface FileKind {
  readonly mediaType: string
  readonly extension: string
}

const PDF: FileKind = { mediaType: 'application/pdf', extension: 'pdf' }
const JPEG: FileKind = { mediaType: 'image/jpeg', extension: 'jpg' }
const PNG: FileKind = { mediaType: 'image/png', extension: 'png' }
const DOCX: FileKind = {
  mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  extension: 'docx',
}

/** How many bytes from either end `sniff` wants to see. */
export const SNIFF_BYTES = 2048

export type Sniffed = { readonly kind: FileKind; readonly whole: boolean } | { readonly kind: null }

/**
 * Recognises PDF, JPEG, PNG and DOCX by the first and last bytes. `whole` is false when the end is missing: an upload
 * that was cut off. A PDF may carry bytes before its header and after its end mark (ISO 32000-1, Annex H.3).
 */
export function sniff(head: Buffer, tail: Buffer): Sniffed {
  const ascii = head.toString('latin1')
  const pdfAt = ascii.slice(0, 1024).indexOf('%PDF-')
  if (pdfAt >= 0) return { kind: PDF, whole: tail.toString('latin1').includes('%%EOF') }
  if (head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) {
    return { kind: JPEG, whole: tail.subarray(-64).includes(Buffer.from([0xff, 0xd9])) }
  }
  if (head.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) {
    return { kind: PNG, whole: tail.subarray(-64).includes(Buffer.from('IEND')) }
  }
  if (ascii.startsWith('PK\u0003\u0004')) {
    const listing = tail.toString('latin1')
    const word = ascii.includes('word/') || listing.includes('word/')
    if (word) return { kind: DOCX, whole: listing.includes('PK\u0005\u0006') }
  }
  return { kind: null }
}
