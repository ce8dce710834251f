// SQL of accounts and the names they are found by.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { blindIndex, type KeyRing } from '../../../platform/crypto/keys.ts'
import { openText, sealText } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { type Id, newId } from '../../../platform/id.ts'
import type { Account, AccountId, PersonId } from '../identity.ts'

export type LoginKind = 'phone' | 'email' | 'name' | 'external'

const COLUMNS = ['a.id', 'a.person_id', 'a.officer_id', 'a.password_hash', 'a.totp', 'a.disabled_at'] as const

interface AccountRow {
  readonly id: string
  readonly person_id: string | null
  readonly officer_id: string | null
  readonly password_hash: string | null
  readonly totp: Buffer | null
  readonly disabled_at: Date | null
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id as AccountId,
    personId: row.person_id as PersonId | null,
    officerId: row.officer_id as Id<'officer'> | null,
    passwordHash: row.password_hash,
    hasSecondFactor: row.totp !== null,
    disabled: row.disabled_at !== null,
  }
}

const loginIndex = (keys: KeyRing, kind: LoginKind, login: string) =>
  blindIndex(keys, `login.${kind}`, login.toLowerCase())

export async function findAccount(tx: Db, id: AccountId): Promise<Account | null> {
  const row = await tx.selectFrom('identity.account as a').select(COLUMNS).where('a.id', '=', id).executeTakeFirst()
  return row === undefined ? null : toAccount(row)
}

const selectByLogin = statement((db, given: { readonly index: Buffer }) =>
  db
    .selectFrom('identity.login as l')
    .innerJoin('identity.account as a', 'a.id', 'l.account_id')
    .select(COLUMNS)
    .where('l.login_index', '=', given.index),
)

export async function findAccountByLogin(
  tx: Db,
  keys: KeyRing,
  kind: LoginKind,
  login: string,
): Promise<Account | null> {
  const row = await selectByLogin.first(tx, { index: loginIndex(keys, kind, login) })
  return row === undefined ? null : toAccount(row)
}

export async function findAccountOfPerson(tx: Db, personId: PersonId): Promise<Account | null> {
  const row = await tx
    .selectFrom('identity.account as a')
    .select(COLUMNS)
    .where('a.person_id', '=', personId)
    .executeTakeFirst()
  return row === undefined ? null : toAccount(row)
}

export interface NewAccount {
  readonly personId: PersonId | null
  readonly officerId: Id<'officer'> | null
  readonly passwordHash: string | null
}

export async function insertAccount(tx: Tx, account: NewAccount, at: Date): Promise<AccountId> {
  const id = newId<'account'>(at)
  await tx
    .insertInto('identity.account')
    .values({
      id,
      person_id: account.personId,
      officer_id: account.officerId,
      password_hash: account.passwordHash,
      created_at: at,
    })
    .execute()
  return id
}

/** Ties a login name to an account; false when the name belongs to another. */
export async function addLogin(
  tx: Tx,
  keys: KeyRing,
  accountId: AccountId,
  kind: LoginKind,
  login: string,
): Promise<boolean> {
  const index = loginIndex(keys, kind, login)
  await tx
    .insertInto('identity.login')
    .values({ login_index: index, account_id: accountId, kind })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  const holder = await tx
    .selectFrom('identity.login')
    .select('account_id')
    .where('login_index', '=', index)
    .executeTakeFirst()
  return holder?.account_id === accountId
}

export async function readSecondFactor(tx: Db, keys: KeyRing, id: AccountId): Promise<string | null> {
  const row = await tx.selectFrom('identity.account').select('totp').where('id', '=', id).executeTakeFirst()
  return openText(keys, row?.totp ?? null, `account:${id}:totp`)
}

/** Turns on the second factor; false when the account has one. */
export async function saveSecondFactor(tx: Db, keys: KeyRing, id: AccountId, secret: string): Promise<boolean> {
  const result = await tx
    .updateTable('identity.account')
    .set({ totp: sealText(keys, secret, `account:${id}:totp`) })
    .where('id', '=', id)
    .where('totp', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/**
 * What was shown is worth something only for the account as it was then: this mark is another once the password or the
 * second factor changed or the account was closed.
 */
export function stateOf(account: Account): string {
  return createHash('sha256')
    .update(JSON.stringify([account.passwordHash, account.hasSecondFactor, account.disabled]))
    .digest('base64url')
}

const selectUnchanged = statement(
  (db, given: { readonly id: string; readonly passwordHash: string | null; readonly factor: boolean }) =>
    db
      .selectFrom('identity.account')
      .select('id')
      .where('id', '=', given.id)
      .where('disabled_at', 'is', null)
      .where(sql<boolean>`password_hash is not distinct from ${given.passwordHash}::text`)
      .where(sql<boolean>`(totp is not null) = ${given.factor}::boolean`)
      .forShare(),
)

/** Whether an account is still open and as it was read; until the transaction ends it stays so. */
export async function isUnchanged(tx: Tx, account: Account): Promise<boolean> {
  const { id, passwordHash, hasSecondFactor } = account
  return (await selectUnchanged.first(tx, { id, passwordHash, factor: hasSecondFactor })) !== undefined
}

/** Uses up a code's counter; false when it or a later one was used before. */
export async function useCodeCounter(tx: Db, id: AccountId, counter: number): Promise<boolean> {
  const result = await tx
    .updateTable('identity.account')
    .set({ totp_used: counter })
    .where('id', '=', id)
    .where('totp_used', '<', counter)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Hashes that more than one account was given, with those of them that may still sign in. */
export async function sharedHashes(db: Db): Promise<{ readonly hash: string; readonly open: readonly AccountId[] }[]> {
  const { rows } = await sql<{ hash: string; open: string[] | null }>`
    select password_hash as hash, array_agg(id) filter (where disabled_at is null) as open
    from identity.account where password_hash is not null group by 1 having count(*) > 1`.execute(db)
  return rows.map(row => ({ hash: row.hash, open: (row.open ?? []) as AccountId[] }))
}
