// What a module declares to the program: its name, migrations, routes, jobs, subscribers and permissions.
import type { Clock } from './clock.ts'
import type { KeyRing } from './crypto/keys.ts'
import type { SealedColumn } from './crypto/reseal.ts'
import type { Db } from './db/database.ts'
import type { Migration } from './db/migrate.ts'
import type { Events, Subscriber } from './events/events.ts'
import type { FileStore } from './files/file-store.ts'
import type { Route } from './http/route.ts'
import type { AnyJob, Schedule } from './jobs/jobs.ts'
import type { Log } from './log.ts'

/** What the house gives to every use case. */
export interface Platform {
  readonly db: Db
  /**
   * For single statements that take effect whatever becomes of the transaction at hand, as the next number of a series in
   * which gaps are allowed: a connection of its own, whose commits do not wait for the disk. Nothing of it is lost that
   * counts: what commits after it takes it to the disk along.
   */
  readonly aside: Db
  readonly events: Events
  readonly clock: Clock
  readonly keys: KeyRing
  readonly files: FileStore
  readonly log: Log
  /** Public address of the installation without a final slash, as it stands in QR codes and messages. */
  readonly publicUrl: () => string
  /** True in the fictional demo province: papers carry the test mark, the mailbox page is open. */
  readonly demo: boolean
}

export interface Module {
  readonly name: string
  readonly migrations?: readonly Migration[]
  readonly routes?: readonly Route[]
  readonly jobs?: readonly AnyJob[]
  readonly schedules?: readonly Schedule[]
  readonly subscribers?: readonly Subscriber[]
  /** Every column that holds something sealed: what a new key must reach. */
  readonly sealed?: readonly SealedColumn[]
  /** Permission → roles that grant it. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>
}
