// The database handle: kysely on pg, each statement named by a hash of its text so the server plans it once a connection.
import { createHash } from 'node:crypto'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
  Transaction,
} from 'kysely'
import pg from 'pg'
import { shareReference } from './reference.ts'
import type { DB } from './schema.generated.ts'
import { keepSent, WRITER } from './statement.ts'

/** Reads and single statements. A transaction may stand wherever a Db is asked for. */
export type Db = Kysely<DB>
export type Tx = Transaction<DB>

export const APP_ROLE = 'motcua_app'
export const OWNER_ROLE = 'motcua_owner'
// bigint and numeric fit a double here: counters, sizes, đồng. Dates stay 'YYYY-MM-DD'.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number)
pg.types.setTypeParser(pg.types.builtins.DATE, text => text)

/**
 * What the application may hold up: a statement, a wait for a row, a transaction whose process stands still. Longer
 * work (migrations, seeds, the queue) is the owner's.
 */
const BOUNDS =
  // Plans of pages are never worth a compiler: packages of distributions bring one, and it takes longer than the statement.
  '-c statement_timeout=60s -c lock_timeout=15s -c idle_in_transaction_session_timeout=60s -c jit=off'

/** A connection beside the pools, as the login of `url` itself; whoever opens it ends it. Throws what connecting throws. */
export async function openClient(url: string, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'motcua', ...options })
  // A connection that breaks while nothing is asked of it, or while it ends, is told by the next statement, if there is one.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** What the driver keeps of the words a server reports when it lets somebody in, and again when they change. */
interface Reporting {
  readonly connection: {
    on(event: 'parameterStatus', heed: (said: { parameterName: string; parameterValue: string }) => void): void
  }
}

/** A connection that knows whether its server is a replica (PostgreSQL 14 and later report it; older ones count as none). */
class Client extends pg.Client {
  ofReplica = false

  constructor(config?: pg.ClientConfig) {
    super(config)
    ;(this as unknown as Reporting).connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'in_hot_standby') this.ofReplica = parameterValue === 'on'
    })
  }
}

/** As PostgreSQL says it of a statement that writes (SQLSTATE 25006): later, elsewhere, it may work. */
class OnReplica extends Error {
  readonly code = '25006'
  constructor() {
    super('the server is a replica: what it shows may never have been confirmed, and it takes nothing')
  }
}

/** A pool whose every connection acts as `role` from its first statement: the role travels in the start-up packet. A replica is refused. */
export function rolePool(url: string, role: string, max: number, settings = ''): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    // A server that vanished without a word is noticed by the kernel.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Statements that do not wait for each other travel together (see connect). COPY, which the owner's work uses, cannot.
    ...(role === APP_ROLE ? { pipeline: true } : {}),
    options: `-c role=${role} -c timezone=UTC${role === APP_ROLE ? ` ${BOUNDS}` : ''}${settings}`,
    application_name: 'motcua',
    connectionTimeoutMillis: 10_000,
    Client,
    // A primary that was cut off from the others goes on as a replica, with transactions that nobody else has and that it will
    // lose: until the proxy knows, it must not be read.
    verify: (client: pg.PoolClient, done: (fault?: Error) => void) =>
      done((client as pg.PoolClient & { ofReplica: boolean }).ofReplica ? new OnReplica() : undefined),
  })
  // A connection that breaks while idle is dropped by the pool; the next statement opens another.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

const MAX_NAMES = 2000

function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return text => {
    const known = names.get(text)
    if (known !== undefined) return known
    // Transaction words and schema changes gain nothing from a name; endless texts must not fill the server. A statement
    // that begins with a comment asks for a plan of its own each time, made for its values.
    if (names.size >= MAX_NAMES || !/^\s*(select|insert|update|delete|with)\b/i.test(text)) return undefined
    const name = `k${createHash('sha256').update(text).digest('base64url').slice(0, 30)}`
    names.set(text, name)
    return name
  }
}

export interface SeenStatement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Counts statements; tests read it to hold pages to their bound, benches keep them in `seen` to run them bare. */
export interface StatementCounter {
  count: number
  seen?: SeenStatement[] | null
}

/** What the driver shows of its socket: writes of one turn of the loop leave as one. */
interface Corked {
  readonly connection?: { readonly stream?: { cork?(): void; uncork?(): void } }
}

const BEGUN = { command: 'BEGIN', rowCount: 0, rows: [] } as const

/** PostgreSQL answers a commit of a transaction in which something failed with "ROLLBACK", not with an error. */
const committed = (answer: pg.QueryResult): pg.QueryResult => {
  if (answer.command === 'COMMIT') return answer
  throw new Error('the transaction was rolled back: one of its statements had failed')
}

/**
 * A handle on a pool. Statements of one transaction that are asked for without waiting for each other (`Promise.all`) are
 * sent at once and done in the order in which they were asked for: a round trip for all of them, not for each. `begin`
 * travels with the first. When one fails, those behind it in the transaction fail too, and the first fault is the one told.
 */
