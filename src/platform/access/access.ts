// What a route demands of its caller. Every route declares one; a route without it does not compile.
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import type { Actor, CitizenActor, OfficerActor, SystemActor } from './actor.ts'

export type Access =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'citizen' }
  | { readonly kind: 'officer'; readonly permission: string | null }
  | { readonly kind: 'system'; readonly scope: string }

export const anyone: Access = { kind: 'anyone' }
export const signedIn: Access = { kind: 'signed-in' }
export const citizen: Access = { kind: 'citizen' }
/** Any officer in a valid post. */
export const anyOfficer: Access = { kind: 'officer', permission: null }
/** An officer whose acting post grants `permission`. */
export const officer = (permission: string): Access => ({ kind: 'officer', permission })
/** A system whose token carries `scope`. */
export const system = (scope: string): Access => ({ kind: 'system', scope })

export const notSignedIn = () =>
  new AppError({ code: 'access.not-signed-in', status: 401, say: lang => coreTexts(lang)('error.not-signed-in') })
export const forbidden = (detail: string) =>
  new AppError({ code: 'access.forbidden', status: 403, say: lang => coreTexts(lang)('error.forbidden'), detail })

/** Throws 401 or 403 unless the actor satisfies `access`. */
export function requireAccess(access: Access, actor: Actor): void {
  if (access.kind === 'anyone') return
  if (actor.kind === 'anonymous') throw notSignedIn()
  switch (access.kind) {
    case 'signed-in':
      if (actor.kind === 'system') throw forbidden('a person is needed')
      return
    case 'citizen':
      requireCitizen(actor)
      return
    case 'officer':
      requireOfficer(actor, access.permission)
      return
    case 'system':
      requireSystem(actor, access.scope)
  }
}

export function requireCitizen(actor: Actor): CitizenActor {
  if (actor.kind === 'anonymous') throw notSignedIn()
  if (actor.kind !== 'citizen') throw forbidden('a citizen is needed')
  return actor
}

/** Commands call this again: the route's word is not enough. */
export function requireOfficer(actor: Actor, permission: string | null): OfficerActor {
  if (actor.kind === 'anonymous') throw notSignedIn()
  if (actor.kind !== 'officer') throw forbidden('an officer is needed')
  if (permission !== null && !actor.permissions.has(permission)) throw forbidden(`permission ${permission} is needed`)
  return actor
}

export function requireSystem(actor: Actor, scope: string): SystemActor {
  if (actor.kind === 'anonymous') throw notSignedIn()
  if (actor.kind !== 'system') throw forbidden('a system is needed')
  if (!actor.scopes.has(scope)) throw forbidden(`scope ${scope} is needed`)
  return actor
}
