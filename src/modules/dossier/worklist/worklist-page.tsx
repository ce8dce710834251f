// The desk: queues with counts, and the work of the acting post sorted by what is due next.
import { anyOfficer, requireOfficer } from '../../../platform/access/access.ts'
import { type Db, together } from '../../../platform/db/database.ts'
import { page, redirect } from '../../../platform/http/answer.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { formatDateTime, formatNumber } from '../../../platform/i18n/format.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Pagination } from '../../../platform/view/components/pagination/pagination.tsx'
import { Select } from '../../../platform/view/components/select/select.tsx'
import { Table } from '../../../platform/view/components/table/table.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import type { House } from '../change-dossier.ts'
import { INTAKE_PERMISSION, VIEW_PERMISSION } from '../permissions.ts'
import { sayState, toneOfState } from '../say.ts'
import {
  countLate,
  countTodo,
  INTAKE,
  LATE_BOUND,
  listTodo,
  type OpenWork,
  QUEUES,
  type Queue,
  type WorkItem,
} from '../store/todo.ts'
import { texts } from '../texts.ts'
import { SearchForm } from './search-page.tsx'

const PAGE = 50
/** From when on work is marked as due soon; what is to be received is due within the day anyhow. */
const SOON_HOURS = { intake: 2, other: 24 } as const

export function worklistRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/ban-lam-viec',
      access: anyOfficer,
      handle: async request => {
        // An administrator has no dossiers: the first page after signing in is the house itself.
        if (requireOfficer(request.actor, null).permissions.has(VIEW_PERMISSION) === false) return redirect('/van-hanh')
        const actor = requireOfficer(request.actor, VIEW_PERMISSION)
        const { lang } = request
        const t = texts(lang)
        const asked = request.query('hang')
        const queue = QUEUES.find(each => each === asked) ?? null
        const late = request.query('qua-han') === '1'
        const procedure = request.query('thu-tuc') || null
        const number = request.pageNumber()
        const { positionId } = actor.post
        const { counts, overdue, items, steps } = await together(house.db, async db => {
          const [counts, overdue, items] = await Promise.all([
            countTodo(db, positionId),
            countLate(db, positionId, request.at),
            listTodo(db, {
              positionId,
              queue,
              procedureCode: procedure,
              late,
              at: request.at,
              limit: PAGE + 1,
              offset: (number - 1) * PAGE,
            }),
          ])
          return { counts, overdue, items, steps: await stepNames(house, db, items, lang) }
        })
        const sum = (rows: readonly OpenWork[]) => rows.reduce((total, row) => total + row.count, 0)
        const inQueue = (wanted: Queue) => counts.filter(row => row.queue === wanted)
        const lateInAll = [...overdue.values()].reduce((total, count) => total + count, 0)
        const kept = {
          ...(queue === null ? {} : { hang: queue }),
          ...(late ? { 'qua-han': '1' } : {}),
        }
        const address = (page: number) =>
          `/ban-lam-viec?${new URLSearchParams({ ...kept, ...(procedure === null ? {} : { 'thu-tuc': procedure }), trang: String(page) })}`
        const core = coreTexts(lang)
        return page({
          title: t('desk.title'),
          frame: 'desk',
          islands: ['desk'],
          body: (
            <div class="desk-columns">
              <nav aria-label={t('desk.queues')}>
                <ul class="queues">
                  <QueueLink
                    href="/ban-lam-viec"
                    text={t('queue.all')}
                    count={formatNumber(sum(counts), lang)}
                    current={queue === null && !late}
                  />
                  <QueueLink
                    href="/ban-lam-viec?qua-han=1"
                    text={t('queue.late')}
                    count={`${formatNumber(lateInAll, lang)}${lateInAll === LATE_BOUND ? '+' : ''}`}
                    current={late}
                  />
                  {QUEUES.filter(each => inQueue(each).length > 0).map(each => (
                    <QueueLink
                      key={each}
                      href={`/ban-lam-viec?hang=${each}`}
                      text={t(`queue.${each}`)}
                      count={formatNumber(sum(inQueue(each)), lang)}
                      current={queue === each}
                    />
                  ))}
                </ul>
                {actor.permissions.has(INTAKE_PERMISSION) ? (
                  <p class="buttons">
                    <Button href="/ban-lam-viec/tiep-nhan" text={t('counter.title')} />
                  </p>
                ) : null}
              </nav>
              <div>
                <h1>{queue === null ? t(late ? 'queue.late' : 'desk.title') : t(`queue.${queue}`)}</h1>
                <SearchForm value="" lang={lang} />
                <ProcedureFilter
                  work={queue === null ? counts : inQueue(queue)}
                  chosen={procedure}
                  kept={kept}
                  overdue={late ? overdue : null}
                  lang={lang}
                />
                {items.length === 0 ? (
                  <p>{t(procedure === null ? 'desk.empty' : 'desk.empty-procedure')}</p>
                ) : (
                  <WorkTable
                    items={items.slice(0, PAGE)}
                    steps={steps}
                    lang={lang}
                    at={request.at}
                    caption={t('desk.title')}
                  />
                )}
                <p class="keys needs-script" aria-hidden="true">
                  <kbd>j</kbd> <kbd>k</kbd> {t('desk.keys-move')} · <kbd>Enter</kbd> {t('desk.keys-open')} ·{' '}
                  <kbd>/</kbd> {t('desk.keys-search')}
                </p>
                <Pagination
                  label={core('frame.pages')}
                  current={core('frame.page', { n: number })}
                  previous={number > 1 ? { href: address(number - 1), text: core('frame.previous') } : null}
                  next={items.length > PAGE ? { href: address(number + 1), text: core('frame.next') } : null}
                />
              </div>
            </div>
          ),
        })
      },
    }),
  ]
}

