// SQL of authorities, keys, intents and issued documents.
import { sql } from 'kysely'
import { blindIndex, type KeyRing } from '../../../platform/crypto/keys.ts'
import { open, seal } from '../../../platform/crypto/seal.ts'
import type { Db, Tx } from '../../../platform/db/database.ts'
import { statement } from '../../../platform/db/statement.ts'
import { newId } from '../../../platform/id.ts'
import type { HeldKey } from '../ports.ts'

const pem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trim()}\n-----END CERTIFICATE-----\n`
export const derOf = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64'))

export interface AuthorityRow {
  readonly id: string
  readonly name: string
  readonly certificate: Uint8Array
}

export async function trustedAuthorities(tx: Db): Promise<AuthorityRow[]> {
  const rows = await tx
    .selectFrom('signing.authority')
    .select(['id', 'name', 'certificate'])
    .where('trusted', '=', true)
    .execute()
  return rows.map(row => ({ id: row.id, name: row.name, certificate: derOf(row.certificate) }))
}

/** The authority that can issue certificates here, with its key; null when there is none. */
export async function issuingAuthority(tx: Db, ring: KeyRing): Promise<(AuthorityRow & { privateKey: Buffer }) | null> {
  const row = await tx
    .selectFrom('signing.authority')
    .select(['id', 'name', 'certificate', 'private_key'])
    .where('private_key', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  if (row === undefined || row.private_key === null) return null
  return {
    id: row.id,
    name: row.name,
    certificate: derOf(row.certificate),
    privateKey: open(ring, 'signing-key', row.private_key, `authority:${row.id}`),
  }
}

export async function insertAuthority(
  tx: Tx,
  ring: KeyRing,
  authority: { name: string; certificate: Uint8Array; privateKey: Uint8Array | null },
  at: Date,
): Promise<void> {
  const id = newId(at)
  await tx
    .insertInto('signing.authority')
    .values({
      id,
      name: authority.name,
      certificate: pem(authority.certificate),
      private_key:
        authority.privateKey === null ? null : seal(ring, 'signing-key', authority.privateKey, `authority:${id}`),
      trusted: true,
      created_at: at,
    })
    .execute()
}

export async function insertKey(
  tx: Tx,
  ring: KeyRing,
  key: {
    holder: string
    name: string
    certificate: Uint8Array
    issuer: Uint8Array
    privateKey: Uint8Array
    from: Date
    to: Date
  },
  at: Date,
): Promise<void> {
  const id = newId(at)
  await tx
    .insertInto('signing.key')
    .values({
      id,
      holder: key.holder,
      name: key.name,
      certificate: pem(key.certificate) + pem(key.issuer),
      private_key: seal(ring, 'signing-key', key.privateKey, `key:${id}`),
      valid: sql<string>`tstzrange(${key.from}, ${key.to})`,
      created_at: at,
    })
    .execute()
}

const selectKey = statement((db, given: { readonly holder: string; readonly at: Date }) =>
  db
    .selectFrom('signing.key')
    .select(['id', 'holder', 'name', 'certificate', 'private_key'])
    .where('holder', '=', given.holder)
    .where(sql<boolean>`valid @> ${given.at}::timestamptz`),
)

export async function findKey(tx: Db, holder: string, at: Date): Promise<HeldKey | null> {
  const row = await selectKey.first(tx, { holder, at })
  if (row === undefined) return null
  const [own = '', ...issuers] = row.certificate
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter(part => part.trim() !== '')
  return {
    id: row.id,
    holder: row.holder,
    name: row.name,
    certificate: derOf(own),
    chain: issuers.map(derOf),
    sealedPrivateKey: row.private_key,
  }
}

export async function holdersWithKey(tx: Db): Promise<Set<string>> {
  const rows = await tx.selectFrom('signing.key').select('holder').distinct().execute()
  return new Set(rows.map(row => row.holder))
}

export type IntentKind = 'sign' | 'number' | 'seal'

/** What is to be done to a document, written before it is done. */
export interface Intent {
  readonly id: string
  readonly kind: IntentKind
  /** The document, as dossier-document:<id>. */
  readonly owner: string
  readonly holder: string | null
  /** What the act needs, decided by the caller. */
  readonly request: unknown
  readonly state: 'waiting' | 'done' | 'failed'
  /** When it was asked for. */
  readonly at: Date
}

interface IntentRow extends Omit<Intent, 'state' | 'request'> {
  readonly request: Buffer
}

const insertIntentRow = statement((db, given: IntentRow) =>
  db.insertInto('signing.intent').values({
    id: given.id,
    kind: given.kind,
    owner: given.owner,
    holder: given.holder,
    request: given.request,
    state: 'waiting',
    created_at: given.at,
  }),
)

export async function insertIntent(
  tx: Tx,
  ring: KeyRing,
  intent: Omit<Intent, 'state' | 'at'>,
  at: Date,
): Promise<void> {
  const request = seal(ring, 'payload', JSON.stringify(intent.request), `intent:${intent.id}`)
  await insertIntentRow.send(tx, { ...intent, request, at })
}

const selectIntent = statement((db, given: { readonly id: string }) =>
  db
    .selectFrom('signing.intent')
    .select(['id', 'kind', 'owner', 'holder', 'request', 'state', 'created_at'])
    .where('id', '=', given.id),
)

export async function readIntent(tx: Db, ring: KeyRing, id: string): Promise<Intent | null> {
  const row = await selectIntent.first(tx, { id })
  if (row === undefined) return null
  return {
    id: row.id,
    kind: row.kind as IntentKind,
    owner: row.owner,
    holder: row.holder,
    request: JSON.parse(open(ring, 'payload', row.request, `intent:${row.id}`).toString()),
    state: row.state as Intent['state'],
    at: row.created_at,
  }
}

interface OutcomeRow {
  readonly id: string
  readonly at: Date
  readonly state: 'done' | 'failed'
  readonly fileId: string | null
  readonly error: string | null
}

const closeWaiting = statement((db, given: OutcomeRow) =>
  db
    .updateTable('signing.intent')
    .set({ state: given.state, finished_at: given.at, result_file: given.fileId, error: given.error })
    .where('id', '=', given.id)
    .where('state', '=', 'waiting')
    .returning('id'),
)

/** Closes an intent once; false when it was closed before. */
export async function closeIntent(
  tx: Tx,
  id: string,
  outcome: { state: 'done'; fileId: string } | { state: 'failed'; error: string },
  at: Date,
): Promise<boolean> {
  const closed = await closeWaiting.first(tx, {
    id,
    at,
    state: outcome.state,
    fileId: outcome.state === 'done' ? outcome.fileId : null,
    error: outcome.state === 'failed' ? outcome.error.slice(0, 500) : null,
  })
  return closed !== undefined
}

export interface IssuedDocument {
  readonly title: string
  readonly number: string
  readonly issuedOn: string
  readonly agencyName: string
  readonly recalledAt: Date | null
  readonly issuedAt: Date
  readonly sha256: Buffer
}

const issuedTokenIndex = (ring: KeyRing, token: string) => blindIndex(ring, 'issued.token', token)

export async function insertIssued(
  tx: Tx,
  ring: KeyRing,
  issued: Omit<IssuedDocument, 'recalledAt' | 'issuedAt'> & { owner: string; token: string },
  at: Date,
): Promise<void> {
  await tx
    .insertInto('signing.issued')
    .values({
      sha256: issued.sha256,
      token_index: issuedTokenIndex(ring, issued.token),
      owner: issued.owner,
      title: issued.title,
      number: issued.number,
      issued_on: issued.issuedOn,
      agency_name: issued.agencyName,
      issued_at: at,
    })
    .execute()
}

const issuedColumns = ['sha256', 'title', 'number', 'issued_on', 'agency_name', 'recalled_at', 'issued_at'] as const
interface IssuedRow {
  readonly sha256: Buffer
  readonly title: string
  readonly number: string
  readonly issued_on: string
  readonly agency_name: string
  readonly recalled_at: Date | null
  readonly issued_at: Date
}
const toIssued = (row: IssuedRow): IssuedDocument => ({
  title: row.title,
  number: row.number,
  issuedOn: row.issued_on,
  agencyName: row.agency_name,
  recalledAt: row.recalled_at,
  issuedAt: row.issued_at,
  sha256: row.sha256,
})

export async function findIssuedByDigest(tx: Db, sha256: Buffer): Promise<IssuedDocument | null> {
  const row = await tx
    .selectFrom('signing.issued')
    .select(issuedColumns)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row === undefined ? null : toIssued(row)
}

export async function findIssuedByToken(tx: Db, ring: KeyRing, token: string): Promise<IssuedDocument | null> {
  const row = await tx
    .selectFrom('signing.issued')
    .select(issuedColumns)
    .where('token_index', '=', issuedTokenIndex(ring, token))
    .executeTakeFirst()
  return row === undefined ? null : toIssued(row)
}

/** Forgets the files that acts on these owners made; that a document was issued stays known by its digest. */
export async function forgetResults(tx: Tx, owners: readonly string[]): Promise<void> {
  if (owners.length === 0) return
  await tx.updateTable('signing.intent').set({ result_file: null }).where('owner', 'in', owners).execute()
}
