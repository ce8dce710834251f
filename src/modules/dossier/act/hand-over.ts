// Who may give open work to another, and to whom.
import type { OfficerActor } from '../../../platform/access/actor.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import type { Step } from '../../catalogue/index.ts'
import { type FilledPost, positionsFor } from '../../organisation/index.ts'
import type { Core } from '../dossier.ts'
import { REASSIGN_PERMISSION } from '../permissions.ts'
import { agencyOfWork } from '../process.ts'

/**
 * The posts to which `actor` may give the work of a step (null: intake) that lies with `holders`; none where it is not
 * the actor's to give. Who holds it may, at the same agency also who heads it, and any of those who could do it where
 * nobody who holds it is in office any more.
 */
export async function handOverTo(
  db: Db,
  actor: OfficerActor,
  core: Core,
  step: Step | null,
  holders: readonly string[],
  at: Date,
): Promise<readonly FilledPost[]> {
  const agencyId = agencyOfWork(core, step) as FilledPost['agencyId']
  if (agencyId !== actor.post.agencyId) return []
  const able = await positionsFor(
    db,
    step === null ? { agencyId, role: 'clerk' } : { agencyId, role: step.role, sector: step.sector },
    civilDateOf(at),
  )
  const isAble = (id: string) => able.some(post => post.positionId === id)
  const may =
    holders.includes(actor.post.positionId) ||
    actor.permissions.has(REASSIGN_PERMISSION) ||
    (isAble(actor.post.positionId) && !holders.some(isAble))
  return may ? able : []
}
