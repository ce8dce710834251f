// How a dossier moves: the transition table of commands over states and steps. Pure: a move or a reason why not.
import {
  addWorkingMinutes,
  dueInstant,
  type WorkingCalendar,
  workingMinutesBetween,
} from '../../platform/calendar/working-time.ts'
import { type Definition, type Outcome, type Step, stepOf } from '../catalogue/index.ts'
import { type Core, type CoreChange, ENDED, type EntryType, STATE, type State } from './dossier.ts'

/** What somebody asks to be done. Reasons and letters travel in the payload, not here. */
export type Move =
  | { readonly verb: 'receive'; readonly code: string }
  | { readonly verb: 'refuse' }
  | { readonly verb: 'request-supplement'; readonly asked: number }
  | { readonly verb: 'supplement' }
  | { readonly verb: 'forward'; readonly outcome: string }
  | { readonly verb: 'decide'; readonly outcome: string; readonly documentId: string }
  | { readonly verb: 'return-step' }
  | { readonly verb: 'initial' }
  | { readonly verb: 'begin-act'; readonly kind: 'sign' | 'number' | 'seal'; readonly intent: string }
  | { readonly verb: 'finish-act'; readonly kind: 'sign' | 'number' }
  /** `asked`: when the officer asked for the seal. */
  | { readonly verb: 'finish-act'; readonly kind: 'seal'; readonly asked: Date }
  | { readonly verb: 'fail-act' }
  | { readonly verb: 'return-result' }
  | { readonly verb: 'withdraw' }
  | { readonly verb: 'assign'; readonly positionId: string }
  | { readonly verb: 'erase' }

export type Refusal =
  | 'wrong-state'
  | 'wrong-step'
  | 'busy'
  | 'no-way-back'
  | 'already-decided'
  | 'already-asked'
  | 'unknown-outcome'

export interface HandOver {
  readonly handTo: string
}
export const isHandOver = (work: NextWork): work is HandOver =>
  typeof work === 'object' && work !== null && 'handTo' in work

/** Where the open work lies after a move. `null`: nobody's; 'same': as before; `handTo`: as before, but one position's; otherwise a step, or intake. */
export type NextWork =
  | null
  | 'same'
  | HandOver
  | { readonly intake: true; readonly positionId: string | null }
  | { readonly step: Step; readonly positionId: string | null }

export interface Advance {
  readonly type: EntryType
  readonly set: CoreChange
  /** How the way grows or shrinks. */
  readonly way?: { readonly done: string } | { readonly back: true }
  readonly work: NextWork
}

export interface MoveContext {
  readonly definition: Definition
  readonly calendar: WorkingCalendar
  readonly at: Date
  /** Position of the officer who moves it, null for citizens and the house. */
  readonly positionId: string | null
}

type Rule<Verb extends Move['verb']> = (
  core: Core,
  move: Extract<Move, { verb: Verb }>,
  context: MoveContext,
) => Advance | Refusal

/** The table: verb → states in which it is allowed → what it does. */
const TABLE: { readonly [Verb in Move['verb']]: { readonly from: readonly State[]; readonly rule: Rule<Verb> } } = {
  receive: { from: [STATE.new], rule: receive },
  refuse: {
    from: [STATE.new],
    rule: () => ({ type: 'refused', set: { state: STATE.refused, step: null }, work: null }),
  },
  'request-supplement': { from: [STATE.new, STATE.working], rule: requestSupplement },
  supplement: { from: [STATE.supplement], rule: supplement },
  forward: { from: [STATE.working], rule: forward },
  decide: { from: [STATE.working], rule: decide },
  'return-step': { from: [STATE.working], rule: returnStep },
  initial: { from: [STATE.working], rule: initial },
  'begin-act': { from: [STATE.working], rule: beginAct },
  'finish-act': { from: [STATE.working], rule: finishAct },
  'fail-act': {
    from: [STATE.working],
    rule: core => (core.busy === null ? 'wrong-state' : { type: 'act-failed', set: { busy: null }, work: 'same' }),
  },
  'return-result': { from: [STATE.settled], rule: returnResult },
  withdraw: { from: [STATE.new, STATE.working, STATE.supplement], rule: withdraw },
  assign: { from: [STATE.new, STATE.working, STATE.settled], rule: assign },
  // What was said about people is gone; the case itself stays as it ended.
  erase: {
    from: ENDED,
    rule: () => ({ type: 'erased', set: {}, work: null }),
  },
}

