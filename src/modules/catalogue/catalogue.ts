// The reader of revisions that use cases share: a definition never changes, so it is parsed once and kept by id.
import type { Db } from '../../platform/db/database.ts'
import { notFound } from '../../platform/http/request.ts'
import type { Definition } from './definition.ts'
import { currentRevision, type RevisionId, readDefinition } from './store/procedures.ts'

export interface FiledUnder {
  readonly revisionId: RevisionId
  readonly definition: Definition
}

export interface Catalogue {
  /** The revision valid now. Throws 404 when the procedure is not published. */
  current(tx: Db, code: string): Promise<FiledUnder>
  /** A revision by id, whatever became of its procedure. Throws when it does not exist: rows name it by foreign key. */
  byId(tx: Db, id: RevisionId): Promise<Definition>
}

/** The revision valid now, null when the procedure is not published. */
export async function currentProcedure(catalogue: Catalogue, tx: Db, code: string): Promise<FiledUnder | null> {
  const revision = await currentRevision(tx, code)
  if (revision === null || revision.status !== 'published') return null
  return { revisionId: revision.id, definition: await catalogue.byId(tx, revision.id) }
}

const KEPT = 3000

export function createCatalogue(): Catalogue {
  const kept = new Map<RevisionId, Definition>()
  const byId = async (tx: Db, id: RevisionId): Promise<Definition> => {
    const known = kept.get(id)
    if (known !== undefined) return known
    const definition = await readDefinition(tx, id)
    if (definition === null) throw new Error(`revision ${id} does not exist`)
    if (kept.size >= KEPT) kept.clear()
    kept.set(id, definition)
    return definition
  }
  return {
    byId,
    async current(tx, code) {
      const revision = await currentRevision(tx, code)
      if (revision === null || revision.status !== 'published') throw notFound()
      return { revisionId: revision.id, definition: await byId(tx, revision.id) }
    },
  }
}
