// One step of a dossier as other systems are told it.

import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { agenciesByIds, postsByPositions } from '../../organisation/index.ts'
import { type House, namesFor } from '../change-dossier.ts'
import type { DossierId, State } from '../dossier.ts'
import { fold } from '../dossier.ts'
import { type ForeignCode, findDossier } from '../store/current.ts'
import { readEntries } from '../store/history.ts'
import { texts } from '../texts.ts'

export interface DossierProgress {
  readonly foreign: ForeignCode | null
  readonly kind: 'native' | 'mirrored'
  readonly officerName: string
  readonly postTitle: string
  readonly agencyName: string
  readonly what: string
  readonly at: Date
  readonly state: State
  readonly dueAt: Date | null
}

/** The dossier as it stood after entry `seq`; null when there is no such entry. */
export async function progressOfDossier(house: House, dossierId: string, seq: number): Promise<DossierProgress | null> {
  const dossier = await findDossier(house.db, dossierId as DossierId)
  if (dossier === null) return null
  const entries = (await readEntries(house.db, dossier.id)).filter(entry => entry.seq <= seq)
  const entry = entries.at(-1)
  const core = fold(entries)
  if (entry === undefined || core === null || entry.seq !== seq) return null
  const at = new Date(entry.at)
  const names = await namesFor(house.db, [entry.actor])
  const posts = entry.post === null ? new Map() : await postsByPositions(house.db, [entry.post], civilDateOf(at))
  const agencies = await agenciesByIds(house.db, [core.agencyId], civilDateOf(at))
  return {
    foreign: dossier.foreign,
    kind: dossier.kind,
    officerName: names.get(entry.actor) ?? '',
    postTitle: posts.get(entry.post ?? '')?.title ?? '',
    agencyName: agencies.get(core.agencyId)?.name ?? '',
    what: texts('vi')(`entry.${entry.type}`),
    at,
    state: core.state,
    dueAt: core.dueAt === null ? null : new Date(core.dueAt),
  }
}
