// One page of the form: asked, decoded, saved with each step, faults beside their fields.
import { signedIn } from '../../../platform/access/access.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { AppError } from '../../../platform/errors.ts'
import { filesByIds, MAX_UPLOAD_BYTES } from '../../../platform/files/file-rows.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import type { Definition } from '../../catalogue/index.ts'
import {
  type Answers,
  checkPage,
  decodePage,
  type Form,
  FormFields,
  type FormPage,
  lookUp,
  sayFaults,
  visiblePages,
  withComputed,
} from '../../forms/index.ts'
import type { House } from '../change-dossier.ts'
import { changeDraft, type Draft, type DraftContent, type DraftFile } from '../store/drafts.ts'
import { placesContext } from '../submit/places.ts'
import { competentAgency, InvalidDossier } from '../submit/submit-dossier.ts'
import { texts } from '../texts.ts'
import { admitFiles } from './brake.ts'
import { filesWith, keepForDraft, openDraft } from './draft-access.ts'

export function pageRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/ban-nhap/:id/trang/:page',
      access: signedIn,
      handle: async request => {
        const { draft, definition, form, current } = await open(house, request)
        return draw(house, request, {
          draft,
          definition,
          form,
          current,
          answers: draft.content.answers,
          errors: {},
          status: 200,
        })
      },
    }),
    route({
      method: 'POST',
      path: '/ban-nhap/:id/trang/:page',
      access: signedIn,
      maxUploadBytes: MAX_UPLOAD_BYTES,
      admit: request => admitFiles(house, request),
      handle: async request => {
        const { draft, definition, form, current } = await open(house, request)
        const edited = editGroups(current, decodePage(current, request.form), request)
        const stay = edited.changed || request.form.has('_xa')
        const kept = await keepFiles(house, request, current, draft)
        const filledIn = (content: DraftContent, files: readonly DraftFile[]) => {
          const answers = { ...content.answers, ...edited.answers, ...fileAnswers(current, files) }
          return { files, answers: withComputed(form, answers) }
        }
        const { answers } = filledIn(draft.content, [...draft.content.files, ...kept.files])
        const places = await placesContext(house.db, answers, request.at)
        const faults = stay
          ? {}
          : checkPage(current, answers, { today: civilDateOf(request.at), communeIn: places.communeIn })
        const errors = {
          ...sayFaults(faults, request.lang, form),
          ...(stay ? {} : await placeFaults(house, request, definition, current, answers)),
          ...kept.errors,
        }
        const clean = !stay && Object.keys(errors).length === 0
        // Saved also with faults: what was typed stays, only "done" waits.
        await inTransaction(house.db, async tx => {
          const files = await filesWith(house, tx, draft, kept.files)
          return changeDraft(tx, house.keys, draft, request.at, content => ({
            ...filledIn(content, files),
            done: [...content.done.filter(id => id !== current.id), ...(clean ? [current.id] : [])],
          }))
        })
        // Who saves for later is let go, whatever is missing: the list of parts says so.
        if (request.form.has('_luu') && Object.keys(kept.errors).length === 0) return redirect(`/ban-nhap/${draft.id}`)
        if (!clean)
          return draw(house, request, { draft, definition, form, current, answers, errors, status: stay ? 200 : 422 })
        const pages = visiblePages(form, answers)
        const next = pages[pages.findIndex(each => each.id === current.id) + 1]
        if (request.query('ve') === 'kiem-tra') return redirect(`/ban-nhap/${draft.id}/kiem-tra`)
        return redirect(next === undefined ? `/ban-nhap/${draft.id}/giay-to` : `/ban-nhap/${draft.id}/trang/${next.id}`)
      },
    }),
  ]
}

async function open(house: House, request: WebRequest) {
  const draft = await openDraft(house, request)
  const definition = await house.catalogue.byId(house.db, draft.revisionId)
  const form = definition.form
  const current =
    form === null
      ? undefined
      : visiblePages(form, draft.content.answers).find(each => each.id === request.param('page'))
  if (form === null || current === undefined) throw notFound('no such page')
  return { draft, definition, form, current }
}

/** The place that decides who is competent must lie in this province: said on its own page, not at the end. */
async function placeFaults(
  house: House,
  request: WebRequest,
  definition: Definition,
  current: FormPage,
  answers: Answers,
): Promise<FieldErrors> {
  const place = definition.procedure.agency?.place
  if (
    place === undefined ||
    !current.fields.some(field => field.id === place.split('.')[0]) ||
    typeof lookUp(answers, place) !== 'string' ||
    lookUp(answers, place) === ''
  )
    return {}
  try {
    await competentAgency(house.db, definition, answers, request.at)
    return {}
  } catch (error) {
    if (error instanceof InvalidDossier) return sayFaults(error.faults, request.lang)
    throw error
  }
}

