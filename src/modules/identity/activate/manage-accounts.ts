// What an operator does to an account at the command line: invite its holder, close it, end its sessions.
import { type Actor, houseActor } from '../../../platform/access/actor.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { inTransaction, type Tx } from '../../../platform/db/database.ts'
import { newToken } from '../../../platform/id.ts'
import type { Platform } from '../../../platform/module.ts'
import { listOfficers } from '../../organisation/index.ts'
import type { Account, AccountId } from '../identity.ts'
import { isPassword, loginOf } from '../sign-in/sign-in.ts'
import { addLogin, findAccount, findAccountByLogin, insertAccount, sharedHashes } from '../store/accounts.ts'
import { disableAccount, endEverywhere, saveActivation } from '../store/activations.ts'

const DAY = 86_400_000
/** How long a code waits for its holder. */
const ACTIVATION_DAYS = 3

/** Nobody is known by that name. */
export class UnknownLogin extends Error {}

const operator: Actor = houseActor('operator')

/** The account of a login; an officer's is made when first asked for. Throws UnknownLogin. */
async function accountFor(platform: Platform, tx: Tx, text: string, at: Date): Promise<Account> {
  const { kind, login } = loginOf(text)
  const known = await findAccountByLogin(tx, platform.keys, kind, login)
  if (known !== null) return known
  const officer = kind === 'name' ? (await listOfficers(tx)).find(each => each.key.toLowerCase() === login) : undefined
  if (officer === undefined) throw new UnknownLogin(text)
  const id = await insertAccount(tx, { personId: null, officerId: officer.id, passwordHash: null }, at)
  await addLogin(tx, platform.keys, id, kind, login)
  return (await findAccount(tx, id)) as Account
}

/**
 * A code with which the holder of a login sets a password, and enrols the second factor anew: the first sign-in of an
 * officer, and the way back for who lost either. The old password works until the code is used. Throws UnknownLogin.
 */
export async function inviteAccount(platform: Platform, login: string): Promise<{ code: string; expiresAt: Date }> {
  const at = platform.clock.now()
  const code = newToken(128)
  const expiresAt = new Date(at.getTime() + ACTIVATION_DAYS * DAY)
  await inTransaction(platform.db, async tx => {
    const account = await accountFor(platform, tx, login, at)
    await saveActivation(tx, account.id, code, expiresAt)
    await audit(tx, { actor: operator, action: 'identity.invite', subject: `account:${account.id}`, at })
  })
  return { code, expiresAt }
}

/** Closes an account, or only ends its sessions. Throws UnknownLogin. */
export async function stopAccount(platform: Platform, text: string, how: 'disable' | 'end-sessions'): Promise<void> {
  const at = platform.clock.now()
  const { kind, login } = loginOf(text)
  await inTransaction(platform.db, async tx => {
    const account = await findAccountByLogin(tx, platform.keys, kind, login)
    if (account === null) throw new UnknownLogin(text)
    if (how === 'disable') await disableAccount(tx, account.id, at)
    else await endEverywhere(tx, account.id, null)
    await audit(tx, { actor: operator, action: `identity.${how}`, subject: `account:${account.id}`, at })
  })
}

/**
 * The accounts that a password opens: of a list of logins, and of all that were made with one hash, as only a demo's are. Trying
 * each account alone would take minutes in a house of thousands.
 */
export async function openedBy(
  platform: Pick<Platform, 'db' | 'keys'>,
  logins: readonly string[],
  password: string,
): Promise<readonly AccountId[]> {
  const { db, keys } = platform
  const opened = new Set<AccountId>()
  for (const { hash, open } of await sharedHashes(db))
    if (open.length > 0 && (await isPassword(hash, password))) for (const id of open) opened.add(id)
  for (const text of logins) {
    const { kind, login } = loginOf(text)
    const account = await findAccountByLogin(db, keys, kind, login)
    if (account === null || account.disabled || account.passwordHash === null || opened.has(account.id)) continue
    if (await isPassword(account.passwordHash, password)) opened.add(account.id)
  }
  return [...opened]
}

/** Closes accounts, whoever holds them. */
export async function closeAccounts(platform: Platform, ids: readonly AccountId[]): Promise<void> {
  const at = platform.clock.now()
  await inTransaction(platform.db, async tx => {
    for (const id of ids) {
      await disableAccount(tx, id, at)
      await audit(tx, { actor: operator, action: 'identity.disable', subject: `account:${id}`, at })
    }
  })
}
