// The transition table by property: whatever people press in whatever order, the dossier stays lawful and its chain holds.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { productRoot } from '../../platform/root.ts'
import { readProcedureFolder } from '../catalogue/index.ts'
import { applyEntry, type Core, ENTRY_TYPES, type EntryBody, fold, STATE } from './dossier.ts'
import {
  type ChainedEntry,
  canonicalText,
  chainFault,
  chainHash,
  entryText,
  genesis,
  payloadDigest,
  readEntry,
} from './history.ts'
import { advance, currentStep, type Move } from './process.ts'

const { definition } = readProcedureFolder(join(productRoot, 'procedures/1.012783-cap-doi-giay-chung-nhan-dat'))
if (definition === null) throw new Error('the procedure cannot be read')
const day: readonly (readonly [number, number])[] = [
  [450, 690],
  [810, 1050],
]
const calendar = { version: 'test', week: { 1: day, 2: day, 3: day, 4: day, 5: day }, exceptions: new Map() }

const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.constant<Move>({ verb: 'receive', code: 'H99.01-261123-0001' }),
  fc.constant<Move>({ verb: 'refuse' }),
  fc.constant<Move>({ verb: 'request-supplement', asked: 0 }),
  fc.constant<Move>({ verb: 'supplement' }),
  fc.constantFrom<Move>({ verb: 'forward', outcome: 'xong' }, { verb: 'forward', outcome: 'khong-co' }),
  fc.constantFrom<Move>(
    { verb: 'decide', outcome: 'dong-y', documentId: 'd' },
    { verb: 'decide', outcome: 'tu-choi', documentId: 'd' },
  ),
  fc.constant<Move>({ verb: 'return-step' }),
  fc.constant<Move>({ verb: 'initial' }),
  fc.constantFrom<Move>(
    { verb: 'begin-act', kind: 'sign', intent: 'i' },
    { verb: 'begin-act', kind: 'number', intent: 'i' },
    { verb: 'begin-act', kind: 'seal', intent: 'i' },
  ),
  fc.constantFrom<Move>(
    { verb: 'finish-act', kind: 'sign' },
    { verb: 'finish-act', kind: 'number' },
    { verb: 'finish-act', kind: 'seal', asked: new Date('2026-11-23T02:00:00.000Z') },
  ),
  fc.constant<Move>({ verb: 'fail-act' }),
  fc.constant<Move>({ verb: 'return-result' }),
  fc.constant<Move>({ verb: 'withdraw' }),
)
/** Moves as they would sensibly follow, so that long ways are walked too. */
const road: readonly Move[] = [
  { verb: 'receive', code: 'H99.01-261123-0001' },
  { verb: 'forward', outcome: 'xong' },
  { verb: 'decide', outcome: 'dong-y', documentId: 'd' },
  { verb: 'initial' },
  { verb: 'begin-act', kind: 'sign', intent: 'i' },
  { verb: 'finish-act', kind: 'sign' },
  { verb: 'begin-act', kind: 'number', intent: 'i' },
  { verb: 'finish-act', kind: 'number' },
  { verb: 'begin-act', kind: 'seal', intent: 'i' },
  { verb: 'finish-act', kind: 'seal', asked: new Date('2026-11-23T02:00:00.000Z') },
  { verb: 'return-result' },
]
const days = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: road.length - 1 }).map(index => road[index] as Move) },
    { weight: 1, arbitrary: moves },
  ),
  { maxLength: 60 },
)
const FINAL: readonly number[] = [STATE.refused, STATE.withdrawn, STATE.returned]

