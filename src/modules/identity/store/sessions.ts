// SQL of sessions and tokens of systems. The cookie itself is never stored, only its digest.
import { createHash } from 'node:crypto'
import type { Db } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { type Id, isId, newId } from '../../../platform/id.ts'
import type { AccountId } from '../identity.ts'

export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** The actor as kept in a session row: everything but permissions, which are computed. */
export type StoredActor =
  | { readonly kind: 'citizen'; readonly id: string; readonly accountId: string; readonly name: string }
  | {
      readonly kind: 'officer'
      readonly id: string
      readonly accountId: string
      readonly name: string
      readonly posts: readonly StoredPost[]
      /** The day for which the posts were read: posts begin and end by date. */
      readonly on: string
    }

export interface StoredPost {
  readonly positionId: string
  readonly title: string
  readonly agencyId: string
  readonly agencyName: string
  readonly unitId: string | null
  readonly unitName: string | null
  readonly roles: readonly string[]
}

export interface SessionRow {
  readonly publicId: string
  readonly accountId: AccountId
  readonly positionId: string | null
  readonly createdAt: Date
  readonly secondFactor: boolean
  readonly seenAt: Date
  readonly actor: StoredActor
  /** The actor was read under this access version … */
  readonly actorVersion: number
  /** … and this is the version now. */
  readonly currentVersion: number
}

const selectLive = statement((db, given: { readonly id: Buffer; readonly at: Date }) =>
  db
    .selectFrom('identity.session as s')
    .innerJoin('identity.account as a', 'a.id', 's.account_id')
    .innerJoin('platform.version as v', join => join.on('v.name', '=', 'access'))
    .select([
      's.public_id',
      's.account_id',
      's.position_id',
      's.created_at',
      's.second_factor',
      's.seen_at',
      's.actor',
      's.actor_version',
      'v.value',
    ])
    .where('s.id', '=', given.id)
    .where('s.expires_at', '>', given.at)
    .where('a.disabled_at', 'is', null),
)

/** One statement: the live session of a cookie with today's access version. */
export async function readSession(db: Db, cookie: string, at: Date): Promise<SessionRow | null> {
  const row = await selectLive.first(db, { id: digestOf(cookie), at })
  if (row === undefined) return null
  return {
    publicId: row.public_id,
    accountId: row.account_id as AccountId,
    positionId: row.position_id,
    createdAt: row.created_at,
    secondFactor: row.second_factor,
    seenAt: row.seen_at,
    actor: row.actor as unknown as StoredActor,
    actorVersion: row.actor_version,
    currentVersion: row.value,
  }
}

export interface NewSession {
  readonly cookie: string
  readonly accountId: AccountId
  readonly positionId: string | null
  readonly device: string
  readonly secondFactor: boolean
  readonly actor: StoredActor
  readonly actorVersion: number
  readonly at: Date
  readonly expiresAt: Date
}

interface NewSessionRow {
  readonly id: Buffer
  readonly publicId: string
  readonly accountId: string
  readonly positionId: string | null
  readonly at: Date
  readonly expiresAt: Date
  readonly device: string
  readonly secondFactor: boolean
  readonly actor: string
  readonly actorVersion: number
}

const insertRow = statement((db, given: NewSessionRow) =>
  db.insertInto('identity.session').values({
    id: given.id,
    public_id: given.publicId,
    account_id: given.accountId,
    position_id: given.positionId,
    created_at: given.at,
    seen_at: given.at,
    expires_at: given.expiresAt,
    device: given.device,
    second_factor: given.secondFactor,
    actor: given.actor,
    actor_version: given.actorVersion,
  }),
)

export async function insertSession(db: Db, session: NewSession): Promise<void> {
  const { cookie, at, device, actor, ...rest } = session
  await insertRow.send(db, {
    ...rest,
    id: digestOf(cookie),
    publicId: newId(at),
    at,
    device: device.slice(0, 200),
    actor: JSON.stringify(actor),
  })
}

