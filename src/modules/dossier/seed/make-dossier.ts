// The life of one seeded dossier: some are refused, supplemented, withdrawn or late; what is recent is under way.
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { addWorkingMinutes, dueInstant, type WorkingCalendar } from '../../../platform/calendar/working-time.ts'
import type { KeyRing } from '../../../platform/crypto/keys.ts'
import { seal } from '../../../platform/crypto/seal.ts'
import { newId, newSpokenCode, newToken } from '../../../platform/id.ts'
import { stepOf } from '../../catalogue/index.ts'
import { idNumberIndex, type SeededPerson } from '../../identity/index.ts'
import { QUEUE } from '../change-dossier.ts'
import { applyEntry, type Core, type EntryBody, type EntryType, STATE } from '../dossier.ts'
import { chainHash, entryText, genesis, payloadDigest } from '../history.ts'
import { advance, type Move } from '../process.ts'
import { progressDay, progressOf } from '../store/board.ts'
import { processColumn, searchWords, tailIndex, tokenIndex } from '../store/current.ts'
import { INTAKE } from '../store/todo.ts'
import type { Kind } from './kinds.ts'
import { pick } from './people.ts'
import { addTo, type Rows, type Totals } from './rows.ts'

/** Shares of what becomes of a dossier; the rest goes its way in time. Assumed by the design, not measured. */
export const LATE = 0.03
export const SUPPLEMENTED = 0.12
export const WITHDRAWN = 0.02
export const REFUSED = 0.02

/** One dossier to make. */
export interface Making {
  readonly kind: Kind
  readonly person: SeededPerson
  readonly at: Date
  readonly now: Date
  readonly calendar: WorkingCalendar
  readonly random: () => number
  readonly totals: Totals
  /** Of the serials of an agency's day this maker gives every so many-th, from there on: no other maker gives the same. */
  readonly share: { readonly from: number; readonly stride: number }
}

