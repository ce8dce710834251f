// Each look of an officer at what a dossier holds leaves a row: who, what, when.
import type { Actor } from '../../../platform/access/actor.ts'
import { audit } from '../../../platform/audit/audit.ts'
import type { Db } from '../../../platform/db/database.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import type { Dossier } from '../store/current.ts'

/** `what` names the part looked at; nothing means the dossier's page. */
export function logLook(
  db: Db,
  request: WebRequest,
  actor: Actor,
  dossier: Dossier,
  what: 'paper' | 'letter' | 'slip' | null,
  facts: Readonly<Record<string, string>> = {},
): Promise<void> {
  return audit(db, {
    actor,
    action: what === null ? 'dossier.look' : `dossier.look-${what}`,
    subject: `dossier:${dossier.id}`,
    purpose: dossier.core.code ?? dossier.reference,
    at: request.at,
    facts,
    request: request.parts,
  })
}