/** "Add an entry" and "Remove entry n": the page comes back with one more or one less. */
function editGroups(current: FormPage, answers: Answers, request: WebRequest): { answers: Answers; changed: boolean } {
  const add = request.form.text('_them')
  const [removeFrom = '', removeAt = ''] = request.form.text('_bo').split('.')
  const group = current.fields.find(field => field.type === 'group' && (field.id === add || field.id === removeFrom))
  if (group === undefined) return { answers, changed: false }
  const members = Array.isArray(answers[group.id]) ? (answers[group.id] as readonly Answers[]) : []
  const next = add === group.id ? [...members, {}] : members.filter((_member, index) => String(index) !== removeAt)
  return { answers: { ...answers, [group.id]: next }, changed: true }
}

/** Keeps the files that came with a page; a bad one is told beside its field. */
async function keepFiles(
  house: House,
  request: WebRequest,
  current: FormPage,
  draft: Draft,
): Promise<{ files: readonly DraftFile[]; errors: FieldErrors }> {
  const errors: Record<string, string> = {}
  const files: DraftFile[] = []
  for (const field of current.fields.filter(each => each.type === 'file')) {
    for (const upload of request.form.files.filter(file => file.field === field.id)) {
      try {
        const row = await keepForDraft(house, request, draft, upload)
        files.push({ fileId: row.id, component: `don.${field.id}`, name: row.name })
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        errors[field.id] = error.parts.say(request.lang)
      }
    }
  }
  return { files, errors }
}

/** The answers of a page that are files: their ids. */
function fileAnswers(current: FormPage, files: readonly DraftFile[]): Answers {
  const of = (id: string) => files.filter(file => file.component === `don.${id}`).map(file => file.fileId)
  return Object.fromEntries(
    current.fields.filter(field => field.type === 'file').map(field => [field.id, of(field.id)]),
  )
}

interface Drawing {
  readonly draft: Draft
  readonly definition: Definition
  readonly form: Form
  readonly current: FormPage
  readonly answers: Answers
  readonly errors: FieldErrors
  readonly status: number
}

async function draw(house: House, request: WebRequest, drawing: Drawing): Promise<Answer> {
  const { draft, definition, form, current, answers, errors } = drawing
  const t = texts(request.lang)
  const pages = visiblePages(form, answers)
  const position = pages.findIndex(each => each.id === current.id)
  const places = await placesContext(house.db, answers, request.at)
  const names = new Map(
    (
      await filesByIds(
        house.db,
        draft.content.files.map(file => file.fileId),
      )
    ).map(file => [file.id as string, file.name]),
  )
  const others = Object.fromEntries(
    Object.entries(answers).filter(([id]) => !current.fields.some(field => field.id === id)),
  )
  const back = request.query('ve') === 'kiem-tra' ? '?ve=kiem-tra' : ''
  const title = local(current.title, request.lang)
  return page({
    title: `${title} – ${local(definition.procedure.title, request.lang)}`,
    status: drawing.status,
    frame: request.actor.kind === 'officer' ? 'desk' : 'portal',
    islands: ['form'],
    noIndex: true,
    body: (
      <div class="column">
        <FormErrors errors={errors} lang={request.lang} />
        <p class="progress">
          {t('apply.progress', {
            n: position + 1,
            of: pages.length,
            procedure: local(definition.procedure.title, request.lang),
          })}
        </p>
        <h1>{title}</h1>
        {current.hint === undefined ? null : <p class="hint">{local(current.hint, request.lang)}</p>}
        <form
          method="post"
          action={`/ban-nhap/${draft.id}/trang/${current.id}${back}`}
          enctype="multipart/form-data"
          noValidate
          data-island="form"
          data-choose={t('apply.choose')}
          data-answers={JSON.stringify(others)}
        >
          {/* Enter in a field must go on, not press the first "show communes" button. */}
          <button type="submit" class="visually-hidden" tabindex={-1}>
            {t('apply.continue')}
          </button>
          <FormFields
            fields={current.fields}
            context={{
              lang: request.lang,
              answers,
              errors,
              provinces: places.provinces,
              communes: places.communes,
              fileNames: names,
            }}
          />
          <div class="buttons">
            <Button text={t('apply.continue')} />
            <Button text={t('apply.save-later')} secondary name="_luu" value="1" />
          </div>
        </form>
        <p>
          <a href={position > 0 ? `/ban-nhap/${draft.id}/trang/${pages[position - 1]?.id}` : `/ban-nhap/${draft.id}`}>
            {t('apply.back')}
          </a>
        </p>
      </div>
    ),
  })
}
