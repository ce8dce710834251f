// What the panels of acts on a dossier are given.
import type { OfficerActor } from '../../../platform/access/actor.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import type { Step } from '../../catalogue/index.ts'
import type { FilledPost } from '../../organisation/index.ts'
import type { DossierView } from './view.ts'

export interface DecisionStart {
  readonly outcome: string
  readonly opinion: string
  /** Outcome → letter field → text. */
  readonly letters: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export interface PanelContext {
  readonly request: WebRequest
  readonly actor: OfficerActor
  readonly view: DossierView
  readonly step: Step | null
  /** The acting post has the work. */
  readonly mine: boolean
  readonly colleagues: readonly FilledPost[]
  /** What the fields of a decision start with; null where none is to be made. */
  readonly starts: DecisionStart | null
  readonly errors: FieldErrors
  /** The act that was just refused: its panel stands open with what was typed. */
  readonly failed: string | null
  readonly key: string
  readonly today: string
}
