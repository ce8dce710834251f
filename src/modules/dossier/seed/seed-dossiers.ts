// `motcua seed`: a province with a past. Arrivals on working days over two years, procedures by a long tail, 3 % late,
// 12 % supplemented, 2 % withdrawn, 2 % refused; what is recent is still under way. Every history is a true chain.
import type pg from 'pg'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import {
  addWorkingMinutes,
  dueInstant,
  nextWorkingInstant,
  type WorkingCalendar,
} from '../../../platform/calendar/working-time.ts'
import { seal } from '../../../platform/crypto/seal.ts'
import { newId, newSpokenCode, newToken } from '../../../platform/id.ts'
import { fold as foldText } from '../../../platform/text.ts'
import { type Definition, listProcedures, type RevisionId, stepOf } from '../../catalogue/index.ts'
import { idNumberIndex, type SeededPerson, seedPeople } from '../../identity/index.ts'
import {
  type Agency,
  centreOf,
  type FilledPost,
  listAgencies,
  positionsFor,
  readCalendar,
} from '../../organisation/index.ts'
import type { House } from '../change-dossier.ts'
import { applyEntry, type Core, type EntryBody, type EntryType, STATE } from '../dossier.ts'
import { canonicalText, chainHash, genesis, payloadDigest } from '../history.ts'
import { advance, type Move } from '../process.ts'
import { foldDeltas, progressDay, progressOf } from '../store/board.ts'
import { searchWords, tailIndex, tokenIndex } from '../store/current.ts'
import { INTAKE } from '../store/todo.ts'
import { personName, pick, randomSource } from './people.ts'
import { emptyRows, type Rows, writeRows } from './rows.ts'

export interface SeedOptions {
  readonly dossiers: number
  readonly seed: number
  readonly onProgress: (done: number) => void
}

/** Bytes a seeded dossier takes in the database, indexes included; measured on 20,000. */
export const BYTES_PER_DOSSIER = 20_000

interface Kind {
  readonly definition: Definition
  readonly revisionId: RevisionId
  readonly weight: number
  readonly places: readonly {
    readonly agency: Agency
    readonly centre: Agency
    readonly posts: ReadonlyMap<string, readonly FilledPost[]>
  }[]
}

const BATCH = 2000

export async function seedDossiers(house: House, pool: pg.Pool, options: SeedOptions): Promise<void> {
  const random = randomSource(options.seed)
  const now = house.clock.now()
  const today = civilDateOf(now)
  const calendar = await readCalendar(house.db, 'chung', today)
  const kinds = await readKinds(house, today)
  const client = await pool.connect()
  try {
    const people = await seedPeople(
      house.keys,
      client,
      Math.max(10, Math.floor(options.dossiers / 4)),
      random,
      personName,
      now,
    )
    const serials = new Map<string, number>()
    for (let done = 0; done < options.dossiers; done += BATCH) {
      const rows = emptyRows()
      for (let i = done; i < Math.min(done + BATCH, options.dossiers); i++) {
        const age = (1 - i / options.dossiers) * 730 * 86_400_000
        const at = nextWorkingInstant(calendar, new Date(now.getTime() - age - random() * 3_600_000))
        makeDossier(house, rows, {
          kind: pickKind(kinds, random),
          person: pick(random, people),
          at: new Date(Math.min(at.getTime(), now.getTime())),
          now,
          calendar,
          random,
          serials,
        })
      }
      await writeRows(client, rows)
      // Folded batch by batch, as the worker does: the boards read few rows from the start.
      while ((await foldDeltas(house.db, 20_000)) === 20_000);
      options.onProgress(Math.min(done + BATCH, options.dossiers))
    }
    for (const [key, last] of serials) {
      const [agencyCode = '', day = ''] = key.split(' ')
      await client.query(
        'insert into dossier.serial values ($1, $2, $3) on conflict (agency_code, day) do update set last = greatest(serial.last, excluded.last)',
        [agencyCode, day, last],
      )
    }
  } finally {
    client.release()
  }
}

async function readKinds(house: House, today: string): Promise<Kind[]> {
  const kinds: Kind[] = []
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
    if (places.length > 0) kinds.push({ definition, revisionId, weight: 0.65 ** rank, places })
  }
  if (kinds.length === 0) throw new Error('there is no native procedure to seed: publish some first')
  return kinds
}

function pickKind(kinds: readonly Kind[], random: () => number): Kind {
  let at = random() * kinds.reduce((sum, kind) => sum + kind.weight, 0)
  for (const kind of kinds) {
    at -= kind.weight
    if (at < 0) return kind
  }
  return kinds[0] as Kind
}

interface Making {
  readonly kind: Kind
  readonly person: SeededPerson
  readonly at: Date
  readonly now: Date
  readonly calendar: WorkingCalendar
  readonly random: () => number
  readonly serials: Map<string, number>
}

