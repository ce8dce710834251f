// One word for a whole file: all signatures, what lies behind the last one, and what the house knows of it are judged together. Pure.
import type { Verification } from '../pades/verify.ts'

export type Verdict = 'valid' | 'recalled' | 'changed' | 'incomplete' | 'untrusted' | 'unsigned' | 'unreadable'

/**
 * `valid` only where every signature holds and is trusted, the last one covers the file to its end, and no place for a
 * signature is empty: a letter without its seal, or with anything behind the seal, is never called valid.
 */
export function verdictOf(verification: Verification, recalled: boolean): Verdict {
  if (verification.kind === 'unreadable') return 'unreadable'
  const { signatures, unsignedTail, openFields } = verification
  if (signatures.length === 0) return 'unsigned'
  if (signatures.some(each => !each.integrity || each.changesAfter?.permitted !== true)) return 'changed'
  if (recalled) return 'recalled'
  if (unsignedTail || openFields.length > 0) return 'incomplete'
  return signatures.every(each => each.trusted) ? 'valid' : 'untrusted'
}
