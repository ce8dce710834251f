// Notices to the applicant after each change that concerns the person: in the app, by e-mail, by SMS where only a phone is known.
import { z } from 'zod'
import { type CivilDate, civilDateOf } from '../../platform/calendar/civil.ts'
import { type Db, inTransaction } from '../../platform/db/database.ts'
import type { Subscriber } from '../../platform/events/events.ts'
import { formatDateTime } from '../../platform/i18n/format.ts'
import { fillText, type Lang, local, type TextValues } from '../../platform/i18n/texts.ts'
import { findPerson, type Person, type PersonId, principalsOf } from '../identity/index.ts'
import { type NewNotification, notify } from '../notifications/index.ts'
import { readSetting } from '../organisation/index.ts'
import type { House } from './change-dossier.ts'
import { type DossierId, ON_PAPER } from './dossier.ts'
import { findDossier, readToken } from './store/current.ts'
import { readEntries, readPayload } from './store/history.ts'
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

/** A province may word a notice itself: the dated setting of its name, {vi, en}, with the same {names} in it. */
async function ownWording(db: Db, name: string, on: CivilDate, lang: Lang): Promise<string | null> {
  const setting = await readSetting(db, name, on)
  if (setting === null) return null
  const parsed = z.object({ vi: z.string().min(1), en: z.string().optional() }).safeParse(setting.value)
  return parsed.success ? local(parsed.data, lang) : null
}

const contactOf = (person: Person | null) => ({ phone: person?.phone ?? null, email: person?.email ?? null })

export function tellApplicant(house: House): Subscriber {
  return {
    name: 'dossier.tell-applicant',
    event: 'dossier.changed',
    concerns: ({ facts }) => TOLD[String(facts.type)] !== undefined,
    handle: async event => {
      const { dossierId, seq, type } = factsSchema.parse(event.facts)
      if (TOLD[type] === undefined) return
      const { db, keys } = house
      const dossier = await findDossier(db, dossierId as DossierId)
      const entry = (await readEntries(db, dossierId as DossierId)).find(each => each.seq === seq)
      if (dossier === null || entry === undefined) return
      const key = type === 'submitted' && ON_PAPER.has(dossier.channel) ? 'notice.written-down' : TOLD[type]
      const submitted = (await readPayload(db, keys, dossier.id, 1)) as Partial<SubmittedPayload> | null
      const { applicantId, submitterId } = dossier
      // Whoever filed for another is told as long as the mandate was not revoked.
      const agent = submitterId !== null && (await principalsOf(db, submitterId)).has(applicantId) ? submitterId : null
      const filed: SubmittedPayload['contact'] = submitted?.contact ?? { phone: null, email: null }
      // What stands in the form may be the agent's: after the mandate was revoked only what is known of the person counts.
      const contact =
        submitterId === agent ? filed : { ...filed, ...contactOf(await findPerson(db, keys, applicantId as PersonId)) }
      const definition = await house.catalogue.byId(db, dossier.revisionId)
      const { lang = 'vi' } = contact
      const t = texts(lang)
      const due = entry.facts.set.dueAt
      const values = {
        procedure: local(definition.procedure.title, lang),
        code: dossier.core.code ?? dossier.reference,
        due: due == null ? t('notice.no-due') : formatDateTime(new Date(due), lang),
      }
      const wording = async (name: DossierTextKey, filled: TextValues) => {
        const own = await ownWording(db, name, civilDateOf(house.clock.now()), lang)
        return own === null ? t(name, filled) : fillText(own, filled)
      }
      const subject = await wording(key, values)
      const text = await wording('notice.text', { ...values, what: subject })
      const token = await readToken(db, keys, dossier.id)
      const people = [applicantId, ...(agent === null ? [] : [agent])]
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
