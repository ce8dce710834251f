// The JSON API of dossiers for other systems: file, look up, withdraw. The same commands as the pages, by token.
import { z } from 'zod'
import { requireSystem, system } from '../../../platform/access/access.ts'
import { type Db, inTransaction, together } from '../../../platform/db/database.ts'
import { AppError } from '../../../platform/errors.ts'
import { json } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { once, requestKey } from '../../../platform/http/request-key.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { isCitizenNumber, isEmail, normalisePhone } from '../../../platform/identifiers.ts'
import { normalise } from '../../../platform/text.ts'
import { upsertPerson } from '../../identity/index.ts'
import { changeDossier, type House, loadForChange } from '../change-dossier.ts'
import { foreignCodeTaken } from '../errors.ts'
import { sayState } from '../say.ts'
import { findByAnyCode, isForeignCodeTaken } from '../store/current.ts'
import { readEntries } from '../store/history.ts'
import { submitDossier } from '../submit/submit-dossier.ts'
import { texts } from '../texts.ts'

const text = (max: number) => z.string().max(max).transform(normalise)
const submitBody = z.strictObject({
  /** Key of the request, a uuid: sending it twice files once. */
  requestKey: z.uuid().toLowerCase(),
  procedure: z.string().max(40),
  applicant: z.strictObject({
    name: text(120).pipe(z.string().min(1)),
    idNumber: z.string().refine(isCitizenNumber, 'not a personal identification number'),
    phone: z
      .string()
      .refine(value => normalisePhone(value) !== null, 'not a phone number')
      .transform(value => normalisePhone(value) ?? value),
    email: z.string().refine(isEmail, 'not an e-mail address').optional(),
  }),
  answers: z.record(z.string().max(100), z.unknown()),
  /** The asking system's own code: each of its codes once, and only it finds a dossier by it. */
  foreignCode: z
    .string()
    .regex(/^[0-9A-Za-z.-]{4,60}$/)
    .optional(),
})
const submitAnswer = z.object({ id: z.uuid(), reference: z.string() })
const dossierAnswer = z.object({
  code: z.string().nullable(),
  reference: z.string(),
  procedure: z.string(),
  state: z.number().int(),
  stateName: z.string(),
  submittedAt: z.string(),
  receivedAt: z.string().nullable(),
  dueAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  returnedAt: z.string().nullable(),
  history: z.array(z.object({ seq: z.number(), type: z.string(), at: z.string(), hash: z.string().optional() })),
})
const withdrawBody = z.strictObject({ requestKey: z.uuid().toLowerCase(), reason: text(4000).pipe(z.string().min(1)) })

/** Decodes a JSON body; 422 with a sentence for each field. */
function decode<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const fields = Object.fromEntries(result.error.issues.map(issue => [issue.path.join('.') || 'body', issue.message]))
  throw new AppError({
    code: 'api.invalid',
    status: 422,
    say: lang => texts(lang)('error.invalid'),
    fields,
    detail: Object.keys(fields).join(' '),
  })
}

export function dossierApi(house: House): Route[] {
  const find = async (db: Db, request: WebRequest, scope: string) => {
    const { agencyId, id: system } = requireSystem(request.actor, scope)
    const dossier = await findByAnyCode(db, { system, code: request.param('code') }, agencyId)
    if (dossier === null) throw notFound('no such dossier for this system')
    return dossier
  }
  return [
    route({
      method: 'POST',
      path: '/api/v1/ho-so',
      access: system('dossier.submit'),
      api: { summary: 'File a dossier', tag: 'dossiers', body: submitBody, status: 201, answer: submitAnswer },
      handle: async request => {
        const actor = requireSystem(request.actor, 'dossier.submit')
        const body = decode(submitBody, request.parts.json)
        const filed = await house.catalogue.current(house.db, body.procedure)
        const key = requestKey(body.requestKey, body)
        const answer = await inTransaction(house.db, tx =>
          once(
            tx,
            actor,
            key,
            request.at,
            async () => undefined,
            async () => {
              const { name, idNumber, phone, email } = body.applicant
              const known = await upsertPerson(
                tx,
                house.keys,
                { kind: 'citizen', name, idNumber, phone, email: email ?? null, birthDate: null, assured: false },
                'office',
                request.at,
              )
              const applicant = { ...known, name }
              const submitted = await submitDossier(house, tx, {
                actor,
                channel: 'national',
                filed,
                answers: body.answers as never,
                papers: [],
                applicant,
                submitterId: null,
                contactPhone: phone,
                contactEmail: email ?? null,
                pointId: null,
                foreign: body.foreignCode === undefined ? null : { system: actor.id, code: body.foreignCode },
                at: request.at,
              })
              return JSON.stringify({ id: submitted.id, reference: submitted.reference })
            },
          ),
        ).catch((error: unknown) => {
          throw isForeignCodeTaken(error) ? foreignCodeTaken() : error
        })
        return json(JSON.parse(answer), 201)
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/ho-so/:code',
      access: system('dossier.read'),
      api: {
        summary: 'Where a dossier stands: by code, reference or the code that the asking system gave',
        tag: 'dossiers',
        answer: dossierAnswer,
      },
      handle: async request => {
        const { dossier, entries } = await together(house.db, async db => {
          const dossier = await find(db, request, 'dossier.read')
          return { dossier, entries: await readEntries(db, dossier.id) }
        })
        const { core } = dossier
        return json({
          code: core.code,
          reference: dossier.reference,
          procedure: dossier.procedureCode,
          state: core.state,
          stateName: sayState(core.state, 'vi'),
          submittedAt: dossier.submittedAt.toISOString(),
          receivedAt: core.receivedAt,
          dueAt: core.dueAt,
          finishedAt: core.finishedAt,
          returnedAt: core.returnedAt,
          history: entries.map(entry => ({ seq: entry.seq, type: entry.type, at: entry.at })),
        })
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/ho-so/:code/rut',
      access: system('dossier.submit'),
      api: {
        summary: 'Withdraw a dossier on the applicant’s request',
        tag: 'dossiers',
        body: withdrawBody,
        answer: dossierAnswer.pick({ reference: true, state: true }),
      },
      handle: async request => {
        const actor = requireSystem(request.actor, 'dossier.submit')
        const body = decode(withdrawBody, request.parts.json)
        const { id, reference } = await find(house.db, request, 'dossier.submit')
        await inTransaction(house.db, tx =>
          once(
            tx,
            actor,
            requestKey(body.requestKey, { id, ...body }),
            request.at,
            () => Promise.all([loadForChange(house, tx, id, null, request.at), readEntries(tx, id)]),
            async ([loaded, entries]) => {
              // A system may only take back what it filed itself.
              const filer = entries[0]?.actor
              if (filer !== `system:${actor.id}`) throw notFound('filed by another')
              await changeDossier(house, tx, loaded, {
                actor,
                at: request.at,
                move: { verb: 'withdraw' },
                facts: { asked: 'api' },
                payload: { reason: body.reason },
              })
              return reference
            },
          ),
        )
        return json({ reference, state: 7 })
      },
    }),
  ]
}
