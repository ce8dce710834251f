// The applicant as a clerk at the counter writes it down.
import { signedIn } from '../../../platform/access/access.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { isCitizenNumber, isEmail, normalisePhone } from '../../../platform/identifiers.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Radios } from '../../../platform/view/components/radios/radios.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import type { Definition } from '../../catalogue/index.ts'
import type { House } from '../change-dossier.ts'
import { changeDraft, type Draft } from '../store/drafts.ts'
import { texts } from '../texts.ts'
import { openDraft } from './draft-access.ts'
import { prefilled } from './prefill.ts'

/** The applicant as a clerk writes it down; kept among the answers under a name no form field can have. */
export const APPLICANT = '_nguoi-nop'
interface CounterApplicant {
  readonly 'ho-ten': string
  readonly 'so-dinh-danh': string
  readonly 'dien-thoai': string
  readonly email: string
  readonly kenh: string
}

export function applicantRoutes(house: House): Route[] {
  const opened = async (request: WebRequest) => {
    const draft = await openDraft(house, request)
    return { draft, definition: await house.catalogue.byId(house.db, draft.revisionId) }
  }
  return [
    route({
      method: 'GET',
      path: '/ban-nhap/:id/nguoi-nop',
      access: signedIn,
      handle: async request => {
        const { draft, definition } = await opened(request)
        if (request.actor.kind !== 'officer') throw notFound()
        return drawApplicant(request, draft, definition, applicantOf(draft), {}, 200)
      },
    }),
    route({
      method: 'POST',
      path: '/ban-nhap/:id/nguoi-nop',
      access: signedIn,
      handle: async request => {
        const { draft, definition } = await opened(request)
        if (request.actor.kind !== 'officer') throw notFound()
        const { form } = request
        const applicant: CounterApplicant = {
          'ho-ten': form.text('ho-ten'),
          'so-dinh-danh': form.text('so-dinh-danh').replace(/\s/g, ''),
          'dien-thoai': normalisePhone(form.text('dien-thoai')) ?? form.text('dien-thoai'),
          email: form.text('email'),
          kenh: form.text('kenh') === 'post' ? 'post' : 'counter',
        }
        const errors = applicantFaults(applicant, request.lang)
        if (Object.keys(errors).length > 0) return drawApplicant(request, draft, definition, applicant, errors, 422)
        // What the clerk typed here is not asked again where the form asks for the same; what is written there stays.
        const known =
          definition.form === null
            ? {}
            : prefilled(definition.form, {
                name: applicant['ho-ten'],
                idNumber: applicant['so-dinh-danh'],
                birthDate: null,
                phone: applicant['dien-thoai'],
                email: applicant.email === '' ? null : applicant.email,
              })
        await inTransaction(house.db, tx =>
          changeDraft(tx, house.keys, draft, request.at, ({ answers }) => ({
            answers: { ...known, ...answers, [APPLICANT]: { ...applicant } },
          })),
        )
        return redirect(`/ban-nhap/${draft.id}/trang/${definition.form?.pages[0]?.id}`)
      },
    }),
  ]
}

export function applicantOf(draft: Draft): CounterApplicant {
  const kept = draft.content.answers[APPLICANT] as unknown as CounterApplicant | undefined
  return kept ?? { 'ho-ten': '', 'so-dinh-danh': '', 'dien-thoai': '', email: '', kenh: 'counter' }
}

export function applicantFaults(applicant: CounterApplicant, lang: Lang): FieldErrors {
  const t = texts(lang)
  const errors: Record<string, string> = {}
  if (applicant['ho-ten'] === '' || applicant['ho-ten'].length > 120) errors['ho-ten'] = t('error.name')
  if (!isCitizenNumber(applicant['so-dinh-danh'])) errors['so-dinh-danh'] = t('error.id-number')
  if (normalisePhone(applicant['dien-thoai']) === null) errors['dien-thoai'] = t('error.phone')
  if (applicant.email !== '' && !isEmail(applicant.email)) errors.email = t('error.email')
  return errors
}

function drawApplicant(
  request: WebRequest,
  draft: Draft,
  definition: Definition,
  applicant: CounterApplicant,
  errors: FieldErrors,
  status: number,
): Answer {
  const t = texts(request.lang)
  return page({
    title: t('applicant.title'),
    status,
    frame: 'desk',
    noIndex: true,
    body: (
      <div class="column">
        <FormErrors errors={errors} lang={request.lang} />
        <p class="progress">{local(definition.procedure.title, request.lang)}</p>
        <h1>{t('applicant.title')}</h1>
        <form method="post" action={`/ban-nhap/${draft.id}/nguoi-nop`} noValidate>
          <TextInput
            id="ho-ten"
            name="ho-ten"
            label={t('applicant.name')}
            value={applicant['ho-ten']}
            error={errors['ho-ten']}
          />
          <TextInput
            id="so-dinh-danh"
            name="so-dinh-danh"
            label={t('applicant.id-number')}
            value={applicant['so-dinh-danh']}
            error={errors['so-dinh-danh']}
            inputmode="numeric"
            width="medium"
          />
          <TextInput
            id="dien-thoai"
            name="dien-thoai"
            label={t('applicant.phone')}
            value={applicant['dien-thoai']}
            error={errors['dien-thoai']}
            type="tel"
            width="medium"
          />
          <TextInput
            id="email"
            name="email"
            label={t('applicant.email')}
            value={applicant.email}
            error={errors.email}
            type="email"
          />
          <Radios
            id="kenh"
            name="kenh"
            legend={t('applicant.channel')}
            value={applicant.kenh}
            items={[
              { value: 'counter', label: t('channel.counter') },
              { value: 'post', label: t('channel.post') },
            ]}
          />
          <Button text={t('apply.continue')} />
        </form>
      </div>
    ),
  })
}