/** What a move makes of a dossier, or why it cannot be made. */
export function advance(core: Core, move: Move, context: MoveContext): Advance | Refusal {
  const row = TABLE[move.verb] as { from: readonly State[]; rule: Rule<Move['verb']> }
  if (!row.from.includes(core.state)) return 'wrong-state'
  if (core.busy !== null && move.verb !== 'finish-act' && move.verb !== 'fail-act') return 'busy'
  return row.rule(core, move as never, context)
}

/** Verbs possible in a state and step, for buttons; the command asks again. */
export function allows(core: Core, verb: Move['verb']): boolean {
  return TABLE[verb].from.includes(core.state) && core.busy === null
}

export function currentStep(core: Core, definition: Definition): Step | null {
  return core.step === null || definition.process === null ? null : stepOf(definition.process, core.step)
}

/** The agency where open work lies: of intake (null) and of steps at the centre the centre, else the one that decides. */
export function agencyOfWork(core: Pick<Core, 'agencyId' | 'centreId'>, step: Step | null): string {
  return step === null || step.at === 'centre' ? core.centreId : core.agencyId
}

function enter(
  core: Core,
  definition: Definition,
  to: string,
): { set: CoreChange; way?: { done: string }; work: NextWork } {
  if (definition.process === null) throw new Error('a procedure without process has no steps')
  const way = core.step === null ? {} : { way: { done: core.step } }
  return { set: { step: to }, ...way, work: { step: stepOf(definition.process, to), positionId: null } }
}

function receive(core: Core, move: Extract<Move, { verb: 'receive' }>, context: MoveContext): Advance {
  const { definition, calendar, at } = context
  const start = definition.process?.start ?? ''
  const { set, work } = enter(core, definition, start)
  const limit = definition.procedure.time_limit
  const dueAt = limit === null ? null : dueInstant(calendar, at, limit).toISOString()
  return {
    type: 'received',
    set: {
      ...set,
      state: STATE.working,
      code: move.code,
      receivedAt: at.toISOString(),
      dueAt,
      calendarVersion: calendar.version,
    },
    work,
  }
}

/** At intake once only (NĐ 118/2025 Art. 11); during appraisal the step must allow it and the clock is paused. */
function requestSupplement(
  core: Core,
  move: Extract<Move, { verb: 'request-supplement' }>,
  context: MoveContext,
): Advance | Refusal {
  if (core.state === STATE.new)
    return move.asked > 0
      ? 'already-asked'
      : { type: 'supplement-requested', set: { state: STATE.supplement, askedBy: context.positionId }, work: null }
  const step = currentStep(core, context.definition)
  if (step === null || !step.may.includes('request-supplement')) return 'wrong-step'
  const remainingMinutes =
    core.dueAt === null ? null : workingMinutesBetween(context.calendar, context.at, new Date(core.dueAt))
  return {
    type: 'supplement-requested',
    set: { state: STATE.supplement, dueAt: null, remainingMinutes, askedBy: context.positionId },
    work: null,
  }
}

/** The work goes back to the very position that asked; the clock goes on by today's calendar with the minutes left. */
function supplement(core: Core, _move: Move, context: MoveContext): Advance {
  const step = currentStep(core, context.definition)
  if (step === null)
    return {
      type: 'supplemented',
      set: { state: STATE.new, askedBy: null },
      work: { intake: true, positionId: core.askedBy },
    }
  const left = core.remainingMinutes
  // A dossier that was late when it was paused is late the moment it goes on.
  const dueAt =
    left === null
      ? null
      : left <= 0
        ? context.at.toISOString()
        : addWorkingMinutes(context.calendar, context.at, left).toISOString()
  const set = {
    state: STATE.working,
    dueAt,
    remainingMinutes: null,
    askedBy: null,
    calendarVersion: context.calendar.version,
  }
  return { type: 'supplemented', set, work: { step, positionId: core.askedBy } }
}

/** Open work is given to one position of those that may do it; nothing else moves, least of all when it is due. */
function assign(_core: Core, move: Extract<Move, { verb: 'assign' }>): Advance {
  return { type: 'assigned', set: {}, work: { handTo: move.positionId } }
}

