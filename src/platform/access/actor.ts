// Who acts: a person at a screen, a system with a token, or the house itself; and what a route demands of them.
import type { Id } from '../id.ts'

/** An officer's post, as the session shows it. */
export interface Post {
  readonly positionId: Id<'position'>
  readonly title: string
  readonly agencyId: Id<'agency'>
  readonly agencyName: string
  readonly unitId: Id<'unit'> | null
  readonly unitName: string | null
  readonly roles: readonly string[]
}

export interface AnonymousActor {
  readonly kind: 'anonymous'
}
export interface CitizenActor {
  readonly kind: 'citizen'
  readonly id: Id<'person'>
  readonly accountId: Id<'account'>
  readonly name: string
}
export interface OfficerActor {
  readonly kind: 'officer'
  readonly id: Id<'officer'>
  readonly accountId: Id<'account'>
  readonly name: string
  /** The post the officer acts in now; an officer may hold several. */
  readonly post: Post
  readonly posts: readonly Post[]
  readonly permissions: ReadonlySet<string>
}
export interface SystemActor {
  readonly kind: 'system'
  readonly id: string
  readonly name: string
  readonly scopes: ReadonlySet<string>
  /** Sees dossiers of this agency only; null: of the whole province. */
  readonly agencyId: Id<'agency'> | null
}

export type Actor = AnonymousActor | CitizenActor | OfficerActor | SystemActor

export const ANONYMOUS: AnonymousActor = { kind: 'anonymous' }

/** The house acting by itself: jobs, imports, set-up. */
export const houseActor = (name: string): SystemActor => ({
  kind: 'system',
  id: `house:${name}`,
  name,
  scopes: new Set(),
  agencyId: null,
})

/** A stable text for logs, request keys and history. */
export function actorKey(actor: Actor): string {
  return actor.kind === 'anonymous' ? 'anonymous' : `${actor.kind}:${actor.id}`
}