function QueueLink(props: { href: string; text: string; count: string; current: boolean }) {
  return (
    <li>
      <a href={props.href} aria-current={props.current ? 'page' : undefined}>
        {props.text} <span class="number">{props.count}</span>
      </a>
    </li>
  )
}

/** Shown where there is a choice: the procedures of the work that waits, most first. */
function ProcedureFilter(props: {
  work: readonly OpenWork[]
  chosen: string | null
  kept: Readonly<Record<string, string>>
  /** What of each procedure is overdue, where only that is listed. */
  overdue: ReadonlyMap<string, number> | null
  lang: Lang
}) {
  const t = texts(props.lang)
  const procedures = new Map<string, { title: string; count: number }>()
  for (const row of props.work) {
    const title = local(
      { vi: row.procedureTitle ?? row.procedureCode, en: row.procedureTitleEn ?? undefined },
      props.lang,
    )
    const before = procedures.get(row.procedureCode)?.count ?? 0
    const count = props.overdue === null ? before + row.count : (props.overdue.get(row.procedureCode) ?? 0)
    // What was chosen stays in the list, also where nothing of it is left.
    if (count > 0 || row.procedureCode === props.chosen) procedures.set(row.procedureCode, { title, count })
  }
  if (procedures.size < 2 && props.chosen === null) return null
  const items = [...procedures].sort(([, a], [, b]) => b.count - a.count)
  return (
    <form class="toolbar" method="get" action="/ban-lam-viec">
      {Object.entries(props.kept).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <Select
        id="thu-tuc"
        name="thu-tuc"
        label={t('desk.procedure')}
        value={props.chosen ?? ''}
        items={[
          { value: '', label: t('desk.every-procedure') },
          ...items.map(([value, { title, count }]) => ({ value, label: `${title} (${count})` })),
        ]}
      />
      <Button text={t('desk.filter')} secondary />
    </form>
  )
}

/** Names of the steps of these items, by revision and step. */
async function stepNames(
  house: House,
  db: Db,
  items: readonly WorkItem[],
  lang: Lang,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (const revisionId of new Set(items.map(item => item.revisionId))) {
    const { process } = await house.catalogue.byId(db, revisionId)
    for (const step of process?.steps ?? []) names.set(`${revisionId} ${step.id}`, local(step.name, lang))
  }
  return names
}

function WorkTable(props: {
  items: readonly WorkItem[]
  steps: ReadonlyMap<string, string>
  lang: Lang
  at: Date
  caption: string
}) {
  const { lang, at } = props
  const t = texts(lang)
  const due = (item: WorkItem) => {
    if (item.dueAt === null)
      return (
        <span class="soft">
          {item.promisedAt === null
            ? t('desk.no-due')
            : t('desk.promised', { when: formatDateTime(item.promisedAt, lang) })}
        </span>
      )
    const hours = (item.dueAt.getTime() - at.getTime()) / 3_600_000
    const soon = hours < (item.step === INTAKE ? SOON_HOURS.intake : SOON_HOURS.other)
    return (
      <>
        {item.step === INTAKE ? `${t('desk.answer-by')} ` : ''}
        <span class="nowrap">{formatDateTime(item.dueAt, lang)}</span>{' '}
        {soon ? <Tag text={t(hours < 0 ? 'late' : 'soon')} tone={hours < 0 ? 'late' : 'now'} /> : null}
      </>
    )
  }
  return (
    <Table
      caption={props.caption}
      captionHidden
      dense
      stack
      rowHeaders
      columns={[
        { title: t('column.code') },
        { title: t('column.applicant') },
        { title: t('column.subject') },
        { title: t('column.due') },
        { title: t('column.state') },
      ]}
      rows={props.items.map(item => ({
        key: `${item.id} ${item.step}`,
        classes: 'work-row',
        cells: [
          <a class="nowrap" href={`/ban-lam-viec/ho-so/${item.id}`} data-row-link>
            {item.code ?? item.reference}
          </a>,
          item.applicantName,
          <>
            {local({ vi: item.procedureTitle, en: item.procedureTitleEn ?? undefined }, lang)}
            {item.subject === item.procedureTitle ? null : <div class="soft small">{item.subject}</div>}
          </>,
          due(item),
          <>
            <Tag text={sayState(item.state, lang)} tone={toneOfState(item.state)} />
            {props.steps.has(`${item.revisionId} ${item.step}`) ? (
              <div class="soft small">{props.steps.get(`${item.revisionId} ${item.step}`)}</div>
            ) : null}
          </>,
        ],
      }))}
    />
  )
}
