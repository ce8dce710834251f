// A text to an address: written in the caller's transaction, sent by a job, kept with its outcome. Knows no person.
import { sql } from 'kysely'
import { z } from 'zod'
import { takeAttempts } from '../../platform/access/attempts.ts'
import { blindIndex, type KeyRing } from '../../platform/crypto/keys.ts'
import { open, seal } from '../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../platform/db/database.ts'
import { statement } from '../../platform/db/statement.ts'
import { newId } from '../../platform/id.ts'
import { type AnyJob, enqueue, job } from '../../platform/jobs/jobs.ts'
import type { Platform } from '../../platform/module.ts'
import type { Carriers } from './ports.ts'

export type NotificationChannel = 'email' | 'sms' | 'zalo' | 'app'

export interface NewNotification {
  /** Unique: the same notice is written once however often its cause is seen. */
  readonly key: string
  readonly channel: NotificationChannel
  /** E-mail address, phone, or for the app the reader's opaque key. */
  readonly address: string
  readonly subject: string
  readonly text: string
  /** Page of ours the notice is about. */
  readonly href: string
  /** After this instant it says nothing any more and is not sent. Who gives one counts what an address gets. */
  readonly until?: Date
}

interface Content {
  readonly subject: string
  readonly text: string
  readonly href: string
  readonly until?: string
}

const SEND = 'notifications.send'
const addressIndex = (keys: KeyRing, channel: NotificationChannel, address: string) =>
  blindIndex(keys, `notifications.${channel}`, address.toLowerCase())

interface NewMessageRow {
  readonly id: string
  readonly key: string
  readonly channel: NotificationChannel
  readonly address: Buffer
  readonly index: Buffer
  readonly content: Buffer
  readonly state: 'sent' | 'waiting'
  readonly at: Date
  readonly sentAt: Date | null
}

const insertRow = statement((db, given: NewMessageRow) =>
  db
    .insertInto('notifications.message')
    .values({
      id: given.id,
      key: given.key,
      channel: given.channel,
      address: given.address,
      address_index: given.index,
      content: given.content,
      state: given.state,
      created_at: given.at,
      sent_at: given.sentAt,
    })
    .onConflict(conflict => conflict.column('key').doNothing())
    .returning(['id', 'channel']),
)

/** Writes notices and one job that sends those that travel. */
export async function notify(tx: Tx, keys: KeyRing, notices: readonly NewNotification[], at: Date): Promise<void> {
  const written = await Promise.all(
    notices.map(({ key, channel, address, subject, text, href, until }) => {
      const id = newId(at)
      const content: Content = { subject, text, href, ...(until === undefined ? {} : { until: until.toISOString() }) }
      return insertRow.first(tx, {
        id,
        key,
        channel,
        address: seal(keys, 'field', address, `message:${id}:address`),
        index: addressIndex(keys, channel, address),
        content: seal(keys, 'payload', JSON.stringify(content), `message:${id}:content`),
        state: channel === 'app' ? 'sent' : 'waiting',
        at,
        sentAt: channel === 'app' ? at : null,
      })
    }),
  )
  const toSend = written.flatMap(row => (row === undefined || row.channel === 'app' ? [] : [row.id]))
  if (toSend.length > 0) await enqueue(tx, SEND, { ids: toSend })
}

export interface SentMessage {
  readonly id: string
  readonly channel: NotificationChannel
  readonly address: string
  readonly subject: string
  readonly text: string
  readonly href: string
  readonly until?: string
  readonly state: string
  readonly createdAt: Date
  readonly error: string | null
}

const select = (db: Db) =>
  db.selectFrom('notifications.message').select(['id', 'channel', 'address', 'content', 'state', 'created_at', 'error'])
type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number]

function toMessage(keys: KeyRing, row: Row): SentMessage {
  const content: Content = JSON.parse(open(keys, 'payload', row.content, `message:${row.id}:content`).toString())
  return {
    id: row.id,
    channel: row.channel as NotificationChannel,
    address: open(keys, 'field', row.address, `message:${row.id}:address`).toString(),
    ...content,
    state: row.state,
    createdAt: row.created_at,
    error: row.error,
  }
}

/** The newest messages of all channels: what the demo's mailbox page shows. */
export async function recentMessages(db: Db, keys: KeyRing, limit: number): Promise<SentMessage[]> {
  const rows = await select(db).orderBy('created_at', 'desc').limit(limit).execute()
  return rows.map(row => toMessage(keys, row))
}

/** In-app notices of one reader, newest first. */
export async function noticesFor(db: Db, keys: KeyRing, address: string, limit: number): Promise<SentMessage[]> {
  const rows = await select(db)
    .where('address_index', '=', addressIndex(keys, 'app', address))
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => toMessage(keys, row))
}

