// A dossier kept in a ministry's system: followed here for steering, read-only, told by that system and counted once.
import type { SystemActor } from '../../../platform/access/actor.ts'
import { actorKey } from '../../../platform/access/actor.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { newId, newSpokenCode, newToken } from '../../../platform/id.ts'
import type { FiledUnder } from '../../catalogue/index.ts'
import { idNumberIndex, type Person } from '../../identity/index.ts'
import type { Agency } from '../../organisation/index.ts'
import { announce, type House } from '../change-dossier.ts'
import { applyEntry, type DossierId, type EntryFacts, type State } from '../dossier.ts'
import { foreignCodeTaken } from '../errors.ts'
import { genesis, notBefore } from '../history.ts'
import { findByForeignCode, insertDossier, lockDossier, updateCore } from '../store/current.ts'
import { appendEntry, lastEntry, newEntry } from '../store/history.ts'

export interface MirrorCommand {
  readonly actor: SystemActor
  readonly filed: FiledUnder
  readonly foreignCode: string
  readonly state: State
  readonly agency: Agency
  readonly applicant: Person
  readonly subject: string
  readonly submittedAt: Date
  readonly receivedAt: Date | null
  readonly dueAt: Date | null
  readonly finishedAt: Date | null
  readonly returnedAt: Date | null
  readonly at: Date
}

/** Adds or updates the mirror of a foreign dossier; telling the same again changes nothing. 409 where its code is one of ours. */
export async function mirrorDossier(house: House, tx: Tx, command: MirrorCommand): Promise<DossierId> {
  const { at } = command
  const set = {
    state: command.state,
    agencyId: command.agency.id,
    centreId: command.agency.id,
    receivedAt: command.receivedAt?.toISOString() ?? null,
    dueAt: command.dueAt?.toISOString() ?? null,
    finishedAt: command.finishedAt?.toISOString() ?? null,
    returnedAt: command.returnedAt?.toISOString() ?? null,
  }
  const foreign = { system: command.actor.id, code: command.foreignCode }
  const facts: EntryFacts = { foreign: command.foreignCode, procedure: command.filed.definition.procedure.code, set }
  const entry = {
    type: 'mirrored' as const,
    actor: actorKey(command.actor),
    post: null,
    at: at.toISOString(),
    facts,
    payload: null,
  }
  const known = await findByForeignCode(tx, foreign)
  if (known !== null) {
    const locked = await lockDossier(tx, known.id)
    // Its procedure was handled here when it came.
    if (locked === null || locked.kind !== 'mirrored') throw foreignCodeTaken()
    const core = applyEntry(locked.core, entry)
    if (JSON.stringify(core) === JSON.stringify(locked.core)) return locked.id
    const since = notBefore((await lastEntry(tx, locked.id))?.at ?? null, at)
    const next = newEntry(locked.id, locked.hash, { ...entry, at: since.toISOString(), seq: locked.seq + 1 })
    await appendEntry(tx, house.keys, next)
    await updateCore(tx, locked, core, next.seq, next.hash, since)
    await announce(house, tx, { ...locked, core, seq: next.seq }, 'mirrored')
    return locked.id
  }
  const id = newId<'dossier'>(at)
  const core = applyEntry(null, entry)
  const first = newEntry(id, genesis(id), { ...entry, seq: 1 })
  await appendEntry(tx, house.keys, first)
  const { applicant } = command
  await insertDossier(
    tx,
    house.keys,
    {
      id,
      kind: 'mirrored',
      channel: 'national',
      procedureCode: command.filed.definition.procedure.code,
      revisionId: command.filed.revisionId,
      reference: newSpokenCode(10),
      applicantId: applicant.id,
      submitterId: null,
      applicantName: applicant.name,
      subject: command.subject,
      submittedAt: command.submittedAt,
      core,
      pointId: null,
      foreign,
      idIndex: applicant.idNumber === null ? null : idNumberIndex(house.keys, applicant.idNumber),
      phoneTail: applicant.phone?.slice(-6) ?? null,
      token: newToken(128),
    },
    1,
    first.hash,
  )
  await announce(house, tx, { id, core, seq: 1, foreign }, 'mirrored')
  return id
}
