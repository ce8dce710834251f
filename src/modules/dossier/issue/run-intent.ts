// Does a signature, number or seal that was asked for: outside any transaction, resumed after a crash, told once.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { houseActor } from '../../../platform/access/actor.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError } from '../../../platform/errors.ts'
import { findFile, keepBytes } from '../../../platform/files/file-rows.ts'
import { type AnyJob, job } from '../../../platform/jobs/jobs.ts'
import { fold } from '../../../platform/text.ts'
import { formatDocumentNumber } from '../../records/index.ts'
import { closeIntent, findKey, type Intent, insertIssued, type LetterActs, readIntent } from '../../signing/index.ts'
import { changeDossier, type House, loadForChange } from '../change-dossier.ts'
import type { DossierId } from '../dossier.ts'
import { NOBODY_THERE } from '../errors.ts'
import { findDocument, type ResultDocument, updateDocument } from '../store/documents.ts'

export const RUN_INTENT = 'dossier.run-intent'

const signRequest = z.object({ token: z.string() })
const numberRequest = z.object({ number: z.number(), dated: z.string() })
const STATE_AFTER = { sign: 'signed', number: 'numbered', seal: 'sealed' } as const

/** A fault that trying again will not mend: told to the person at once. */
class Unable extends Error {}

export function runIntentJob(house: House, acts: LetterActs): AnyJob {
  return job({
    name: RUN_INTENT,
    schema: z.object({ intent: z.string(), dossierId: z.string() }),
    handle: async ({ intent: id, dossierId }, attempt) => {
      const intent = await readIntent(house.db, house.keys, id)
      if (intent === null || intent.state !== 'waiting') return
      const at = house.clock.now()
      const documentId = intent.owner.replace(/^dossier-document:/, '')
      const document = await findDocument(house.db, house.keys, documentId)
      if (document === null) throw new Error(`document ${documentId} of intent ${id} does not exist`)
      try {
        const pdf = await doAct(house, acts, {
          kind: intent.kind,
          holder: intent.holder,
          request: intent.request,
          document,
          at,
        })
        await keepAct(house, intent, dossierId as DossierId, document, pdf, at)
      } catch (error) {
        // After the last try the dossier is given back to the person, who sees that it failed and why.
        const reason = whyNot(error)
        if (reason === null && !attempt.last) throw error
        house.log.error({ err: error, intent: id }, 'act on a document failed')
        await giveBack(
          house,
          intent,
          dossierId as DossierId,
          reason ?? 'technical fault, see the log of background jobs',
          at,
        )
      }
    },
  })
}

/** What trying again will not mend; null for the rest. */
function whyNot(error: unknown): string | null {
  if (error instanceof Unable) return error.message
  if (error instanceof AppError && error.parts.code === NOBODY_THERE)
    return `nobody may do what follows: ${error.parts.detail ?? ''}`
  return null
}

/** The finished file, the entry, and for a seal the row that verifying finds: once, whichever worker comes first. */
async function keepAct(
  house: House,
  intent: Intent,
  dossierId: DossierId,
  document: ResultDocument,
  pdf: Uint8Array,
  at: Date,
): Promise<void> {
  const { id, kind, holder, owner } = intent
  const stored = await house.files.write(Readable.from([Buffer.from(pdf)]), 100_000_000)
  await inTransaction(house.db, async tx => {
    const loaded = await loadForChange(house, tx, dossierId, null, at)
    if (loaded.dossier.core.busy !== id) return
    const name = `${fold(document.content.title).replace(/ /g, '-')}.pdf`
    const file = await keepBytes(tx, `dossier:${dossierId}`, stored, name, 'application/pdf', at)
    // Another worker may have done it while this one was thought dead: the first outcome stands.
    if (!(await closeIntent(tx, id, { state: 'done', fileId: file.id }, at))) return
    await updateDocument(tx, house.keys, document.id, { state: STATE_AFTER[kind], fileId: file.id }, at)
    await changeDossier(house, tx, loaded, {
      actor: houseActor('signing'),
      at,
      move: kind === 'seal' ? { verb: 'finish-act', kind, asked: intent.at } : { verb: 'finish-act', kind },
      facts: { intent: id, document: document.id, sha256: stored.sha256.toString('hex'), holder },
    })
    if (kind === 'seal' && document.dated !== null && document.number !== null) {
      await insertIssued(
        tx,
        house.keys,
        {
          sha256: createHash('sha256').update(pdf).digest(),
          token: document.content.verifyToken ?? '',
          owner,
          title: document.content.title,
          number: `${formatDocumentNumber(document.number)}/${document.content.notation}`,
          issuedOn: document.dated,
          agencyName: document.content.agencyName,
        },
        at,
      )
    }
  })
}

async function giveBack(house: House, intent: Intent, dossierId: DossierId, reason: string, at: Date): Promise<void> {
  await inTransaction(house.db, async tx => {
    if (!(await closeIntent(tx, intent.id, { state: 'failed', error: reason }, at))) return
    const loaded = await loadForChange(house, tx, dossierId, null, at)
    await changeDossier(house, tx, loaded, {
      actor: houseActor('signing'),
      at,
      move: { verb: 'fail-act' },
      facts: { intent: intent.id, kind: intent.kind, reason },
    })
  })
}

interface Act {
  readonly kind: 'sign' | 'number' | 'seal'
  readonly holder: string | null
  readonly request: unknown
  readonly document: ResultDocument
  readonly at: Date
}

async function doAct(house: House, acts: LetterActs, act: Act): Promise<Uint8Array> {
  const { document, at } = act
  if (act.kind === 'sign') {
    const { token } = signRequest.parse(act.request)
    const { content } = document
    if (content.signer === null) throw new Unable('no signer')
    const key = await heldKey(house, act.holder, at)
    await inTransaction(house.db, tx =>
      updateDocument(tx, house.keys, document.id, { content: { ...content, verifyToken: token } }, at),
    )
    return acts.sign(
      {
        ...content,
        signer: content.signer,
        qr: `${house.publicUrl()}/xac-minh/${token}`,
        created: at,
        demo: house.demo,
        draft: false,
      },
      key,
      at,
    )
  }
  const file = document.fileId === null ? null : await findFile(house.db, document.fileId)
  const pdf = file === null ? null : await house.files.readAll(file.storeKey)
  if (pdf === null) throw new Error(`the signed file of document ${document.id} is missing`)
  if (act.kind === 'number') {
    const { number, dated } = numberRequest.parse(act.request)
    return acts.number(pdf, formatDocumentNumber(number), dated)
  }
  return acts.seal(pdf, await heldKey(house, act.holder, at), at)
}

async function heldKey(house: House, holder: string | null, at: Date) {
  const key = holder === null ? null : await findKey(house.db, holder, at)
  if (key === null) throw new Unable(`no valid signing key on ${civilDateOf(at)}`)
  return key
}
