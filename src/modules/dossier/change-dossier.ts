// How every command changes a dossier: lock, ask the transition table, append to history, move the open work, tell others.
import type { Actor } from '../../platform/access/actor.ts'
import { actorKey } from '../../platform/access/actor.ts'
import { civilDateOf } from '../../platform/calendar/civil.ts'
import { dueInstant } from '../../platform/calendar/working-time.ts'
import type { Db, Tx } from '../../platform/db/database.ts'
import type { Platform } from '../../platform/module.ts'
import type { Catalogue, Definition, Step } from '../catalogue/index.ts'
import {
  type Agency,
  centreOf,
  type FilledPost,
  findAgency,
  officersByIds,
  positionsFor,
  readCalendar,
  readSetting,
} from '../organisation/index.ts'
import { applyEntry, type Core, type DossierId, type EntryType, STATE } from './dossier.ts'
import { nobodyThere, noDossier, refusedMove, stale } from './errors.ts'
import { notBefore } from './history.ts'
import { advance, agencyOfWork, type HandOver, isHandOver, type Move, type NextWork } from './process.ts'
import { sayEntry } from './say.ts'
import { recordProgress } from './store/board.ts'
import { type Dossier, lockDossier, updateCore } from './store/current.ts'
import { appendEntry, lastEntry, newEntry } from './store/history.ts'
import { handTodo, INTAKE, type Queue, replaceTodo, type Todo } from './store/todo.ts'

/** What the commands of this module need. */
export interface House extends Platform {
  readonly catalogue: Catalogue
  /** False where citizens file on the national portal only: their drafts are closed too. */
  readonly portalOpen: boolean
}

/** A locked dossier with what its rules need. */
export interface Loaded {
  readonly dossier: Dossier
  readonly definition: Definition
  readonly agency: Agency
  /** When the last entry was made, ISO text; null without one. */
  readonly lastAt: string | null
}

/** Locks a dossier for a command. `expectedSeq` null is for the house itself; otherwise a stale page is refused with who and what. */
export async function loadForChange(
  house: House,
  tx: Tx,
  id: DossierId,
  expectedSeq: number | null,
  at: Date,
): Promise<Loaded> {
  // Sent together; the entry is read after the lock is held, since a connection does its statements in turn.
  const [dossier, last] = await Promise.all([lockDossier(tx, id), lastEntry(tx, id)])
  if (dossier === null) throw noDossier()
  if (expectedSeq !== null && dossier.seq !== expectedSeq) {
    const names = await namesFor(tx, last === null ? [] : [last.actor])
    throw stale(lang => (last === null ? '' : sayEntry(last, names, lang)))
  }
  const definition = await house.catalogue.byId(tx, dossier.revisionId)
  const agency = await findAgency(tx, dossier.core.agencyId as Agency['id'], civilDateOf(at))
  if (agency === null) throw new Error(`agency ${dossier.core.agencyId} is not valid on ${civilDateOf(at)}`)
  return { dossier, definition, agency, lastAt: last?.at ?? null }
}

/** Names of actors as history writes them (`officer:<id>`), for sentences. */
export async function namesFor(tx: Db, actors: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = actors.filter(actor => actor.startsWith('officer:')).map(actor => actor.slice('officer:'.length))
  const names = await officersByIds(tx, ids)
  return new Map([...names].map(([id, name]) => [`officer:${id}`, name]))
}

export interface Change {
  readonly actor: Actor
  readonly at: Date
  readonly move: Move
  /** Details of the entry that name nobody. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** What the entry says about people; sealed. */
  readonly payload?: unknown
}

/** Makes a move on a loaded dossier: history, current row, open work, counts and one event, all in `tx`. */
export async function changeDossier(house: House, tx: Tx, loaded: Loaded, change: Change): Promise<Dossier> {
  const { dossier, definition, agency, lastAt } = loaded
  // What another system leads is shown here; only its people's data are ours to erase.
  if (dossier.kind === 'mirrored' && change.move.verb !== 'erase') throw refusedMove('wrong-state')
  const at = notBefore(lastAt, change.at)
  const positionId = change.actor.kind === 'officer' ? change.actor.post.positionId : null
  const calendar = await readCalendar(tx, agency.calendar, civilDateOf(at))
  const moved = advance(dossier.core, change.move, { definition, calendar, at, positionId })
  if (typeof moved === 'string') throw refusedMove(moved)
  const facts = { ...change.facts, ...moved.way, set: moved.set }
  const seq = dossier.seq + 1
  const core = applyEntry(dossier.core, { facts, post: positionId })
  const { work } = moved
  const todo = work === 'same' || isHandOver(work) ? null : { now: await todoOf(tx, core, work, loaded, at) }
  const entry = newEntry(dossier.id, dossier.hash, {
    seq,
    type: moved.type,
    actor: actorKey(change.actor),
    post: positionId,
    at: at.toISOString(),
    facts,
    payload: change.payload ?? null,
  })
  const { hash } = entry
  // Done in this order, together with the commit.
  await appendEntry(tx, house.keys, entry)
  await updateCore(tx, dossier, core, seq, hash, at)
  if (todo !== null) await replaceTodo(tx, dossier, todo.now, at)
  else if (isHandOver(work)) await handTodo(tx, dossier.id, work.handTo)
  await recordProgress(tx, {
    dossierId: dossier.id,
    seq,
    agencyId: core.agencyId,
    field: definition.procedure.field.vi,
    type: moved.type,
    before: dossier.core,
    after: core,
    at,
  })
  await announce(house, tx, { ...dossier, seq, core }, moved.type)
  return { ...dossier, core, seq, hash }
}

