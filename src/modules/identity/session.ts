// From a cookie to an actor: what the server asks for every request, and how a session begins.

import { forbidden } from '../../platform/access/access.ts'
import type { Actor, OfficerActor, Post } from '../../platform/access/actor.ts'
import { audit } from '../../platform/audit/audit.ts'
import { civilDateOf } from '../../platform/calendar/civil.ts'
import type { Db, Tx } from '../../platform/db/database.ts'
import { readVersion } from '../../platform/db/versions.ts'
import { AppError } from '../../platform/errors.ts'
import type { CookieChange } from '../../platform/http/answer.ts'
import { type Identified, NOBODY, type WebRequest } from '../../platform/http/request.ts'
import { SESSION_COOKIE } from '../../platform/http/server.ts'
import { type Id, newToken } from '../../platform/id.ts'
import type { Platform } from '../../platform/module.ts'
import { findOfficer, postsOfOfficer } from '../organisation/index.ts'
import { noPost, stepExpired } from './errors.ts'
import { type Account, SECOND_FACTOR_ROLES } from './identity.ts'
import { findAccount, isUnchanged } from './store/accounts.ts'
import { findPerson } from './store/people.ts'
import {
  deleteSession,
  insertSession,
  readSession,
  readToken,
  refreshActor,
  type StoredActor,
  touchSession,
} from './store/sessions.ts'

const CITIZEN_HOURS = 12
const OFFICER_HOURS = 10
/** However busy, a session ends after so many hours. */
const LONGEST_HOURS = 24
const TOUCH_MS = 60_000

/** Role → permissions it grants, joined from all modules. */
export type PermissionMap = ReadonlyMap<string, ReadonlySet<string>>

const expiry = (actor: StoredActor, at: Date) =>
  new Date(at.getTime() + (actor.kind === 'officer' ? OFFICER_HOURS : CITIZEN_HOURS) * 3_600_000)

function toActor(
  stored: StoredActor,
  positionId: string | null,
  permissions: PermissionMap,
  secondFactor: boolean,
): Actor {
  if (stored.kind === 'citizen') {
    return {
      kind: 'citizen',
      id: stored.id as Id<'person'>,
      accountId: stored.accountId as Id<'account'>,
      name: stored.name,
    }
  }
  // A powerful post that was given during a session opens only after the second factor was shown.
  const posts = (stored.posts as readonly Post[]).filter(
    post => secondFactor || !post.roles.some(role => SECOND_FACTOR_ROLES.includes(role)),
  )
  const post = posts.find(each => each.positionId === positionId) ?? posts[0]
  if (post === undefined) return { kind: 'anonymous' }
  const granted = new Set(post.roles.flatMap(role => [...(permissions.get(role) ?? [])]))
  const actor: OfficerActor = {
    kind: 'officer',
    id: stored.id as Id<'officer'>,
    accountId: stored.accountId as Id<'account'>,
    name: stored.name,
    post,
    posts,
    permissions: granted,
  }
  return actor
}

/** Reads who an account is today. Throws 403 for an officer without a post. */
async function storedActorOf(platform: Platform, db: Db, account: Account, at: Date): Promise<StoredActor> {
  if (account.personId !== null) {
    const person = await findPerson(db, platform.keys, account.personId)
    return { kind: 'citizen', id: account.personId, accountId: account.id, name: person?.name ?? '' }
  }
  const officerId = account.officerId as Id<'officer'>
  const [officer, posts] = await Promise.all([
    findOfficer(db, officerId),
    postsOfOfficer(db, officerId, civilDateOf(at)),
  ])
  if (officer === null || posts.length === 0) throw noPost()
  const kept = posts.map(({ positionId, title, agencyId, agencyName, unitId, unitName, roles }) => ({
    positionId,
    title,
    agencyId,
    agencyName,
    unitId,
    unitName,
    roles,
  }))
  return { kind: 'officer', id: officerId, accountId: account.id, name: officer.name, posts: kept, on: civilDateOf(at) }
}

