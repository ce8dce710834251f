// The page of one procedure: five plain rows, one button, the legal text folded below.
import { anyone } from '../../../platform/access/access.ts'
import { page } from '../../../platform/http/answer.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import type { Platform } from '../../../platform/module.ts'
import { Breadcrumbs } from '../../../platform/view/components/breadcrumbs/breadcrumbs.tsx'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Details } from '../../../platform/view/components/details/details.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import type { Catalogue } from '../catalogue.ts'
import type { PAGE_ROWS, ProcedurePage } from '../definition.ts'
import { sayFees, sayLimit } from '../say.ts'
import { texts } from '../texts.ts'

type PageRow = (typeof PAGE_ROWS)[number]

export function procedureRoutes(platform: Platform, catalogue: Catalogue, options: { portalOpen: boolean }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/thu-tuc/:code',
      access: anyone,
      cache: { seconds: Number.POSITIVE_INFINITY },
      handle: async request => {
        const { definition } = await catalogue.current(platform.db, request.param('code'))
        return page({
          title: local(definition.procedure.title, request.lang),
          body: (
            <ProcedureBody
              procedure={definition.procedure}
              lang={request.lang}
              portalOpen={options.portalOpen}
              officer={request.actor.kind === 'officer'}
            />
          ),
        })
      },
    }),
  ]
}

function ProcedureBody(props: { procedure: ProcedurePage; lang: Lang; portalOpen: boolean; officer: boolean }) {
  const { procedure, lang } = props
  const t = texts(lang)
  const mark = (row: PageRow) =>
    procedure.unverified.includes(row) ? <span class="unverified"> {t('unverified')}</span> : null
  // Officers take in dossiers at the counter; the button is for people.
  const may = procedure.kind === 'native' && procedure.online !== 'in-person' && !props.officer
  return (
    <div class="column">
      <Breadcrumbs label={coreTexts(lang)('frame.breadcrumbs')} items={[{ text: t('list.title'), href: '/thu-tuc' }]} />
      <h1>{local(procedure.title, lang)}</h1>
      <p class="lead">{local(procedure.summary, lang)}</p>
      {procedure.kind === 'mirrored' ? (
        <Notice tone="info" title={t('row.online')}>
          <p>{t('mirrored', { system: procedure.system ?? '' })}</p>
          {procedure.system_url === undefined ? null : (
            <p>
              <a href={procedure.system_url} rel="external noreferrer">
                {t('mirrored.go', { host: new URL(procedure.system_url).host })}
              </a>
            </p>
          )}
        </Notice>
      ) : null}
      {procedure.kind === 'information' ? (
        <Notice tone="info" title={t('row.online')}>
          <p>{t('information')}</p>
        </Notice>
      ) : null}
      <dl class="facts">
        <div>
          <dt>{t('row.result')}</dt>
          <dd>
            {procedure.results.map(result => local(result, lang)).join('; ')}
            {mark('results')}
          </dd>
        </div>
        <div>
          <dt>{t('row.audience')}</dt>
          <dd>
            {local(procedure.audience, lang)}
            {mark('audience')}
          </dd>
        </div>
        <div>
          <dt>{t('row.time')}</dt>
          <dd>
            {sayLimit(procedure.time_limit, lang)}
            {mark('time_limit')}
            {procedure.time_note === undefined ? null : <p class="hint">{local(procedure.time_note, lang)}</p>}
          </dd>
        </div>
        <div>
          <dt>{t('row.fee')}</dt>
          <dd>
            {sayFees(procedure, lang).map((line, at, lines) => (
              <div key={line}>
                {line}
                {at === lines.length - 1 ? mark('fees') : null}
              </div>
            ))}
          </dd>
        </div>
        <div>
          <dt>{t('row.papers')}</dt>
          <dd>
            {procedure.components.length === 0 ? t('papers.none') : <Papers procedure={procedure} lang={lang} />}
            {mark('components')}
          </dd>
        </div>
      </dl>
      {may ? (
        props.portalOpen ? (
          <Button href={`/nop-ho-so/${procedure.code}`} text={t('apply')} />
        ) : (
          <p>{t('apply-closed')}</p>
        )
      ) : null}
      <Details summary={t('more')}>
        <dl class="facts">
          <Row name={t('row.code')} value={procedure.code} mark={mark('code')} />
          <Row name={t('row.field')} value={local(procedure.field, lang)} mark={null} />
          <Row
            name={t('row.agency')}
            value={
              procedure.agency === undefined
                ? (procedure.system ?? procedure.levels.map(level => t(`level.${level}`)).join(', '))
                : t(`agency.${procedure.agency.kind}`)
            }
            mark={mark('agency')}
          />
          <Row
            name={t('row.online')}
            value={[
              t(`online.${procedure.online}`),
              procedure.partial_reason === undefined ? '' : local(procedure.partial_reason, lang),
            ]
              .filter(Boolean)
              .join('. ')}
            mark={mark('online')}
          />
          {procedure.requirements === undefined ? null : (
            <Row name={t('row.requirements')} value={local(procedure.requirements, lang)} mark={mark('requirements')} />
          )}
          {procedure.sequence === undefined ? null : (
            <Row name={t('row.sequence')} value={local(procedure.sequence, lang)} mark={null} />
          )}
          <Row name={t('row.legal')} value={procedure.legal.join('; ')} mark={mark('legal')} />
          <Row name={t('row.source')} value={procedure.source} mark={null} />
        </dl>
      </Details>
    </div>
  )
}

function Row(props: { name: string; value: string; mark: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.value}
        {props.mark}
      </dd>
    </div>
  )
}

function Papers(props: { procedure: ProcedurePage; lang: Lang }) {
  const t = texts(props.lang)
  return (
    <ul>
      {props.procedure.components.map(component => {
        const toBring = component.filled_in !== true
        const counts = [
          toBring && component.originals > 0 ? t('papers.originals', { count: component.originals }) : '',
          toBring && component.copies > 0 ? t('papers.copies', { count: component.copies }) : '',
          !toBring ? t('papers.filled-in') : component.required && component.when === undefined ? '' : t('papers.if'),
          component.replaced_by === undefined ? '' : t('papers.replaced', { source: component.replaced_by }),
        ].filter(Boolean)
        return (
          <li key={component.id}>
            {local(component.name, props.lang)}
            {counts.length > 0 ? <span class="soft"> ({counts.join('; ')})</span> : null}
          </li>
        )
      })}
    </ul>
  )
}