/** Makes the life of one dossier up to now, and its rows. Every history is a true chain. */
export function makeDossier(keys: KeyRing, rows: Rows, making: Making): void {
  const { kind, person, at, now, calendar, random, totals, share } = making
  const { definition } = kind
  const place = pick(random, kind.places)
  const id = newId<'dossier'>(at)
  const subject = definition.procedure.title.vi
  let core: Core | null = null
  let hash = genesis(id)
  let seq = 0
  let clock = at
  const append = (type: EntryType, actor: string, post: string | null, facts: EntryBody['facts'], payload: unknown) => {
    seq++
    const bound = payload === null ? null : payloadDigest(payload)
    const body = entryText({ seq, type, actor, post, at: clock.toISOString(), facts, digest: bound?.digest ?? null })
    hash = chainHash(hash, body)
    rows.entries.push([id, seq, body, hash])
    if (bound !== null) rows.payloads.push([id, seq, bound.salt, seal(keys, 'payload', bound.text, `${id}:${seq}`)])
    const before = core
    core = applyEntry(core, { facts, post })
    const { field } = definition.procedure
    for (const [indicator, amount] of progressOf({ type, before, after: core }))
      addTo(totals.tally, [core.agencyId, field.vi, progressDay(indicator, clock), indicator], amount)
  }
  append(
    'submitted',
    `person:${person.id}`,
    null,
    {
      channel: 'portal',
      revision: kind.revisionId,
      procedure: definition.procedure.code,
      set: { agencyId: place.agency.id, centreId: place.centre.id, state: STATE.new },
    },
    {
      answers: {},
      papers: [],
      applicant: { name: person.name, idNumber: person.idNumber, kind: 'citizen' },
      contact: { phone: person.phone, email: null },
      subject,
      submitterId: null,
    },
  )
  /** Does a move `minutes` of working time after `from`; false when that lies in the future or the table refuses. */
  const move = (step: string, make: () => Move, minutes: number, payload: unknown = null, from = clock): boolean => {
    const next = addWorkingMinutes(calendar, from, minutes)
    if (next > now || core === null) return false
    clock = next
    const post = place.posts.get(step)?.[0]
    const moved = advance(core, make(), { definition, calendar, at: clock, positionId: post?.positionId ?? null })
    if (typeof moved === 'string') return false
    append(
      moved.type,
      post === undefined ? 'system:house:seed' : `officer:${post.officerId}`,
      post?.positionId ?? null,
      { ...moved.way, set: moved.set },
      payload,
    )
    return true
  }
  const fate = random()
  runLife()
  finish()

  function runLife(): void {
    if (fate < REFUSED) {
      move(INTAKE, () => ({ verb: 'refuse' }), 60 + random() * 300, {
        reason: 'Không thuộc thẩm quyền',
        ground: 'NĐ 118/2025/NĐ-CP',
      })
      return
    }
    if (
      fate > 1 - SUPPLEMENTED &&
      move(INTAKE, () => ({ verb: 'request-supplement', asked: 0 }), 60, {
        reason: 'Thiếu giấy tờ',
        ground: 'NĐ 118/2025/NĐ-CP',
        components: [],
        what: '',
      }) &&
      !move('', () => ({ verb: 'supplement' }), 480, { papers: [], answer: '' })
    )
      return
    const receive = (): Move => {
      const serial = addTo(totals.serials, [place.agency.code, civilDateOf(clock)], share.stride, share.from)
      return {
        verb: 'receive',
        code: `${place.agency.code}-${civilDateOf(clock).slice(2).replace(/-/g, '')}-${String(serial).padStart(4, '0')}`,
      }
    }
    if (!move(INTAKE, receive, 30 + random() * 200)) return
    if (fate < REFUSED + WITHDRAWN) {
      move('', () => ({ verb: 'withdraw' }), 300, { reason: 'Đổi ý' })
      return
    }
    const limit = definition.procedure.time_limit
    const span =
      limit === null
        ? 2400
        : Math.max(60, (dueInstant(calendar, clock, limit).getTime() - clock.getTime()) / 60_000 / 4.5)
    // Work that is late lies at its first step until it was due.
    let late = random() < LATE
    for (let guard = 0; guard < 12; guard++) {
      const current: Core | null = core
      if (current === null || current.step === null || definition.process === null) return
      const step = stepOf(definition.process, current.step)
      const minutes = (span / 8) * (0.2 + random() * 0.6)
      const due = new Date(current.dueAt ?? clock)
      const from = late && due > clock ? due : clock
      late = false
      const outcome = step.outcomes[random() < 0.95 ? 0 : step.outcomes.length - 1]
      const verbs: Record<typeof step.kind, () => Move> = {
        task: () => ({ verb: 'forward', outcome: outcome?.id ?? '' }),
        decide: () => ({ verb: 'decide', outcome: outcome?.id ?? '', documentId: newId(clock) }),
        initial: () => ({ verb: 'initial' }),
        sign: () => ({ verb: 'finish-act', kind: 'sign' }),
        number: () => ({ verb: 'finish-act', kind: 'number' }),
        seal: () => ({ verb: 'finish-act', kind: 'seal', asked: clock }),
        return: () => ({ verb: 'return-result' }),
      }
      // Signatures of the past are one entry: the intent before them is not told.
      if (step.kind === 'sign' || step.kind === 'number' || step.kind === 'seal') core = { ...current, busy: 'past' }
      if (!move(step.id, verbs[step.kind], minutes, step.kind === 'return' ? { receiver: person.name } : null, from)) {
        core = current
        return
      }
    }
  }

  function finish(): void {
    const last: Core | null = core
    if (last === null) return
    // No letters are made for the past.
    const state: Core = last
    const reference = newSpokenCode(10)
    const token = newToken(128)
    rows.dossiers.push([
      id,
      'native',
      'portal',
      definition.procedure.code,
      kind.revisionId,
      reference,
      state.code,
      state.state,
      state.step,
      processColumn(state),
      state.agencyId,
      state.centreId,
      person.id,
      person.name,
      subject,
      idNumberIndex(keys, person.idNumber),
      tailIndex(keys, person.phone.slice(-6)),
      tokenIndex(keys, token),
      seal(keys, 'field', token, `dossier:${id}:token`),
      at,
      state.receivedAt,
      state.dueAt,
      state.calendarVersion,
      state.remainingMinutes,
      state.finishedAt,
      state.returnedAt,
      seq,
      hash,
      searchWords({ applicantName: person.name, subject }),
      clock,
    ])
    const step =
      state.state === STATE.new
        ? INTAKE
        : state.state === STATE.working || state.state === STATE.settled
          ? state.step
          : null
    if (step === null || definition.process === null) return
    const queue = step === INTAKE ? 'receive' : QUEUE[stepOf(definition.process, step).kind]
    for (const post of place.posts.get(step) ?? [])
      rows.todos.push([
        id,
        step,
        post.positionId,
        definition.procedure.code,
        queue,
        state.state === STATE.settled ? null : state.dueAt,
        null,
        clock,
      ])
  }
}
