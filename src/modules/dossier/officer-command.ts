// The frame of every officer command: permission, acting post holds the work, repeat-safe key, audit, one transaction.
import { requireOfficer } from '../../platform/access/access.ts'
import type { OfficerActor } from '../../platform/access/actor.ts'
import { audit } from '../../platform/audit/audit.ts'
import { inTransaction, type Tx } from '../../platform/db/database.ts'
import { expectReference } from '../../platform/db/reference.ts'
import { notFound, type WebRequest } from '../../platform/http/request.ts'
import { once, requestKey } from '../../platform/http/request-key.ts'
import { type House, type Loaded, loadForChange } from './change-dossier.ts'
import type { DossierId } from './dossier.ts'
import { notYours } from './errors.ts'
import type { Dossier } from './store/current.ts'
import { holdsTodo } from './store/todo.ts'

export interface OfficerCommand {
  readonly request: WebRequest
  readonly permission: string
  readonly action: string
  /** Also without open work on the dossier. */
  readonly anyOwn: boolean
  readonly work: (tx: Tx, loaded: Loaded, actor: OfficerActor) => Promise<void>
  /** Where to go afterwards. */
  readonly answer: (id: DossierId) => string
}

/** True when a dossier belongs to the agency of an officer's acting post. */
export function isOwn(actor: OfficerActor, dossier: Pick<Dossier, 'core'>): boolean {
  return dossier.core.agencyId === actor.post.agencyId || dossier.core.centreId === actor.post.agencyId
}

/** True for the officers of the one-stop that wrote a dossier down for another agency: they follow it and hand out its slips. */
export function isWrittenDownBy(actor: OfficerActor, dossier: Pick<Dossier, 'pointId'>): boolean {
  return dossier.pointId === actor.post.agencyId
}

/**
 * Runs a command on the dossier of the path. A dossier of a foreign agency is as absent as one that does not exist;
 * one's own agency's dossier without work for the acting post is 403. Returns the answer address, also for a repeat.
 */
export async function officerCommand(house: House, command: OfficerCommand): Promise<string> {
  const { request } = command
  const actor = requireOfficer(request.actor, command.permission)
  const id = request.idParam<'dossier'>('id')
  const seq = Number(request.form.text('seq'))
  const key = requestKey(request.form.text('khoa'), { path: request.parts.url, seq, body: request.form.sent() })
  return inTransaction(house.db, tx => {
    const ahead = () => {
      const loading = loadForChange(house, tx, id, null, request.at)
      expectReference(tx)
      return Promise.all([loading, holdsTodo(tx, id, actor.post.positionId)])
    }
    return once(tx, actor, key, request.at, ahead, async ([loaded, holds]) => {
      if (!isOwn(actor, loaded.dossier)) throw notFound('foreign agency')
      if (loaded.dossier.seq !== seq) await loadForChange(house, tx, id, Number.isInteger(seq) ? seq : -1, request.at)
      if (!command.anyOwn && !holds) throw notYours()
      await command.work(tx, loaded, actor)
      await audit(tx, {
        actor,
        action: command.action,
        subject: `dossier:${id}`,
        at: request.at,
        request: request.parts,
      })
      return command.answer(id)
    })
  })
}
