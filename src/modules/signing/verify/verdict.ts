// One word for a whole file: all signatures, what lies behind the last one, and what the house knows of it are judged together. Pure.
import type { Verification } from '../pades/verify.ts'

export type Verdict =
  | 'valid'
  | 'recalled'
  | 'changed'
  | 'incomplete'
  | 'untrusted'
  | 'unknown'
  | 'unsigned'
  | 'unreadable'

/**
 * `valid` only where every signature holds and is trusted, the last one covers the file to its end, and no place for a
 * signature is empty: a letter without its seal, or with anything behind the seal, is never called valid. A signature in a
 * form that is not known here makes the file neither valid nor changed. Time stamps sign for nobody.
 */
export function verdictOf(verification: Verification, recalled: boolean): Verdict {
  if (verification.kind === 'unreadable') return 'unreadable'
  const { unsignedTail, openFields } = verification
  const signatures = verification.signatures.filter(each => !each.stamp)
  if (signatures.length === 0) return 'unsigned'
  const judged = signatures.filter(each => each.judged)
  if (judged.some(each => !each.integrity || each.changesAfter?.permitted !== true)) return 'changed'
  if (recalled) return 'recalled'
  if (judged.length < signatures.length) return 'unknown'
  if (unsignedTail || openFields.length > 0) return 'incomplete'
  return signatures.every(each => each.trusted) ? 'valid' : 'untrusted'
}
