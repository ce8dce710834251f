// What people were told, and how they ask: until there is an answer, repeating what got none.
import { setTimeout as wait } from 'node:timers/promises'
import { hidden, type Reply, type Visitor, type Wire } from '../support/test-app.ts'

/** What people were told: each of these must be found afterwards, exactly once. */
export interface Ledger {
  readonly filed: Filed[]
  /** `seq`: where the entry must stand; null where it was not told. */
  readonly acts: { readonly id: string; readonly type: string; readonly seq: number | null }[]
  /** Notes that were taken, by dossier. */
  readonly notes: { readonly id: string }[]
  /** Files that were handed in, with the SHA-256 of their bytes (hex) and who may read them back at which address. */
  readonly papers: { readonly id: string; readonly sha256: string; readonly reader: Visitor; readonly page: string }[]
  /** Accounts that people were told they have now. */
  readonly accounts: Account[]
  /** Whose sessions were ended from another machine. */
  readonly signedOut: Visitor[]
  /** The mandate of the one person with an eID: how often it was begun to be given, by whom it can be seen, and whether it holds;
   * null while that was asked for and not answered. */
  readonly mandate: { given: number; giver: Visitor | null; holds: boolean | null }
  /** Codes of dossiers that the national portal has left in the drop. */
  readonly dropped: string[]
  /** Sign-ins by eID that were granted. */
  eidSignIns: number
  /** What was begun and has no answer yet: at the end each may stand or not. */
  readonly open: Set<{ readonly id: string; readonly type: string }>
  /** Filings begun without an answer, by channel. */
  readonly unanswered: Map<Channel, number>
  /** Answers that should never have come. */
  readonly complaints: string[]
  /** Requests that had to be sent again. */
  repeats: number
  /** Signatures, numbers and seals that the house gave back after its last try. */
  givenBack: number
  /** Dossiers that went all the way. */
  ended: number
  /** Milliseconds of each request that was answered: pages that were looked at, acts that were done. */
  readonly looks: number[]
  readonly times: number[]
}

export interface Account {
  readonly login: string
  readonly password: string
  /** A password that opens it no more. */
  readonly former: string | null
}

export type Channel = 'api' | 'portal' | 'counter'
export interface Filed {
  readonly id: string
  /** Null where the page that says so was not asked for it. */
  readonly reference: string | null
  readonly channel: Channel
}

export const newLedger = (): Ledger => ({
  filed: [],
  acts: [],
  notes: [],
  papers: [],
  accounts: [],
  signedOut: [],
  mandate: { given: 0, giver: null, holds: null },
  dropped: [],
  eidSignIns: 0,
  open: new Set(),
  unanswered: new Map(),
  complaints: [],
  repeats: 0,
  givenBack: 0,
  ended: 0,
  looks: [],
  times: [],
})

/** What people did, in one sentence. */
export function tell(ledger: Ledger): string {
  const reset = ledger.accounts.filter(({ former }) => former !== null)
  return `${ledger.filed.length} dossiers filed, ${ledger.dropped.length} left in the drop, ${ledger.acts.length} acts and ${ledger.notes.length} notes acknowledged, ${ledger.papers.length} papers handed in, ${ledger.accounts.length} accounts made, ${reset.length} of them with another password since, ${ledger.signedOut.length} signed out everywhere, ${ledger.eidSignIns} sign-ins by eID, ${ledger.mandate.given} mandates given, ${ledger.ended} dossiers ended, ${ledger.repeats} requests repeated, ${ledger.givenBack} acts given back after their last try`
}

/** Who asks for something: an account of the portal, and what stands on its identity card. */
export interface Applicant {
  readonly name: string
  readonly idNumber: string
  readonly phone: string
  readonly visitor: Visitor
}

/** The people of one agency and of the centre before it. */
export interface Staff {
  /** Code of the commune that decides; null where a department does. */
  readonly place: string | null
  readonly clerk: Visitor
  readonly specialist: Visitor
  readonly head: Visitor
  readonly leader: Visitor
  readonly records: Visitor
}

/** An agency with two who could do the same work, so that one is given it. */
export interface Department extends Staff {
  readonly second: { readonly name: string; readonly visitor: Visitor }
}

export interface World {
  readonly wire: Wire
  readonly token: string
  readonly staff: Staff
  /** Who decides what a province decides. */
  readonly department: Department
  readonly ledger: Ledger
  readonly applicant: () => Applicant
  /** People stop where they are once this is over. */
  readonly signal: AbortSignal
  /** How people think between two acts, and between two looks at what the house still has to do. */
  readonly pause: {
    readonly act: () => Promise<unknown>
    readonly look: () => Promise<unknown>
    /** Before what got no answer is sent again; a fraction of a second when not said. */
    readonly again?: () => Promise<unknown>
  }
  /** Whether people can be looked up at desks now; they can when not said. */
  readonly looksUp?: () => boolean
}

export class GaveUp extends Error {}

/** Asks until there is an answer that is one: not a broken connection, not 502, 503 or 504. */
export async function insist(world: World, what: string, times: number[], ask: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    if (world.signal.aborted) throw new GaveUp(what)
    const began = performance.now()
    try {
      const reply = await ask()
      if (reply.status === 500) world.ledger.complaints.push(`${what} answered 500: ${reply.body.slice(0, 300)}`)
      if (reply.status < 500) {
        times.push(performance.now() - began)
        return reply
      }
    } catch {
      // Broken off: whether it was done is not known, so it is asked again with the same key.
    }
    world.ledger.repeats++
    await (world.pause.again?.() ?? wait(100 + Math.random() * 300))
  }
}

/** Asks, and complains about any answer but the one that is right. */
export async function expect(
  world: World,
  status: number,
  what: string,
  times: number[],
  ask: () => Promise<Reply>,
): Promise<Reply> {
  const reply = await insist(world, what, times, ask)
  if (reply.status !== status) throw new Error(`${what} answered ${reply.status}: ${said(reply)}`)
  return reply
}

/** One act on a dossier: the page with its key, then the form until it is acknowledged. */
export async function act(
  world: World,
  who: Visitor,
  page: string,
  given: {
    readonly id: string
    readonly name: string
    /** Type of the entry it leaves; null for a note, which leaves none. */
    readonly type: string | null
    readonly send: (keys: { khoa: string; seq: string }, body: string) => Promise<Reply>
  },
): Promise<void> {
  const { ledger } = world
  const { id, name, type } = given
  await world.pause.act()
  const shown = await expect(world, 200, `page for ${name}`, ledger.looks, () => who.get(page))
  const keys = { khoa: hidden(shown.body, 'khoa'), seq: hidden(shown.body, 'seq') }
  const open = { id, type: type ?? 'note' }
  ledger.open.add(open)
  await expect(world, 303, name, ledger.times, () => given.send(keys, shown.body))
  ledger.open.delete(open)
  if (type === null) ledger.notes.push({ id })
  else ledger.acts.push({ id, type, seq: Number(keys.seq) + 1 })
}

/** The text of a page's main part. */
const said = ({ body }: Reply): string =>
  (/<main[\s\S]*?<\/main>/.exec(body)?.[0] ?? body).replace(/<[^>]+>|\s+/g, ' ').slice(0, 300)