function chosen(core: Core, id: string, context: MoveContext): { step: Step; outcome: Outcome } | Refusal {
  const step = currentStep(core, context.definition)
  if (step === null) return 'wrong-step'
  const outcome = step.outcomes.find(each => each.id === id)
  return outcome === undefined ? 'unknown-outcome' : { step, outcome }
}

function forward(core: Core, move: Extract<Move, { verb: 'forward' }>, context: MoveContext): Advance | Refusal {
  const choice = chosen(core, move.outcome, context)
  if (typeof choice === 'string') return choice
  if (choice.step.kind !== 'task') return 'wrong-step'
  return { type: 'forwarded', ...enter(core, context.definition, choice.outcome.to) }
}

function decide(core: Core, move: Extract<Move, { verb: 'decide' }>, context: MoveContext): Advance | Refusal {
  const choice = chosen(core, move.outcome, context)
  if (typeof choice === 'string') return choice
  if (choice.step.kind !== 'decide') return 'wrong-step'
  const { set, ...entered } = enter(core, context.definition, choice.outcome.to)
  return {
    type: 'decided',
    set: { ...set, outcome: choice.outcome.id, result: choice.outcome.result ?? null, documentId: move.documentId },
    ...entered,
  }
}

/** Back along the way that was gone, to the very position that did the step; never behind a signature. */
function returnStep(core: Core, _move: Move, context: MoveContext): Advance | Refusal {
  const step = currentStep(core, context.definition)
  const last = core.way.at(-1)
  if (step === null || last === undefined || context.definition.process === null) return 'no-way-back'
  if (step.kind === 'number' || step.kind === 'seal' || step.kind === 'return') return 'already-decided'
  return {
    type: 'returned-to-step',
    set: { step: last.step },
    way: { back: true },
    work: { step: stepOf(context.definition.process, last.step), positionId: last.positionId },
  }
}

function initial(core: Core, _move: Move, context: MoveContext): Advance | Refusal {
  const step = currentStep(core, context.definition)
  if (step?.kind !== 'initial' || step.to === undefined) return 'wrong-step'
  return { type: 'initialled', ...enter(core, context.definition, step.to) }
}

const REQUESTED = { sign: 'signing-requested', number: 'numbering-requested', seal: 'sealing-requested' } as const
const DONE = { sign: 'signed', number: 'numbered', seal: 'sealed' } as const

function beginAct(core: Core, move: Extract<Move, { verb: 'begin-act' }>, context: MoveContext): Advance | Refusal {
  if (currentStep(core, context.definition)?.kind !== move.kind) return 'wrong-step'
  return { type: REQUESTED[move.kind], set: { busy: move.intent }, work: 'same' }
}

/**
 * After the seal the dossier is settled: the instant counts at which the officer asked for the seal, however long the job
 * took, and whatever day the person comes to fetch it.
 */
function finishAct(core: Core, move: Extract<Move, { verb: 'finish-act' }>, context: MoveContext): Advance | Refusal {
  const step = currentStep(core, context.definition)
  if (core.busy === null || step?.kind !== move.kind || step.to === undefined) return 'wrong-step'
  const { set, work, ...way } = enter(core, context.definition, step.to)
  if (move.kind !== 'seal') return { type: DONE[move.kind], set: { ...set, busy: null }, ...way, work }
  // There is no way back from here: it is forgotten.
  const settled = { state: STATE.settled, finishedAt: move.asked.toISOString(), busy: null, way: [] }
  return { type: 'sealed', set: { ...set, ...settled }, work }
}

function returnResult(core: Core, _move: Move, context: MoveContext): Advance | Refusal {
  if (currentStep(core, context.definition)?.kind !== 'return') return 'wrong-step'
  return {
    type: 'result-returned',
    set: { state: STATE.returned, step: null, returnedAt: context.at.toISOString() },
    work: null,
  }
}

/** Until a decision is signed (NĐ 118/2025 Art. 21): once a result exists, the request is refused. */
function withdraw(core: Core, _move: Move, context: MoveContext): Advance | Refusal {
  const step = currentStep(core, context.definition)
  if (step !== null && (step.kind === 'number' || step.kind === 'seal')) return 'already-decided'
  return {
    type: 'withdrawn',
    set: {
      state: STATE.withdrawn,
      step: null,
      ...(core.way.length > 0 ? { way: [] } : {}),
      dueAt: null,
      remainingMinutes: null,
      finishedAt: context.at.toISOString(),
    },
    work: null,
  }
}
