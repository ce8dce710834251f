// Statements of commands and hot pages: written with the query builder, their text made once, sent along where nobody needs the answer.
import {
  type Compilable,
  type CompiledQuery,
  type Dialect,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type RawBuilder,
} from 'kysely'
import type { DB } from './schema.generated.ts'

type Db = Kysely<DB>

/** Writes PostgreSQL's statements and has no connection. */
export const WRITER: Dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: db => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}

const writer: Db = new Kysely<DB>({ dialect: WRITER })

/** Statements of open transactions whose answers nobody waits for. */
const unawaited = new WeakMap<Db, Promise<unknown>[]>()

/** Lets statements of a transaction be sent along; gives the list of them, which whoever commits must look through. */
export function keepSent(tx: Db): readonly Promise<unknown>[] {
  const sent: Promise<unknown>[] = []
  unawaited.set(tx, sent)
  return sent
}

/**
 * Asks for a statement whose answer nobody needs. In a transaction this returns at once: the statement travels with what
 * is asked for next, at the latest with the commit, and when it fails the transaction fails with its fault. Outside of a
 * transaction it is done when this returns.
 */
export async function send(db: Db, query: CompiledQuery): Promise<void> {
  const asked = db.executeQuery(query)
  const sent = unawaited.get(db)
  if (sent === undefined) {
    await asked
    return
  }
  asked.catch(() => undefined)
  sent.push(asked)
}

/** A statement that waits for its values. */
export interface Statement<Given, Row> {
  all(db: Db, given: Given): Promise<Row[]>
  first(db: Db, given: Given): Promise<Row | undefined>
  /** The only row; throws when there is none. */
  one(db: Db, given: Given): Promise<Row>
  /** Asks for it without waiting for its answer, as `send` does. */
  send(db: Db, given: Given): Promise<void>
}

/** Stands for a value that comes with each call. */
class Place {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  [Symbol.toPrimitive](): never {
    throw new Error(`the statement looks at "${this.name}" before there is one`)
  }
}

/**
 * Makes a statement from a query. `given` looks like the values and may only be handed on to the query, never looked at:
 * the query is built once, before there are any. Whatever changes the text itself (a list's length, a condition that is
 * there or not) makes another statement; lists travel as arrays.
 */
export function statement<Given extends object, Row>(
  build: (db: Db, given: Given) => Compilable<Row> | RawBuilder<Row>,
): Statement<Given, Row> {
  let made: CompiledQuery | null = null
  const make = (): CompiledQuery => {
    const places = new Proxy({}, { get: (_, name) => new Place(String(name)) }) as Given
    return build(writer, places).compile(writer)
  }
  const fill = (given: Given): CompiledQuery<Row> => {
    made ??= make()
    return {
      ...(made as CompiledQuery<Row>),
      parameters: made.parameters.map(each =>
        each instanceof Place ? (given as Readonly<Record<string, unknown>>)[each.name] : each,
      ),
    }
  }
  const ask = (db: Db, given: Given): Promise<QueryResult<Row>> => db.executeQuery(fill(given))
  return {
    all: async (db, given) => (await ask(db, given)).rows,
    first: async (db, given) => (await ask(db, given)).rows[0],
    one: async (db, given) => {
      const [row] = (await ask(db, given)).rows
      if (row === undefined) throw new Error(`no row: ${made?.sql}`)
      return row
    },
    send: (db, given) => send(db, fill(given)),
  }
}
