// An entry that moves no step: it is told in history and changes nothing of the core.
import type { Actor } from '../../../platform/access/actor.ts'
import { actorKey } from '../../../platform/access/actor.ts'
import type { Tx } from '../../../platform/db/database.ts'
import type { House, Loaded } from '../change-dossier.ts'
import type { EntryType } from '../dossier.ts'
import { updateCore } from '../store/current.ts'
import { appendEntry } from '../store/history.ts'

export async function appendPlainEntry(
  house: House,
  tx: Tx,
  loaded: Loaded,
  entry: { actor: Actor; at: Date; type: EntryType; facts: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { dossier } = loaded
  const seq = dossier.seq + 1
  const hash = await appendEntry(tx, house.keys, dossier.id, dossier.hash, {
    seq,
    type: entry.type,
    actor: actorKey(entry.actor),
    post: entry.actor.kind === 'officer' ? entry.actor.post.positionId : null,
    at: entry.at.toISOString(),
    facts: { ...entry.facts, set: {} },
    payload: null,
  })
  await updateCore(tx, dossier, dossier.core, seq, hash, entry.at)
}
