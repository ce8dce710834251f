// Notices to the applicant after each change that concerns the person: in the app, by e-mail, by SMS where only a phone is known.
import { z } from 'zod'
import { inTransaction } from '../../platform/db/database.ts'
import type { Subscriber } from '../../platform/events/events.ts'
import { formatDateTime } from '../../platform/i18n/format.ts'
import { type NewNotification, notify } from '../notifications/index.ts'
import type { House } from './change-dossier.ts'
import type { DossierId } from './dossier.ts'
import { findDossier, readToken } from './store/current.ts'
import { readEntries, readPayloads } from './store/history.ts'
import type { SubmittedPayload } from './submit/submit-dossier.ts'
import { type DossierTextKey, texts } from './texts.ts'

const factsSchema = z.object({ dossierId: z.string(), seq: z.number(), type: z.string() })

/** Entries a person is told of. */
const TOLD: Readonly<Record<string, DossierTextKey>> = {
  submitted: 'notice.submitted',
  received: 'notice.received',
  refused: 'notice.refused',
  'supplement-requested': 'notice.supplement-requested',
  sealed: 'notice.sealed',
  'result-returned': 'notice.result-returned',
  withdrawn: 'notice.withdrawn',
}

export function tellApplicant(house: House): Subscriber {
  return {
    name: 'dossier.tell-applicant',
    event: 'dossier.changed',
    handle: async event => {
      const { dossierId, seq, type } = factsSchema.parse(event.facts)
      const key = TOLD[type]
      if (key === undefined) return
      const { db, keys } = house
      const dossier = await findDossier(db, dossierId as DossierId)
      const entry = (await readEntries(db, dossierId as DossierId)).find(each => each.seq === seq)
      if (dossier === null || entry === undefined) return
      const payloads = await readPayloads(db, keys, dossier.id)
      const contact = (payloads.get(1) as Partial<SubmittedPayload> | undefined)?.contact ?? {
        phone: null,
        email: null,
      }
      const definition = await house.catalogue.byId(db, dossier.revisionId)
      const t = texts('vi')
      const due = entry.facts.set.dueAt
      const values = {
        procedure: definition.procedure.title.vi,
        code: dossier.core.code ?? dossier.reference,
        due: due == null ? t('notice.no-due') : formatDateTime(new Date(due), 'vi'),
      }
      const subject = t(key, values)
      const text = t('notice.text', { ...values, what: subject })
      const token = await readToken(db, keys, dossier.id)
      const people = [dossier.applicantId, ...(dossier.submitterId === null ? [] : [dossier.submitterId])]
      const notices: NewNotification[] = people.map(person => ({
        key: `${event.id}:app:${person}`,
        channel: 'app',
        address: `person:${person}`,
        subject,
        text,
        href: `/ho-so/${dossier.id}`,
      }))
      const outside = { subject, text, href: `/tra-cuu/${token}` }
      if (contact.email !== null)
        notices.push({ key: `${event.id}:email`, channel: 'email', address: contact.email, ...outside })
      else if (contact.phone !== null)
        notices.push({ key: `${event.id}:sms`, channel: 'sms', address: contact.phone, ...outside })
      await inTransaction(db, tx => notify(tx, keys, notices, house.clock.now()))
    },
  }
}
