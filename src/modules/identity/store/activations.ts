// SQL of activation codes, and of what an operator does to an account.
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/db/database.ts'
import type { Account, AccountId } from '../identity.ts'
import { deleteSessionsOf, digestOf } from './sessions.ts'

/** Gives an account a code; an older one ends. */
export async function saveActivation(tx: Tx, accountId: AccountId, code: string, expiresAt: Date): Promise<void> {
  const given = { code: digestOf(code), expires_at: expiresAt }
  await tx
    .insertInto('identity.activation')
    .values({ account_id: accountId, ...given })
    .onConflict(conflict => conflict.column('account_id').doUpdateSet(given))
    .execute()
}

/** Uses up a code; the account it opens, null when it is unknown, used or past its time. */
export async function useActivation(tx: Tx, code: string, at: Date): Promise<AccountId | null> {
  const row = await tx
    .deleteFrom('identity.activation')
    .where('code', '=', digestOf(code))
    .where('expires_at', '>', at)
    .returning('account_id')
    .executeTakeFirst()
  return (row?.account_id as AccountId | undefined) ?? null
}

/** Every session of an account but one ends, and a code that was given out opens nothing. */
export async function endEverywhere(tx: Tx, accountId: AccountId, keepSession: string | null): Promise<void> {
  await tx.deleteFrom('identity.activation').where('account_id', '=', accountId).execute()
  await deleteSessionsOf(tx, accountId, keepSession)
}

/** A new password: every session of the account but one ends, an open code too. `forgetFactor`: the second factor is enrolled anew at the next sign-in. */
export async function savePassword(
  tx: Tx,
  accountId: AccountId,
  passwordHash: string,
  options: { readonly forgetFactor: boolean; readonly keepSession: string | null },
): Promise<void> {
  await tx
    .updateTable('identity.account')
    .set({
      password_hash: passwordHash,
      ...(options.forgetFactor ? { totp: null, totp_used: 0, disabled_at: null } : {}),
    })
    .where('id', '=', accountId)
    .execute()
  await endEverywhere(tx, accountId, options.keepSession)
}

/**
 * A new password for an account that is still open and has the password it was read with; every session ends, the second factor
 * stays. False, and nothing done, when it is not.
 */
export async function replacePassword(
  tx: Tx,
  account: Pick<Account, 'id' | 'passwordHash'>,
  passwordHash: string,
): Promise<boolean> {
  const result = await tx
    .updateTable('identity.account')
    .set({ password_hash: passwordHash })
    .where('id', '=', account.id)
    .where('disabled_at', 'is', null)
    .where(sql<boolean>`password_hash is not distinct from ${account.passwordHash}::text`)
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) return false
  await endEverywhere(tx, account.id, null)
  return true
}

/** Closes an account at once: no sign-in, no session, no code. Only an activation opens it again. */
export async function disableAccount(tx: Tx, accountId: AccountId, at: Date): Promise<void> {
  await tx.updateTable('identity.account').set({ disabled_at: at }).where('id', '=', accountId).execute()
  await endEverywhere(tx, accountId, null)
}

export async function readPasswordHash(db: Db, accountId: AccountId): Promise<string | null> {
  const row = await db
    .selectFrom('identity.account')
    .select('password_hash')
    .where('id', '=', accountId)
    .executeTakeFirst()
  return row?.password_hash ?? null
}
