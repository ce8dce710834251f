// How PostgreSQL would do the statements of a page: which tables it reads from end to end, and how much it touches.
import type pg from 'pg'
import type { App } from '../../src/app/build-app.ts'
import type { SeenStatement, StatementCounter } from '../../src/platform/db/database.ts'
import { crawl, type Seen, type Walker } from './crawl.ts'

/** Tables that grow with the dossiers; partitions begin with the name of their table. `delta` is folded every minute. */
const BIG =
  /^(dossier|entry(_\w+)?|payload(_\w+)?|todo|paper|document|note|unsealed|seal_leaf|draft|person|account|login|session|activation|mandate|attempt|file|audit(_\w+)?|message|intent|issued|request|number)$/

/** A table this small is read whole as fast as by an index. */
const FEW_BLOCKS = 100

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Node[]
}

const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)]

export interface Plans {
  /** Statements that read, in the order in which they were asked. */
  readonly statements: number
  /** Pages of 8 kB that they touch together. */
  readonly blocks: number
  /** Big tables that are read whole, with the statement that does. */
  readonly whole: readonly { readonly table: string; readonly text: string }[]
}

/** Everybody walks through every page they can come to; gives each page with the plans of its statements. */
export async function* walk(
  app: App,
  counter: StatementCounter,
  client: pg.Client | pg.PoolClient,
  everybody: readonly Walker[],
  small: boolean,
): AsyncGenerator<{ who: string; seen: Seen; plans: Plans }> {
  for (const walker of everybody) {
    const statements = new Map<string, readonly SeenStatement[]>()
    const pages = await crawl(app, walker, 2, async url => {
      // For strangers the first time, before its bytes are kept; for others with what is kept.
      if (walker.visitor.cookies.size > 0) await walker.visitor.get(url)
      const asked: SeenStatement[] = []
      counter.seen = asked
      try {
        return await walker.visitor.get(url)
      } finally {
        counter.seen = null
        statements.set(url, asked)
      }
    })
    for (const seen of pages)
      yield { who: walker.caller, seen, plans: await plansOf(client, statements.get(seen.url) ?? [], small) }
  }
}

/**
 * Plans and runs the statements, each in a transaction that is rolled back. `small`: tables are so small here that PostgreSQL
 * would rather read them whole; it is told not to wherever there is another way.
 */
async function plansOf(
  client: pg.Client | pg.PoolClient,
  statements: readonly SeenStatement[],
  small: boolean,
): Promise<Plans> {
  const whole: { table: string; text: string }[] = []
  let blocks = 0
  let read = 0
  for (const { text, values } of statements) {
    if (!/^\s*(\/\*.*?\*\/\s*)?(select|with)\b/i.test(text)) continue
    read++
    await client.query('begin')
    if (small) await client.query('set local enable_seqscan = off')
    await client.query('set local role motcua_app')
    const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, [...values])
    await client.query('rollback')
    const plan = (rows[0]['QUERY PLAN'] as { Plan: Node }[])[0]?.Plan
    if (plan === undefined) continue
    blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    for (const node of nodes(plan))
      if (
        node['Node Type'] === 'Seq Scan' &&
        BIG.test(node['Relation Name'] ?? '') &&
        (small || node['Shared Hit Blocks'] + node['Shared Read Blocks'] > FEW_BLOCKS)
      )
        whole.push({ table: node['Relation Name'] ?? '', text: text.slice(0, 200) })
  }
  return { statements: read, blocks, whole }
}