export async function touchSession(db: Db, publicId: string, at: Date, expiresAt: Date): Promise<void> {
  await db
    .updateTable('identity.session')
    .set({ seen_at: at, expires_at: expiresAt })
    .where('public_id', '=', publicId)
    .execute()
}

export async function refreshActor(
  db: Db,
  publicId: string,
  actor: StoredActor,
  version: number,
  positionId: string | null,
): Promise<void> {
  await db
    .updateTable('identity.session')
    .set({ actor: JSON.stringify(actor), actor_version: version, position_id: positionId })
    .where('public_id', '=', publicId)
    .execute()
}

export async function setActingPosition(db: Db, publicId: string, positionId: string): Promise<void> {
  await db.updateTable('identity.session').set({ position_id: positionId }).where('public_id', '=', publicId).execute()
}

export async function listSessions(db: Db, accountId: AccountId, at: Date) {
  return db
    .selectFrom('identity.session')
    .select(['public_id', 'device', 'created_at', 'seen_at'])
    .where('account_id', '=', accountId)
    .where('expires_at', '>', at)
    .orderBy('seen_at', 'desc')
    .limit(50)
    .execute()
}

const deleteRow = statement((db, given: { readonly publicId: string }) =>
  db.deleteFrom('identity.session').where('public_id', '=', given.publicId),
)

export async function deleteSession(db: Db, publicId: string): Promise<void> {
  await deleteRow.send(db, { publicId })
}

/** Ends one session of an account; false when the account has none of that id. */
export async function deleteSessionOf(db: Db, accountId: AccountId, publicId: string): Promise<boolean> {
  const result = await db
    .deleteFrom('identity.session')
    .where('public_id', '=', publicId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Ends the sessions of an account, except one where given. */
export async function deleteSessionsOf(db: Db, accountId: AccountId, except: string | null): Promise<void> {
  await db
    .deleteFrom('identity.session')
    .where('account_id', '=', accountId)
    .$if(except !== null, query => query.where('public_id', '<>', except))
    .execute()
}

export async function deleteExpiredSessions(db: Db, at: Date): Promise<void> {
  await db.deleteFrom('identity.session').where('expires_at', '<', at).execute()
}

const selectToken = statement((db, given: { readonly id: Buffer; readonly at: Date }) =>
  db
    .selectFrom('identity.token')
    .select(['public_id', 'name', 'scopes', 'agency_id'])
    .where('id', '=', given.id)
    .where('expires_at', '>', given.at)
    .where('revoked_at', 'is', null),
)

export async function readToken(db: Db, token: string, at: Date) {
  return selectToken.first(db, { id: digestOf(token), at })
}

export interface NewToken {
  readonly token: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly agencyId: Id<'agency'> | null
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertToken(db: Db, token: NewToken): Promise<void> {
  await db
    .insertInto('identity.token')
    .values({
      id: digestOf(token.token),
      public_id: newId(token.at),
      name: token.name,
      scopes: [...token.scopes],
      agency_id: token.agencyId,
      created_at: token.at,
      expires_at: token.expiresAt,
    })
    .execute()
}

/** Every token that was given, newest first; never the secret. */
export async function listTokens(db: Db) {
  const rows = await db
    .selectFrom('identity.token')
    .select(['public_id', 'name', 'scopes', 'agency_id', 'expires_at', 'revoked_at'])
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(row => ({
    publicId: row.public_id,
    name: row.name,
    scopes: row.scopes,
    agencyId: row.agency_id as Id<'agency'> | null,
    expiresAt: row.expires_at,
    revoked: row.revoked_at !== null,
  }))
}

/** Ends a token; false when there is none that is still good. */
export async function revokeToken(db: Db, publicId: string, at: Date): Promise<boolean> {
  if (!isId(publicId)) return false
  const result = await db
    .updateTable('identity.token')
    .set({ revoked_at: at })
    .where('public_id', '=', publicId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