/** Deletes messages to some addresses, and those whose key begins with one of `about`. Gives how many. */
export async function eraseMessages(
  tx: Tx,
  keys: KeyRing,
  of: {
    readonly addresses: readonly (readonly [channel: NotificationChannel, address: string])[]
    readonly about: readonly string[]
  },
): Promise<number> {
  let erased = 0
  for (const [channel, address] of of.addresses) {
    const index = addressIndex(keys, channel, address)
    const [gone] = await tx
      .deleteFrom('notifications.message')
      .where('channel', '=', channel)
      .where('address_index', '=', index)
      .execute()
    erased += Number(gone?.numDeletedRows ?? 0)
  }
  for (const subject of of.about) {
    const [gone] = await tx
      .deleteFrom('notifications.message')
      // ';' is the sign after ':': a range of the unique index.
      .where('key', '>=', `${subject}:`)
      .where('key', '<', `${subject};`)
      .execute()
    erased += Number(gone?.numDeletedRows ?? 0)
  }
  return erased
}

/** Deletes messages whose key begins with `prefix` and an id made before `before`. */
export async function sweepMessages(db: Db, prefix: string, before: Date): Promise<void> {
  await db
    .deleteFrom('notifications.message')
    .where('key', '>=', prefix)
    // Ids begin with their time (RFC 9562 §5.7).
    .where('key', '<', `${prefix}${newId(before).slice(0, 13)}`)
    .execute()
}

const selectWaiting = statement((db, given: { readonly ids: readonly string[] }) =>
  select(db).where('id', '=', sql<string>`any(${given.ids}::uuid[])`).where('state', '=', 'waiting'),
)

/** It left the house, whatever another run of the job said of it. */
const markSent = statement((db, given: { readonly id: string; readonly at: Date }) =>
  db
    .updateTable('notifications.message')
    .set({ state: 'sent', sent_at: given.at, error: null })
    .where('id', '=', given.id),
)

/** What went wrong, for good (`failed`) or this time (`waiting`); nothing where another run of the job has sent it meanwhile. */
const markFault = statement(
  (db, given: { readonly id: string; readonly state: 'failed' | 'waiting'; readonly error: string }) =>
    db
      .updateTable('notifications.message')
      .set({ state: given.state, error: given.error })
      .where('id', '=', given.id)
      .where('state', '=', 'waiting'),
)

/** What stands at a message that had no way to go. */
export const NO_CARRIER = 'no carrier'

/** What one address gets in a day: who files gives whatever number, and somebody else's telephone rings. A firm's mailbox takes more. */
const A_DAY: Readonly<Record<Exclude<NotificationChannel, 'app'>, number>> = { sms: 30, zalo: 30, email: 200 }
/** What stands at a message that was one too many. */
const TOO_MANY = 'too many to this address today'
/** What stands at a message whose time was over before it left. */
const TOO_LATE = 'too late'

/** Counted at the first try: while the carrier is away the same message comes again and again. */
const isPestered = async (
  { db, keys, clock }: Platform,
  channel: keyof typeof A_DAY,
  { address, error, until }: SentMessage,
): Promise<boolean> =>
  error === null &&
  until === undefined &&
  (await takeAttempts(db, keys, clock.now(), [
    { bucket: `${channel} to ${address}`, limit: A_DAY[channel], windowSeconds: 86_400 },
  ])) > 0

/** The job that hands waiting messages to their carriers; each is marked by itself, so a failure repeats only its own. */
export function sendJob(platform: Platform, carriers: Carriers): AnyJob {
  return job({
    name: SEND,
    schema: z.object({ ids: z.array(z.string()) }),
    outside: true,
    handle: async ({ ids }) => {
      const { db, keys, clock } = platform
      const waiting = await selectWaiting.all(db, { ids })
      let failure: unknown = null
      for (const row of waiting) {
        const message = toMessage(keys, row)
        if (message.channel === 'app') continue
        const carrier = carriers[message.channel]
        if (carrier === null) {
          await markFault.send(db, { id: row.id, state: 'failed', error: NO_CARRIER })
          continue
        }
        if (message.until !== undefined && message.until <= clock.now().toISOString()) {
          await markFault.send(db, { id: row.id, state: 'failed', error: TOO_LATE })
          continue
        }
        if (await isPestered(platform, message.channel, message)) {
          await markFault.send(db, { id: row.id, state: 'failed', error: TOO_MANY })
          continue
        }
        try {
          await carrier.send({
            key: message.id,
            to: message.address,
            subject: message.subject,
            text: `${message.text}\n\n${platform.publicUrl()}${message.href}`,
          })
          await markSent.send(db, { id: row.id, at: clock.now() })
        } catch (error) {
          failure = error
          await markFault.send(db, { id: row.id, state: 'waiting', error: String(error).slice(0, 300) })
        }
      }
      if (failure !== null) throw failure
    },
  })
}
