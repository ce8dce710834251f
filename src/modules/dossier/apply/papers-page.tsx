// The papers: one place for each component, files added and removed, kinds read from their bytes.
import { signedIn } from '../../../platform/access/access.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import { AppError, type FieldErrors } from '../../../platform/errors.ts'
import { deleteFileRow, MAX_UPLOAD_BYTES } from '../../../platform/files/file-rows.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatSize } from '../../../platform/i18n/format.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { FileUpload } from '../../../platform/view/components/file-upload/file-upload.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import type { Definition } from '../../catalogue/index.ts'
import type { House } from '../change-dossier.ts'
import { changeDraft, type Draft, type DraftFile } from '../store/drafts.ts'
import { missingComponents, neededComponents } from '../submit/submit-dossier.ts'
import { texts } from '../texts.ts'
import { admitFiles } from './brake.ts'
import { filesWith, keepForDraft, openDraft } from './draft-access.ts'

export function papersRoutes(house: House): Route[] {
  const withDraft = async (request: WebRequest) => {
    const draft = await openDraft(house, request)
    return { draft, definition: await house.catalogue.byId(house.db, draft.revisionId) }
  }
  return [
    route({
      method: 'GET',
      path: '/ban-nhap/:id/giay-to',
      access: signedIn,
      handle: async request => {
        const { draft, definition } = await withDraft(request)
        return draw(request, draft, definition, {}, 200)
      },
    }),
    route({
      method: 'POST',
      path: '/ban-nhap/:id/giay-to',
      access: signedIn,
      maxUploadBytes: MAX_UPLOAD_BYTES,
      admit: request => admitFiles(house, request),
      handle: async request => {
        const { draft, definition } = await withDraft(request)
        const components = neededComponents(definition, draft.content.answers)
        const errors: Record<string, string> = {}
        const files: DraftFile[] = []
        for (const upload of request.form.files) {
          const component = components.find(each => `giay-to.${each.id}` === upload.field)
          if (component === undefined) continue
          try {
            const row = await keepForDraft(house, request, draft, upload)
            files.push({ fileId: row.id, component: component.id, name: row.name })
          } catch (error) {
            if (!(error instanceof AppError)) throw error
            errors[upload.field] = error.parts.say(request.lang)
          }
        }
        const saved = await inTransaction(house.db, async tx => {
          const all = await filesWith(house, tx, draft, files)
          return changeDraft(tx, house.keys, draft, request.at, () => ({ files: all }))
        })
        if (Object.keys(errors).length > 0) return draw(request, saved, definition, errors, 422)
        const missing =
          request.actor.kind === 'officer' || request.form.has('_luu') || request.form.has('_tai-len')
            ? []
            : missingComponents(
                definition,
                saved.content.answers,
                new Set(saved.content.files.map(file => file.component)),
              )
        if (missing.length > 0) {
          const t = texts(request.lang)
          const said = missing.map(component => [
            `giay-to.${component.id}`,
            t('error.paper-missing-named', { paper: local(component.name, request.lang) }),
          ])
          return draw(request, saved, definition, Object.fromEntries(said), 422)
        }
        if (request.form.has('_tai-len')) return redirect(`/ban-nhap/${draft.id}/giay-to`)
        return redirect(request.form.has('_luu') ? `/ban-nhap/${draft.id}` : `/ban-nhap/${draft.id}/kiem-tra`)
      },
    }),
    route({
      method: 'POST',
      path: '/ban-nhap/:id/giay-to/:file/bo',
      access: signedIn,
      handle: async request => {
        const { draft } = await withDraft(request)
        const fileId = request.idParam<'file'>('file')
        if (!draft.content.files.some(file => file.fileId === fileId)) throw notFound('no such file in the draft')
        await inTransaction(house.db, async tx => {
          await changeDraft(tx, house.keys, draft, request.at, ({ files }) => ({
            files: files.filter(file => file.fileId !== fileId),
          }))
          await deleteFileRow(tx, fileId)
        })
        return redirect(`/ban-nhap/${draft.id}/giay-to`)
      },
    }),
  ]
}

function draw(request: WebRequest, draft: Draft, definition: Definition, errors: FieldErrors, status: number): Answer {
  const t = texts(request.lang)
  const components = neededComponents(definition, draft.content.answers)
  const atCounter = request.actor.kind === 'officer'
  return page({
    title: t('papers.title'),
    status,
    frame: atCounter ? 'desk' : 'portal',
    noIndex: true,
    body: (
      <div class="column">
        <FormErrors errors={errors} lang={request.lang} />
        <p class="progress">{local(definition.procedure.title, request.lang)}</p>
        <h1>{t('papers.title')}</h1>
        <p class="hint">{t('papers.hint', { size: formatSize(MAX_UPLOAD_BYTES, request.lang) })}</p>
        {components.length === 0 ? <p>{t('papers.none')}</p> : null}
        {draft.content.files.map(file => (
          <form
            key={file.fileId}
            id={`bo-${file.fileId}`}
            method="post"
            action={`/ban-nhap/${draft.id}/giay-to/${file.fileId}/bo`}
          />
        ))}
        <form method="post" action={`/ban-nhap/${draft.id}/giay-to`} enctype="multipart/form-data" noValidate>
          {components.map(component => {
            const files = draft.content.files.filter(file => file.component === component.id)
            const optional = component.required && !atCounter ? '' : ` ${t('papers.optional')}`
            const replaced =
              component.replaced_by === undefined ? '' : ` ${t('papers.replaced', { source: component.replaced_by })}`
            return (
              <div key={component.id} class="group">
                {files.length > 0 ? (
                  <ul class="file-list">
                    {files.map(file => (
                      <li key={file.fileId}>
                        <a href={`/ban-nhap/${draft.id}/tep/${file.fileId}`}>{file.name}</a>
                        <button type="submit" form={`bo-${file.fileId}`} class="plain-button danger-link">
                          {t('papers.remove')}
                          <span class="visually-hidden"> {file.name}</span>
                        </button>
                      </li>
                    ))}
                  </ul>
                ) : null}
                <FileUpload
                  id={`giay-to.${component.id}`}
                  name={`giay-to.${component.id}`}
                  label={local(component.name, request.lang) + (component.replaced_by === undefined ? optional : '')}
                  hint={
                    [component.hint === undefined ? '' : local(component.hint, request.lang), replaced]
                      .filter(Boolean)
                      .join(' ') || undefined
                  }
                  error={errors[`giay-to.${component.id}`]}
                  multiple
                  accept=".pdf,.jpg,.jpeg,.png,.docx"
                />
              </div>
            )
          })}
          <div class="buttons">
            <Button text={t('apply.continue')} />
            {components.length > 0 ? <Button text={t('papers.upload')} secondary name="_tai-len" value="1" /> : null}
            <Button text={t('apply.save-later')} secondary name="_luu" value="1" />
          </div>
        </form>
      </div>
    ),
  })
}
