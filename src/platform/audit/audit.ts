// The audit log: one row for each act or look, written in the transaction of what it tells.
import { type Actor, actorKey } from '../access/actor.ts'
import type { Db } from '../db/database.ts'
import { statement } from '../db/statement.ts'
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
  /** The request it was done with; none where a command or a job did it. */
  readonly request?: { readonly id: string; readonly network: string }
}

interface AuditRow {
  readonly id: string
  readonly at: Date
  readonly actor: string
  readonly post: string | null
  readonly action: string
  readonly subject: string
  readonly purpose: string
  readonly facts: string
  readonly request: string | null
  readonly network: string | null
}

const insertRow = statement(
  (db, { id, at, actor, post, action, subject, purpose, facts, request, network }: AuditRow) =>
    db.insertInto('platform.audit').values({ id, at, actor, post, action, subject, purpose, facts, request, network }),
)

export async function audit(tx: Db, fact: AuditFact): Promise<void> {
  await insertRow.send(tx, {
    id: newId(fact.at),
    at: fact.at,
    actor: actorKey(fact.actor),
    post: fact.actor.kind === 'officer' ? fact.actor.post.positionId : null,
    action: fact.action,
    subject: fact.subject,
    purpose: fact.purpose ?? '',
    facts: JSON.stringify(fact.facts ?? {}),
    request: fact.request?.id ?? null,
    network: fact.request?.network ?? null,
  })
}
