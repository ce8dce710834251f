// The frame of a citizen's command on an own dossier: repeat-safe key, lock, ownership, stale pages.
import { requireCitizen } from '../../../platform/access/access.ts'
import type { CitizenActor } from '../../../platform/access/actor.ts'
import { type Db, inTransaction } from '../../../platform/db/database.ts'
import { type Answer, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { once, requestKey } from '../../../platform/http/request-key.ts'
import { principalsOf } from '../../identity/index.ts'
import { type changeDossier, type House, loadForChange } from '../change-dossier.ts'
import { type Dossier, findDossier } from '../store/current.ts'

/**
 * The person's own dossier, or one the person filed for another who has not revoked the mandate since: with it the agent may follow
 * and answer for the dossier to its end, without it nothing of it is the agent's business any more.
 */
export async function owns(db: Db, actor: CitizenActor, dossier: Dossier): Promise<boolean> {
  if (dossier.applicantId === actor.id) return true
  return dossier.submitterId === actor.id && (await principalsOf(db, actor.id)).has(dossier.applicantId)
}

/** The dossier of the path; throws 404 when it is not the person's. */
export async function findOwn(db: Db, request: WebRequest): Promise<{ actor: CitizenActor; dossier: Dossier }> {
  const actor = requireCitizen(request.actor)
  const dossier = await findDossier(db, request.idParam('id'))
  if (dossier === null || !(await owns(db, actor, dossier))) throw notFound('not a dossier of this person')
  return { actor, dossier }
}

/** Runs `work` on the dossier of the path and leads back to its page. */
export async function ownCommand(
  house: House,
  request: WebRequest,
  work: (
    tx: Parameters<typeof changeDossier>[1],
    loaded: Awaited<ReturnType<typeof loadForChange>>,
    actor: CitizenActor,
  ) => Promise<void>,
): Promise<Answer> {
  const actor = requireCitizen(request.actor)
  const id = request.idParam<'dossier'>('id')
  const key = requestKey(request.form.text('khoa'), {
    path: request.parts.url,
    body: request.form.sent(),
  })
  const seq = Number(request.form.text('seq'))
  return redirect(
    await inTransaction(house.db, tx =>
      once(
        tx,
        actor,
        key,
        request.at,
        () => loadForChange(house, tx, id, null, request.at),
        async loaded => {
          if (!(await owns(tx, actor, loaded.dossier))) throw notFound('not a dossier of this person')
          if (loaded.dossier.seq !== seq)
            await loadForChange(house, tx, id, Number.isInteger(seq) ? seq : -1, request.at)
          await work(tx, loaded, actor)
          return `/ho-so/${id}?xong=1`
        },
      ),
    ),
  )
}
