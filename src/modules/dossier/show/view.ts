// Everything a page about one dossier shows, read once.
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { type Db, together } from '../../../platform/db/database.ts'
import { type FileRow, filesByIds } from '../../../platform/files/file-rows.ts'
import type { Definition } from '../../catalogue/index.ts'
import { type Answers, type PlaceNames, placeCodes } from '../../forms/index.ts'
import { type Agency, agenciesByIds, postsByPositions } from '../../organisation/index.ts'
import { type House, namesFor } from '../change-dossier.ts'
import type { EntryBody } from '../dossier.ts'
import type { Dossier } from '../store/current.ts'
import { findDocument, listPapers, type Paper, type ResultDocument } from '../store/documents.ts'
import { readEntries, readPayloads } from '../store/history.ts'
import { placeNames } from '../submit/places.ts'
import { isClaimed, type SubmittedPayload, standingAnswers } from '../submit/submit-dossier.ts'

export interface HistoryLine extends EntryBody {
  /** What was said with it; null when nothing was or it was destroyed. */
  readonly payload: Readonly<Record<string, unknown>> | null
  readonly postTitle: string | null
  /** The agency of that post. */
  readonly postAgency: string | null
}

export interface DossierView {
  readonly dossier: Dossier
  readonly definition: Definition
  readonly agency: Agency
  readonly centre: Agency
  readonly answers: Answers
  readonly contact: SubmittedPayload['contact']
  /** Who the applicant is was only said, by an account that no eID stands behind. */
  readonly claimed: boolean
  readonly history: readonly HistoryLine[]
  readonly names: ReadonlyMap<string, string>
  readonly places: PlaceNames
  readonly papers: readonly (Paper & { readonly file: FileRow })[]
  readonly document: ResultDocument | null
}

export function readDossierView(house: House, whole: Db, dossier: Dossier, at: Date): Promise<DossierView> {
  return together(whole, db => readView(house, db, dossier, at))
}

async function readView(house: House, db: Db, dossier: Dossier, at: Date): Promise<DossierView> {
  const today = civilDateOf(at)
  const { documentId } = dossier.core
  const [definition, agencies, entries, payloads, papers, document] = await Promise.all([
    house.catalogue.byId(db, dossier.revisionId),
    agenciesByIds(db, [dossier.core.agencyId, dossier.core.centreId], today),
    readEntries(db, dossier.id),
    readPayloads(db, house.keys, dossier.id),
    listPapers(db, dossier.id),
    documentId === null ? null : findDocument(db, house.keys, documentId),
  ])
  const agency = agencies.get(dossier.core.agencyId)
  const centre = agencies.get(dossier.core.centreId)
  if (agency === undefined || centre === undefined)
    throw new Error(`agencies of dossier ${dossier.id} are not valid today`)
  const answers = standingAnswers(payloads)
  const [posts, names, places, stored] = await Promise.all([
    postsByPositions(
      db,
      entries.flatMap(entry => (entry.post === null ? [] : [entry.post])),
      today,
    ),
    namesFor(
      db,
      entries.map(entry => entry.actor),
    ),
    placeNames(db, placeCodes(answers), at),
    filesByIds(
      db,
      papers.map(paper => paper.fileId),
    ),
  ])
  const files = new Map(stored.map(file => [file.id as string, file]))
  const first = payloads.get(1) as Partial<SubmittedPayload> | undefined
  return {
    dossier,
    definition,
    agency,
    centre,
    answers,
    contact: first?.contact ?? { phone: null, email: null },
    claimed: isClaimed(first),
    history: entries.map(entry => ({
      ...entry,
      payload: (payloads.get(entry.seq) as Record<string, unknown> | undefined) ?? null,
      postTitle: entry.post === null ? null : (posts.get(entry.post)?.title ?? null),
      postAgency: entry.post === null ? null : (posts.get(entry.post)?.agencyName ?? null),
    })),
    names,
    places,
    papers: papers.flatMap(paper => {
      const file = files.get(paper.fileId)
      return file === undefined ? [] : [{ ...paper, file }]
    }),
    document,
  }
}

/** The name of a paper's component in the procedure, or of a supplement. */
export function componentName(definition: Definition, component: string): { vi: string; en?: string | undefined } {
  const found = definition.procedure.components.find(each => each.id === component)
  if (found !== undefined) return found.name
  const field = definition.form?.pages.flatMap(page => page.fields).find(each => `don.${each.id}` === component)
  return field?.label ?? { vi: 'Giấy tờ bổ sung', en: 'Supplement' }
}