describe('transitions', () => {
  const walk = (list: readonly Move[]) => {
    let at = new Date('2026-11-23T02:00:00.000Z')
    let core: Core = applyEntry(null, {
      facts: { set: { agencyId: 'a', centreId: 'c', state: STATE.new } },
      post: null,
    })
    const entries: EntryBody[] = [
      {
        seq: 1,
        type: 'submitted',
        actor: 'citizen:1',
        post: null,
        at: at.toISOString(),
        facts: { set: { agencyId: 'a', centreId: 'c', state: STATE.new } },
        digest: null,
      },
    ]
    const cores = [core]
    for (const move of list) {
      at = new Date(at.getTime() + 3_600_000)
      const moved = advance(core, move, { definition, calendar, at, positionId: 'p' })
      if (typeof moved === 'string') continue
      const facts = { ...moved.way, set: moved.set }
      core = applyEntry(core, { facts, post: 'p' })
      entries.push({
        seq: entries.length + 1,
        type: moved.type,
        actor: 'officer:1',
        post: 'p',
        at: at.toISOString(),
        facts,
        digest: null,
      })
      cores.push(core)
    }
    return { core, entries, cores }
  }

  it('final states are final, the clock runs only while it should, numbers follow signatures', () => {
    fc.assert(
      fc.property(days, list => {
        const { entries, cores } = walk(list)
        for (const [index, core] of cores.entries()) {
          if (FINAL.includes(core.state)) assert.equal(index, cores.length - 1)
          if (core.state === STATE.supplement && core.receivedAt !== null) assert.equal(core.dueAt, null)
          if (core.state === STATE.working) assert.notEqual(currentStep(core, definition), null)
          if (core.busy !== null) assert.equal(core.state, STATE.working)
        }
        const types = entries.map(entry => entry.type)
        const order = ['signed', 'numbered', 'sealed', 'result-returned'] as const
        for (const [index, type] of order.entries()) {
          const at = types.indexOf(type)
          if (at >= 0 && index > 0)
            assert.ok(
              types.indexOf(order[index - 1] ?? 'signed') < at && types.indexOf(order[index - 1] ?? 'signed') >= 0,
            )
        }
        assert.ok(types.filter(type => type === 'sealed').length <= 1)
      }),
      { numRuns: 400 },
    )
  })

  it('the fold of the history is the current row', () => {
    fc.assert(
      fc.property(days, list => {
        const { core, entries } = walk(list)
        assert.deepEqual(fold(entries), core)
      }),
    )
  })

  it('the straight road ends with the result returned', () => assert.equal(walk(road).core.state, STATE.returned))
})

describe('the chain', () => {
  const chainOf = (bodies: readonly string[]): ChainedEntry[] => {
    let previous = genesis('d')
    return bodies.map((body, index) => {
      previous = chainHash(previous, body)
      return { seq: index + 1, body, hash: previous }
    })
  }
  const bodies = fc
    .array(fc.record({ facts: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())) }), {
      minLength: 1,
      maxLength: 12,
    })
    .map(list =>
      list.map((each, index) =>
        canonicalText({ ...each, seq: index + 1, at: '2026-11-23T02:00:00.000Z', digest: null }),
      ),
    )

  it('holds when nothing was touched, and breaks at the very entry that was', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), (list, pickAt) => {
        const chain = chainOf(list)
        assert.equal(chainFault('d', chain), null)
        const at = pickAt % chain.length
        const forged = chain.map((entry, index) =>
          index === at ? { ...entry, body: entry.body.replace('"seq"', ' "seq"') } : entry,
        )
        assert.equal(chainFault('d', forged), `entry ${at + 1} was changed`)
        if (chain.length > 1)
          assert.match(
            chainFault(
              'd',
              chain
                .filter((_entry, index) => index !== at || at === chain.length - 1)
                .slice(at === chain.length - 1 ? 1 : 0),
            ) ?? '',
            /missing/,
          )
      }),
    )
  })

  it('the text of an entry is its canonical text without what is null, and reads back as it was', () => {
    const text = fc.string()
    const body = fc.record({
      seq: fc.nat(),
      type: fc.constantFrom(...ENTRY_TYPES),
      actor: text,
      post: fc.option(text),
      at: text,
      facts: fc.dictionary(text, fc.jsonValue()).map(facts => ({ ...facts, set: { state: STATE.new } })),
      digest: fc.option(text),
    })
    fc.assert(
      fc.property(body, entry => {
        const { post, digest, ...rest } = entry
        const written = { ...rest, ...(post === null ? {} : { post }), ...(digest === null ? {} : { digest }) }
        assert.equal(entryText(entry), canonicalText(written))
        assert.deepEqual(JSON.parse(JSON.stringify(readEntry(entryText(entry)))), JSON.parse(JSON.stringify(entry)))
      }),
    )
  })

  it('a payload is bound by digest and salt, and its text is independent of key order', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), payload => {
        const { salt, digest } = payloadDigest(payload)
        const turned = Object.fromEntries(Object.entries(payload).reverse())
        assert.equal(payloadDigest(turned, salt).digest, digest)
        assert.notEqual(payloadDigest({ ...payload, more: 1 }, salt).digest, digest)
      }),
    )
  })
})
