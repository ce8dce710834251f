// A repeated command is harmless: the first run leaves its answer under (actor, key), a repeat reads it back.
import { createHash } from 'node:crypto'
import { type Actor, actorKey } from '../access/actor.ts'
import type { Db, Tx } from '../db/database.ts'
import { statement } from '../db/statement.ts'
import { AppError } from '../errors.ts'
import { coreTexts } from '../i18n/core-texts.ts'
import { isId } from '../id.ts'

/** What makes a command repeatable: the form's hidden key and a digest of everything that was sent with it. */
export interface RequestKey {
  readonly key: string
  readonly digest: Buffer
}

/** Reads a form's key; throws 422 when it is absent or not ours. */
export function requestKey(key: string, body: unknown): RequestKey {
  if (!isId(key))
    throw new AppError({ code: 'http.request-key', status: 422, say: lang => coreTexts(lang)('error.request-key') })
  return { key, digest: createHash('sha256').update(JSON.stringify(body)).digest() }
}

const claim = statement(
  (db, given: { readonly actor: string; readonly key: string; readonly digest: Buffer; readonly at: Date }) =>
    db
      .insertInto('platform.request')
      .values({ actor: given.actor, key: given.key, digest: given.digest, answer: '', at: given.at })
      .onConflict(conflict => conflict.doNothing())
      .returning('key'),
)
const keepAnswer = statement((db, given: { readonly actor: string; readonly key: string; readonly answer: string }) =>
  db
    .updateTable('platform.request')
    .set({ answer: given.answer })
    .where('actor', '=', given.actor)
    .where('key', '=', given.key),
)

/**
 * Runs `work` unless this actor's key was used before; then returns the first answer. The same key with another body
 * throws 409. Two at once: the second waits for the first on the unique key. `ahead` reads and locks what `work` will
 * need; it is sent together with the claim, behind it, and counts for nothing in a repeat.
 */
export async function once<Ahead>(
  tx: Tx,
  actor: Actor,
  key: RequestKey,
  at: Date,
  ahead: () => Promise<Ahead>,
  work: (ahead: Ahead) => Promise<string>,
): Promise<string> {
  const who = actorKey(actor)
  const claiming = claim.first(tx, { actor: who, key: key.key, digest: key.digest, at })
  const reading = ahead()
  reading.catch(() => undefined)
  const claimed = await claiming
  if (claimed === undefined) {
    const first = await tx
      .selectFrom('platform.request')
      .select(['digest', 'answer'])
      .where('actor', '=', who)
      .where('key', '=', key.key)
      .executeTakeFirstOrThrow()
    if (!first.digest.equals(key.digest))
      throw new AppError({
        code: 'http.request-reused',
        status: 409,
        say: lang => coreTexts(lang)('error.request-reused'),
      })
    return first.answer
  }
  const answer = await work(await reading)
  await keepAnswer.send(tx, { actor: who, key: key.key, answer })
  return answer
}

/** Forgets keys older than `before`: a form that old is answered by its page being out of date. */
export async function purgeRequests(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('platform.request').where('at', '<', before).execute()
}
