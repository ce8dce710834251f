// A dossier as the one-stop sees it that wrote it down for another agency: what to tell the person, how far it is, its slips.
import { type Answer, page } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { formatDateTime } from '../../../platform/i18n/format.ts'
import { local } from '../../../platform/i18n/texts.ts'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { Panel } from '../../../platform/view/components/panel/panel.tsx'
import { STATE } from '../dossier.ts'
import { texts } from '../texts.ts'
import { Progress } from './progress.tsx'
import { Slips } from './slips.tsx'
import type { DossierView } from './view.ts'

/** `link`: the path of the page that needs no account, to be given to the person. */
export function drawPointPage(request: WebRequest, view: DossierView, link: string): Answer {
  const { lang } = request
  const t = texts(lang)
  const { dossier, definition } = view
  const { core } = dossier
  const title = core.code ?? dossier.reference
  return page({
    title: `${title} – ${dossier.applicantName}`,
    frame: 'desk',
    noIndex: true,
    body: (
      <div class="column">
        {request.query('da') === 'ghi-nhan' ? (
          <Panel title={t('point.written-down')} heading="h2">
            <p>{t(core.code === null ? 'receipt.reference' : 'column.code')}</p>
            <p class="big">{title}</p>
            <p>{t('point.tell')}</p>
          </Panel>
        ) : null}
        <h1>{title}</h1>
        <p class="lead">{local(definition.procedure.title, lang)}</p>
        <ul class="meta">
          <li>
            <strong>{dossier.applicantName}</strong>
          </li>
          {dossier.subject === definition.procedure.title.vi ? null : <li>{dossier.subject}</li>}
          <li>
            {t('desk.submitted', {
              when: formatDateTime(dossier.submittedAt, lang),
              channel: t(`channel.${dossier.channel}`),
            })}
          </li>
        </ul>
        <Notice tone="info" title={t('point.decided-by', { agency: view.agency.name })}>
          {dossier.core.state === STATE.new ? <p>{t('point.next', { centre: view.centre.name })}</p> : null}
          <p>
            <a href={link}>{t('point.link')}</a>
          </p>
        </Notice>
        <Slips view={view} lang={lang} control={false} />
        <Progress view={view} lang={lang} at={request.at} />
      </div>
    ),
  })
}