/** Tells later modules and outside systems; ids and facts only. */
export async function announce(
  { events }: House,
  tx: Tx,
  dossier: Pick<Dossier, 'id' | 'seq' | 'core' | 'foreign'>,
  type: EntryType,
): Promise<void> {
  const { id, seq, core, foreign } = dossier
  await events.publish(tx, {
    name: 'dossier.changed',
    id: `${id}:${seq}`,
    facts: { dossierId: id, seq, type, state: core.state, foreignSystem: foreign?.system ?? null },
  })
}

/** The list in which a step's open work stands. */
export const QUEUE: Readonly<Record<Step['kind'], Queue>> = {
  task: 'work',
  decide: 'work',
  initial: 'sign',
  sign: 'sign',
  number: 'records',
  seal: 'records',
  return: 'return',
}

async function todoOf(
  tx: Tx,
  core: Core,
  work: Exclude<NextWork, 'same' | HandOver>,
  loaded: Loaded,
  at: Date,
): Promise<Todo | null> {
  if (work === null) return null
  if ('intake' in work) return intakeTodo(tx, core.centreId, work.positionId, at)
  const { step } = work
  const today = civilDateOf(at)
  const agencyId = agencyOfWork(core, step) as Agency['id']
  const posts = await positionsFor(tx, { agencyId, role: step.role, sector: step.sector }, today)
  if (posts.length === 0) throw nobodyThere(`step ${step.id} role ${step.role} agency ${agencyId}`)
  const calendar = await readCalendar(tx, loaded.agency.calendar, today)
  return {
    step: step.id,
    queue: QUEUE[step.kind],
    positionIds: narrowed(posts, work.positionId),
    dueAt: core.state === STATE.settled ? null : core.dueAt,
    stepDueAt: step.limit === undefined ? null : dueInstant(calendar, at, step.limit),
  }
}

const ANSWER_HOURS = 8

/**
 * Open work of a dossier that waits to be received: every clerk of the receiving centre, to be answered within the
 * hours of the setting online_answer_hours (8 working hours by NQ 66.7/2025/NQ-CP).
 */
export async function intakeTodo(tx: Tx, centreId: string, positionId: string | null, at: Date): Promise<Todo> {
  const today = civilDateOf(at)
  const posts = await positionsFor(tx, { agencyId: centreId as Agency['id'], role: 'clerk' }, today)
  if (posts.length === 0) throw nobodyThere(`intake at ${centreId}`)
  const centre = await findAgency(tx, centreId as Agency['id'], today)
  const hours = Number((await readSetting(tx, 'online_answer_hours', today))?.value ?? ANSWER_HOURS)
  const answer = dueInstant(await readCalendar(tx, centre?.calendar ?? 'chung', today), at, {
    unit: 'working-hours',
    value: hours,
  })
  return {
    step: INTAKE,
    queue: 'receive',
    positionIds: narrowed(posts, positionId),
    dueAt: answer.toISOString(),
    stepDueAt: answer,
  }
}

/** One position where somebody was chosen and still may do it; otherwise all that may. */
function narrowed(posts: readonly FilledPost[], positionId: string | null): string[] {
  const chosen = posts.filter(post => post.positionId === positionId)
  return (chosen.length > 0 ? chosen : posts).map(post => post.positionId)
}

/** The receiving centre of a deciding agency. Throws when the province has none for it. */
export async function centreFor(tx: Tx, agency: Agency, at: Date): Promise<Agency> {
  const centre = await centreOf(tx, agency.id, civilDateOf(at))
  if (centre === null) throw nobodyThere(`no centre for ${agency.code}`)
  return centre
}