export function connect(pool: pg.Pool, counter?: StatementCounter): Db {
  const nameOf = statementNames()
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const wrap = (client: pg.PoolClient): PostgresPoolClient => {
    const known = wrapped.get(client)
    if (known !== undefined) return known
    const { stream } = (client as Corked).connection ?? {}
    let corked = false
    const holdTogether = (): void => {
      if (corked || stream?.cork === undefined) return
      corked = true
      stream.cork()
      // After the statements that are already on their way through the query builder.
      setImmediate(() => {
        corked = false
        stream.uncork?.()
      })
    }
    const named = {
      query: (text: unknown, values?: readonly unknown[]) => {
        if (counter !== undefined) counter.count++
        if (typeof text !== 'string') return client.query(text as never)
        counter?.seen?.push({ text, values: values ?? [] })
        holdTogether()
        if (text === 'begin') {
          // Where it fails the connection is gone, and the first statement says so.
          client.query(text).catch(() => undefined)
          return Promise.resolve(BEGUN)
        }
        if (text === 'commit') return client.query(text).then(committed)
        const name = nameOf(text)
        return client.query({ text, values: [...(values ?? [])], ...(name === undefined ? {} : { name }) })
      },
      release: () => client.release(),
    } as unknown as PostgresPoolClient
    wrapped.set(client, named)
    return named
  }
  const named: PostgresPool = { connect: async () => wrap(await pool.connect()), end: () => pool.end() }
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: named }) })
}

/** A handle whose every statement goes to one connection the moment it is asked for, until it is closed. */
function handleOn(
  db: Db,
  connection: DatabaseConnection,
): {
  readonly handle: Tx
  readonly close: () => void
  /** When everything that was asked for is answered. */
  readonly quiet: () => Promise<unknown>
} {
  let over = false
  const running = new Set<Promise<unknown>>()
  const executor = db.getExecutor().withConnectionProvider({
    async provideConnection(consumer) {
      if (over) throw new Error('the transaction is over')
      const asked = consumer(connection)
      running.add(asked)
      return asked.finally(() => running.delete(asked))
    },
  })
  const handle = new Transaction<DB>({
    config: { dialect: WRITER },
    dialect: WRITER,
    driver: WRITER.createDriver(),
    executor,
  })
  return {
    handle,
    close: () => {
      over = true
    },
    quiet: () => Promise.allSettled(running),
  }
}

/**
 * The reads of one page on one connection: those asked for with `Promise.all` travel together, and reference data is asked
 * for once. No transaction: each statement sees what is committed then, and what is written stands at once.
 */
export async function together<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db)
  return new Promise((resolve, reject) => {
    db.getExecutor()
      .provideConnection(async connection => {
        const { handle, close, quiet } = handleOn(db, connection)
        shareReference(db, handle)
        await work(handle).then(resolve, reject)
        close()
        // One read failed while others were under way: the page is told at once, the connection goes back when they are over.
        await quiet()
      })
      .catch(reject)
  })
}

/** A statement behind one that failed, in the same transaction. */
const IN_FAILED_TRANSACTION = '25P02'

/**
 * One transaction whose statements go out when they are asked for: the library's own holds each back until the one before
 * is answered. The commit goes out behind the last of them. What is asked for after the end is refused.
 */
async function transact<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (db.isTransaction) throw new Error('a transaction begins inside another')
  return db.getExecutor().provideConnection(async connection => {
    const { handle: tx, close } = handleOn(db, connection)
    const sent = keepSent(tx)
    const say = (text: string) => connection.executeQuery(CompiledQuery.raw(text))
    await say('begin')
    try {
      const result = await work(tx)
      close()
      const ending = say('commit')
      ending.catch(() => undefined)
      // Answered in their order, before the commit: the first fault is the one told.
      await Promise.all(sent)
      await ending
      return result
    } catch (error) {
      close()
      await say('rollback')
      if ((error as { code?: string }).code === IN_FAILED_TRANSACTION) await Promise.all(sent)
      throw error
    }
  })
}

// A deadlock, a serialization that failed, and a unique value that is taken: where it was drawn at random another is drawn, and
// where another transaction wrote it first, the work finds it this time.
const RETRY = new Set(['40P01', '40001', '23505'])

/** Runs `work` in one transaction, again when the database broke it for what another transaction did or for a value drawn twice (three times at most). */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(db, tx => {
        shareReference(db, tx)
        return work(tx)
      })
    } catch (error) {
      if (attempt >= 3 || !RETRY.has((error as { code?: string }).code ?? '')) throw error
    }
  }
}

/** Runs `work` while no other process runs work under the same lock number; the lock ends with the connection. */
export async function withLock<T>(db: Db, lock: number, work: () => Promise<T>): Promise<T> {
  return db.connection().execute(async held => {
    // Whoever waits here waits as long as it takes.
    await sql`select set_config(name, '0', false) from unnest(array['lock_timeout', 'statement_timeout']) as name`.execute(
      held,
    )
    await sql`select pg_advisory_lock(${lock})`.execute(held)
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(${lock})`.execute(held)
      await sql`reset lock_timeout`.execute(held)
      await sql`reset statement_timeout`.execute(held)
    }
  })
}
