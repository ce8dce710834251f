// The result of a dossier on its person's page: to open, or to fetch at the counter.
import type { Lang } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { ON_PAPER, STATE, type State } from '../dossier.ts'
import type { Way } from '../result-way.ts'
import { texts } from '../texts.ts'
import type { DossierView } from './view.ts'

/**
 * The person may open the result: when it was handed over; or, of a dossier filed online by somebody whom an eID vouches for, as soon
 * as the agency has sealed it, since then it lies in the person's account and nobody hands it over. To an account that only said who
 * it is it opens when the person came to the counter with an identity paper, and in no other way.
 */
export function resultIsOpen({ dossier: { core, channel }, claimed, history }: DossierView): boolean {
  if (core.state === STATE.returned)
    return (
      !claimed || history.findLast(line => line.type === 'result-returned')?.facts.way === ('counter' satisfies Way)
    )
  return core.state === STATE.settled && core.busy === null && !ON_PAPER.has(channel) && !claimed
}

const UNDER_WAY: ReadonlySet<State> = new Set([STATE.new, STATE.working, STATE.supplement])

export function OwnResult({ view, lang }: { view: DossierView; lang: Lang }) {
  const t = texts(lang)
  const { dossier, document, claimed } = view
  if (resultIsOpen(view) && document?.fileId)
    return (
      <Notice tone="good" id="ket-qua" title={t('own.result')}>
        <p>{document.content.title}</p>
        <Button href={`/ho-so/${dossier.id}/ket-qua.pdf`} text={t('own.download')} />
      </Notice>
    )
  if (claimed && UNDER_WAY.has(dossier.core.state)) return <p class="soft">{t('own.result-at-counter-later')}</p>
  if (
    claimed &&
    (dossier.core.state === STATE.settled || dossier.core.state === STATE.returned) &&
    dossier.core.busy === null
  )
    return (
      <Notice tone="info" id="ket-qua" title={t('own.result-at-counter')}>
        <p>{t('own.result-at-counter-why')}</p>
      </Notice>
    )
  return null
}
