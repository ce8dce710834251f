// What seeded dossiers ask for: the native procedures of the house by a long tail, and who handles each.
import { type Definition, listProcedures, type RevisionId } from '../../catalogue/index.ts'
import { type Agency, centreOf, type FilledPost, listAgencies, positionsFor } from '../../organisation/index.ts'
import type { House } from '../change-dossier.ts'
import { INTAKE } from '../store/todo.ts'

export interface Kind {
  readonly definition: Definition
  readonly revisionId: RevisionId
  readonly places: readonly {
    readonly agency: Agency
    readonly centre: Agency
    readonly posts: ReadonlyMap<string, readonly FilledPost[]>
  }[]
}

/** What a dossier may ask for, with how often. Throws when no native procedure has an agency that decides it. */
export async function kindsOf(house: House, today: string): Promise<(readonly [Kind, number])[]> {
  const kinds: [Kind, number][] = []
  const items = (await listProcedures(house.db, { limit: 100 })).filter(item => item.kind === 'native')
  for (const [rank, item] of items.entries()) {
    const { definition, revisionId } = await house.catalogue.current(house.db, item.code)
    const rule = definition.procedure.agency
    if (rule === undefined || definition.process === null) continue
    const places = []
    for (const agency of await listAgencies(house.db, today, { kinds: [rule.kind], sector: rule.sector })) {
      const centre = await centreOf(house.db, agency.id, today)
      if (centre === null) continue
      const posts = new Map<string, readonly FilledPost[]>([
        [INTAKE, await positionsFor(house.db, { agencyId: centre.id, role: 'clerk' }, today)],
      ])
      for (const step of definition.process.steps)
        posts.set(
          step.id,
          await positionsFor(
            house.db,
            { agencyId: step.at === 'centre' ? centre.id : agency.id, role: step.role, sector: step.sector },
            today,
          ),
        )
      places.push({ agency, centre, posts })
    }
    // A long tail: each procedure is asked for about two thirds as often as the one before it.
    if (places.length > 0) kinds.push([{ definition, revisionId, places }, 0.65 ** rank])
  }
  if (kinds.length === 0) throw new Error('there is no native procedure to seed: publish some first')
  return kinds
}
