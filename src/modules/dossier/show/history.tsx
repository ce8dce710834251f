// The history of a dossier as officers read it: newest first, with what was said.
import type { Lang } from '../../../platform/i18n/texts.ts'
import { sayEntry } from '../say.ts'
import { texts } from '../texts.ts'
import type { DossierView } from './view.ts'

export function History(props: { view: DossierView; lang: Lang }) {
  const { view, lang } = props
  const t = texts(lang)
  return (
    <section>
      <h2>{t('history.title')}</h2>
      <ol class="results">
        {view.history.toReversed().map(line => {
          const said = [
            line.payload?.opinion,
            line.payload?.reason,
            line.payload?.ground,
            line.payload?.what,
            line.payload?.answer,
            line.facts.reason,
          ].filter((each): each is string => typeof each === 'string' && each !== '')
          return (
            <li key={line.seq}>
              {sayEntry(line, view.names, lang)}
              {line.postTitle === null ? null : <span class="soft"> ({line.postTitle})</span>}
              {said.map(text => (
                <div key={text} class="pre soft">
                  {text}
                </div>
              ))}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
