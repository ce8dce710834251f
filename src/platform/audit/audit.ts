// The audit log: one row for each act or look, written in the transaction of what it tells.
import { type Actor, actorKey } from '../access/actor.ts'
import type { Db } from '../db/database.ts'
import { newId } from '../id.ts'

export interface AuditFact {
  readonly actor: Actor
  /** `module.verb`. */
  readonly action: string
  /** What it was done to, as `dossier:<id>`. */
  readonly subject: string
  readonly at: Date
  /** Why personal data was looked at: a dossier code, a request. */
  readonly purpose?: string
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>
  readonly requestId?: string
}

export async function audit(tx: Db, fact: AuditFact): Promise<void> {
  await tx
    .insertInto('platform.audit')
    .values({
      id: newId(fact.at),
      at: fact.at,
      actor: actorKey(fact.actor),
      post: fact.actor.kind === 'officer' ? fact.actor.post.positionId : null,
      action: fact.action,
      subject: fact.subject,
      purpose: fact.purpose ?? '',
      facts: JSON.stringify(fact.facts ?? {}),
      request: fact.requestId ?? null,
    })
    .execute()
}
