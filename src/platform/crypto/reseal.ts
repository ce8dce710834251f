// A new generation of keys reaches what was sealed before: column by column, in small transactions, while everything runs.
import type pg from 'pg'
import type { KeyRing, KeyUse } from './keys.ts'
import { open, seal } from './seal.ts'

/** A column of sealed bytes, as the module that owns its table declares it. */
export interface SealedColumn {
  readonly table: string
  /** Columns of the primary key. */
  readonly id: readonly string[]
  readonly column: string
  readonly use: KeyUse
  /** What the value is bound to, from the values of the primary key. */
  readonly bound: (id: readonly string[]) => string
}

const PAGE = 500

/**
 * Seals anew what is not sealed with the current generation, page by page along the primary key. A value that somebody
 * changes meanwhile is left to them: they seal with the current generation. Gives how many were changed.
 */
export async function resealColumn(
  pool: pg.Pool,
  keys: KeyRing,
  { table, id, column, use, bound }: SealedColumn,
): Promise<number> {
  const list = id.join(', ')
  const { rows: types } = await pool.query<{ name: string; type: string }>(
    'select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = $1::regclass and attname = any($2)',
    [table, id],
  )
  const typeOf = (name: string): string => types.find(each => each.name === name)?.type ?? 'text'
  let after: readonly string[] = []
  let changed = 0
  for (;;) {
    const from: string = after.length === 0 ? '' : `where (${list}) > (${id.map((_, at) => `$${at + 1}`).join(', ')})`
    const page: pg.QueryResult<{ key: string[]; value: Buffer | null }> = await pool.query(
      `select array[${id.map(each => `${each}::text`).join(', ')}] as key, ${column} as value from ${table} ${from} order by ${list} limit ${PAGE}`,
      [...after],
    )
    const old = page.rows.flatMap(({ key, value }) =>
      value === null || value[0] === keys.current ? [] : [{ key, value }],
    )
    if (old.length > 0) {
      const columns = id.map((_, index) => old.map(each => each.key[index]))
      const fresh = old.map(({ key, value }) => seal(keys, use, open(keys, use, value, bound(key)), bound(key)))
      const arrays = [...columns, old.map(each => each.value), fresh]
      const given = [...id.map(() => 'text[]'), 'bytea[]', 'bytea[]']
      const names = [...id.map((_, index) => `k${index}`), 'old', 'fresh']
      const { rowCount } = await pool.query(
        `update ${table} t set ${column} = n.fresh
         from unnest(${given.map((type, index) => `$${index + 1}::${type}`).join(', ')}) as n (${names.join(', ')})
         where ${id.map((each, index) => `t.${each} = n.k${index}::${typeOf(each)}`).join(' and ')} and t.${column} = n.old`,
        arrays,
      )
      changed += rowCount ?? 0
    }
    const last = page.rows.at(-1)
    if (last === undefined || page.rows.length < PAGE) return changed
    after = last.key
  }
}
