// Loading millions of rows: secondary indexes and checks of references go before and are built after, in the caller's transaction.
import type pg from 'pg'

/**
 * Runs `load` while the tables have their primary keys only. Everything is put back in the same transaction, which the
 * caller has begun: if the load fails, nothing has changed. Locks the tables for everybody else.
 */
export async function withoutIndexes(
  client: pg.PoolClient,
  tables: readonly string[],
  load: () => Promise<void>,
): Promise<void> {
  const constraints = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where conrelid = any($1::regclass[]) and contype in ('u', 'f') order by contype desc, conname`,
    [tables],
  )
  const indexes = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index i
     where indrelid = any($1::regclass[]) and not indisprimary
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [tables],
  )
  for (const each of constraints.rows) await client.query(`alter table ${each.table} drop constraint ${each.name}`)
  for (const each of indexes.rows) await client.query(`drop index ${each.name}`)
  await load()
  await client.query("set local maintenance_work_mem = '256MB'")
  for (const each of indexes.rows) await client.query(each.definition)
  for (const each of constraints.rows)
    await client.query(`alter table ${each.table} add constraint ${each.name} ${each.definition}`)
}