/** The reader that platform/http calls once a request: cookie of a person or bearer token of a system. */
export function identifier(platform: Platform, permissions: PermissionMap) {
  return async (credentials: { cookie: string | null; bearer: string | null }, at: Date): Promise<Identified> => {
    const { db } = platform
    if (credentials.cookie === null) {
      const token = credentials.bearer === null ? undefined : await readToken(db, credentials.bearer, at)
      if (token === undefined) return NOBODY
      return {
        sessionId: null,
        actor: {
          kind: 'system',
          id: token.public_id,
          name: token.name,
          scopes: new Set(token.scopes),
          agencyId: token.agency_id as Id<'agency'> | null,
        },
      }
    }
    const session = await readSession(db, credentials.cookie, at)
    if (session === null) return NOBODY
    let stored = session.actor
    const outdated = stored.kind === 'officer' && stored.on !== civilDateOf(at)
    if (session.actorVersion !== session.currentVersion || outdated) {
      const account = await findAccount(db, session.accountId)
      if (account === null) return NOBODY
      try {
        stored = await storedActorOf(platform, db, account, at)
      } catch (error) {
        // An officer who lost the last post is nobody until given another.
        if (error instanceof AppError) return NOBODY
        throw error
      }
      await refreshActor(db, session.publicId, stored, session.currentVersion, session.positionId)
    }
    if (at.getTime() - session.seenAt.getTime() > TOUCH_MS) {
      const end = new Date(session.createdAt.getTime() + LONGEST_HOURS * 3_600_000)
      const next = expiry(stored, at)
      await touchSession(db, session.publicId, at, next < end ? next : end)
    }
    return {
      sessionId: session.publicId,
      actor: toActor(stored, session.positionId, permissions, session.secondFactor),
    }
  }
}

/**
 * How somebody showed who it is: the own password, a code after it, the national eID, a new account just made; and the code sent to
 * a contact, which opens no session by itself.
 */
export type SignInFactor = 'password' | 'code' | 'eid' | 'register' | 'contact'

/**
 * Begins a session and gives the cookie that carries it. The session that the browser had before ends: nobody goes on
 * under an older cookie. One row of the audit log says who, how and from where. Throws 410 when the account is no longer as
 * it was checked, 403 for an officer without a post or a second factor that was not shown.
 */
export async function openSession(
  platform: Platform,
  db: Tx,
  request: WebRequest,
  options: { account: Account; factor: SignInFactor },
): Promise<CookieChange> {
  const { account, factor } = options
  const { at } = request
  // The version first: a change that commits in between is then seen at the next request. A password that was changed, or an
  // account that was closed, since it was checked opens nothing: whoever does that ends the sessions there are.
  const [unchanged, actorVersion, actor] = await Promise.all([
    isUnchanged(db, account),
    readVersion(db, 'access'),
    storedActorOf(platform, db, account, at),
  ])
  if (!unchanged) throw stepExpired()
  // Whatever way in: who has a second factor, or a post that must have one, shows it. The eID asks for two itself.
  const powerful =
    actor.kind === 'officer' && actor.posts.some(post => post.roles.some(role => SECOND_FACTOR_ROLES.includes(role)))
  const shown = factor === 'code' || (factor === 'eid' && !powerful)
  if ((account.hasSecondFactor || powerful) && !shown) throw forbidden('the second factor was not shown')
  const cookie = newToken(256)
  const expiresAt = expiry(actor, at)
  if (request.identified.sessionId !== null) await deleteSession(db, request.identified.sessionId)
  await insertSession(db, {
    cookie,
    accountId: account.id,
    positionId: actor.kind === 'officer' ? (actor.posts[0]?.positionId ?? null) : null,
    device: deviceName(request),
    secondFactor: factor === 'code',
    actor,
    actorVersion,
    at,
    expiresAt,
  })
  await logSignIn(db, request, { subject: `account:${account.id}`, outcome: 'signed-in', factor })
  return {
    name: SESSION_COOKIE,
    value: cookie,
    maxAgeSeconds: Math.floor((expiresAt.getTime() - at.getTime()) / 1000),
  }
}

/** What became of a try to sign in; the login itself is not written down. */
export async function logSignIn(
  db: Db,
  request: WebRequest,
  fact: {
    readonly subject: string
    readonly outcome: 'signed-in' | 'half-way' | 'refused' | 'signed-out'
    readonly factor?: SignInFactor
  },
): Promise<void> {
  await audit(db, {
    actor: request.actor,
    action: `identity.${fact.outcome}`,
    subject: fact.subject,
    at: request.at,
    facts: { factor: fact.factor ?? null },
    request: request.parts,
  })
}

/** A name for a device from its user agent: the system and the browser, nothing finer. */
function deviceName(request: WebRequest): string {
  const agent = request.parts.headers['user-agent'] ?? ''
  const systems: [RegExp, string][] = [
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Windows/, 'Windows'],
    [/Mac OS/, 'macOS'],
    [/Linux/, 'Linux'],
  ]
  const browsers: [RegExp, string][] = [
    [/Edg\//, 'Edge'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1]
  return [find(browsers), find(systems)].filter(Boolean).join(' · ') || '?'
}

export const closedSession: CookieChange = { name: SESSION_COOKIE, value: null, maxAgeSeconds: 0 }
