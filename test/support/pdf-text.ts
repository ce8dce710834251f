// What a PDF says, as a reading program sees it (poppler-utils, as in the journeys).
import { execFileSync } from 'node:child_process'
import type { Reply } from './test-app.ts'

/** The text of the PDF that an app in this process answered, in its layout. */
export function pdfText(reply: Reply): string {
  if (reply.status !== 200 || reply.bytes === undefined) throw new Error(`no PDF: ${reply.status} ${reply.body}`)
  return execFileSync('pdftotext', ['-layout', '-', '-'], { input: reply.bytes, encoding: 'utf8' })
}