function makeDossier(house: House, rows: Rows, making: Making): void {
  const { kind, person, at, now, calendar, random, serials } = making
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
    const body = canonicalText({
      seq,
      type,
      actor,
      post,
      at: clock.toISOString(),
      facts,
      digest: bound?.digest ?? null,
    })
    hash = chainHash(hash, body)
    rows.entries.push([id, seq, body, hash])
    if (bound !== null)
      rows.payloads.push([id, seq, bound.salt, seal(house.keys, 'payload', bound.text, `${id}:${seq}`)])
    const before = core
    core = applyEntry(core, facts)
    for (const [indicator, amount] of progressOf({ type, before, after: core }))
      rows.deltas.push([
        id,
        seq,
        indicator,
        core.agencyId,
        definition.procedure.field.vi,
        progressDay(indicator, clock),
        amount,
      ])
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
  /** Does a move `minutes` of working time later; false when that lies in the future or the table refuses. */
  const move = (step: string, make: () => Move, minutes: number, payload: unknown = null): boolean => {
    const next = addWorkingMinutes(calendar, clock, minutes)
    if (next > now || core === null) return false
    clock = next
    const post = place.posts.get(step)?.[0]
    const moved = advance(core, make(), { definition, calendar, at: clock, positionId: post?.positionId ?? null })
    if (typeof moved === 'string') return false
    append(
      moved.type,
      post === undefined ? 'system:house:seed' : `officer:${post.officerId}`,
      post?.positionId ?? null,
      { set: moved.set },
      payload,
    )
    return true
  }
  const fate = random()
  runLife()
  finish()

  function runLife(): void {
    if (fate < 0.02) {
      move(INTAKE, () => ({ verb: 'refuse' }), 60 + random() * 300, {
        reason: 'Không thuộc thẩm quyền',
        ground: 'NĐ 118/2025/NĐ-CP',
      })
      return
    }
    if (
      fate > 0.88 &&
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
      const key = `${place.agency.code} ${civilDateOf(clock)}`
      const serial = (serials.get(key) ?? 0) + 1
      serials.set(key, serial)
      return {
        verb: 'receive',
        code: `${place.agency.code}-${civilDateOf(clock).slice(2).replace(/-/g, '')}-${String(serial).padStart(4, '0')}`,
      }
    }
    if (!move(INTAKE, receive, 30 + random() * 200)) return
    if (fate < 0.04) {
      move('', () => ({ verb: 'withdraw' }), 300, { reason: 'Đổi ý' })
      return
    }
    const limit = definition.procedure.time_limit
    const span =
      limit === null
        ? 2400
        : Math.max(60, (dueInstant(calendar, clock, limit).getTime() - clock.getTime()) / 60_000 / 4.5)
    const late = random() < 0.03
    for (let guard = 0; guard < 12; guard++) {
      const current: Core | null = core
      if (current === null || current.step === null || definition.process === null) return
      const step = stepOf(definition.process, current.step)
      const minutes = (span / 8) * (0.2 + random() * 0.6) * (late ? 9 : 1)
      const outcome = step.outcomes[random() < 0.95 ? 0 : step.outcomes.length - 1]
      const verbs: Record<typeof step.kind, () => Move> = {
        task: () => ({ verb: 'forward', outcome: outcome?.id ?? '' }),
        decide: () => ({ verb: 'decide', outcome: outcome?.id ?? '', documentId: newId(clock) }),
        initial: () => ({ verb: 'initial' }),
        sign: () => ({ verb: 'finish-act', kind: 'sign' }),
        number: () => ({ verb: 'finish-act', kind: 'number' }),
        seal: () => ({ verb: 'finish-act', kind: 'seal' }),
        return: () => ({ verb: 'return-result' }),
      }
      // Signatures of the past are one entry: the intent before them is not told.
      if (step.kind === 'sign' || step.kind === 'number' || step.kind === 'seal') core = { ...current, busy: 'past' }
      if (!move(step.id, verbs[step.kind], minutes, step.kind === 'return' ? { receiver: person.name } : null)) {
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
    const search = searchWords({ applicantName: person.name, subject, reference, code: state.code })
    const process = canonicalText({
      way: state.way,
      documentId: state.documentId,
      outcome: state.outcome,
      result: state.result,
      askedBy: state.askedBy,
    })
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
      process,
      state.agencyId,
      state.centreId,
      person.id,
      person.name,
      subject,
      idNumberIndex(house.keys, person.idNumber),
      tailIndex(house.keys, person.phone.slice(-6)),
      tokenIndex(house.keys, token),
      seal(house.keys, 'field', token, `dossier:${id}:token`),
      at,
      state.receivedAt,
      state.dueAt,
      state.calendarVersion,
      state.remainingMinutes,
      state.finishedAt,
      state.returnedAt,
      seq,
      hash,
      foldText(search)
        .split(' ')
        .map((word, index) => `'${word}':${index + 1}`)
        .join(' '),
      clock,
    ])
    const step =
      state.state === STATE.new
        ? INTAKE
        : state.state === STATE.working || state.state === STATE.settled
          ? state.step
          : null
    const kindOf =
      step === null || step === INTAKE || definition.process === null ? null : stepOf(definition.process, step).kind
    const queue =
      step === INTAKE
        ? 'receive'
        : kindOf === 'return'
          ? 'return'
          : kindOf === 'initial' || kindOf === 'sign'
            ? 'sign'
            : kindOf === 'number' || kindOf === 'seal'
              ? 'records'
              : 'work'
    if (step !== null)
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
