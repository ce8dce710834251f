// Links to the slips of a dossier.
import type { Lang } from '../../../platform/i18n/texts.ts'
import { texts } from '../texts.ts'
import type { DossierView } from './view.ts'

/** The slips that the history calls for; `control`: also the one that stays in the house. */
export function Slips(props: { view: DossierView; lang: Lang; control: boolean }) {
  const t = texts(props.lang)
  const { history, dossier } = props.view
  const has = (type: string) => history.some(entry => entry.type === type)
  const slips = [
    has('received') ? '01' : '',
    has('supplement-requested') ? '02' : '',
    has('refused') ? '03' : '',
    has('withdrawn') ? '05' : '',
    props.control && has('received') ? '06' : '',
  ].filter(Boolean)
  if (slips.length === 0) return null
  return (
    <ul class="meta">
      {slips.map(form => (
        <li key={form}>
          <a href={`/phieu/${dossier.id}/mau-${form}.pdf`} target="_blank" rel="noreferrer">
            {t(`slip.${form as '01'}`)}
          </a>
        </li>
      ))}
    </ul>
  )
}
