// The public progress board: what each agency received and settled, on time or late. No personal data, no small cells.
import { anyone } from '../../../platform/access/access.ts'
import { addDays, civilDateOf } from '../../../platform/calendar/civil.ts'
import { page } from '../../../platform/http/answer.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatCivilDate, formatNumber } from '../../../platform/i18n/format.ts'
import type { Lang } from '../../../platform/i18n/texts.ts'
import { Table } from '../../../platform/view/components/table/table.tsx'
import { agenciesByIds } from '../../organisation/index.ts'
import type { House } from '../change-dossier.ts'
import { readBoard } from '../store/board.ts'
import { texts } from '../texts.ts'

/** Counts of 1 to 4 could point at a person; they are shown as "under 5". */
export function cell(count: number, lang: Lang): string {
  if (count > 0 && count < 5) return texts(lang)('board.few')
  return formatNumber(Math.max(0, count), lang)
}

export function boardRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/tien-do',
      access: anyone,
      // Counts may be two seconds old; thousands who look at them at once cost as much as one.
      cache: { seconds: 2 },
      handle: async request => {
        const { lang } = request
        const t = texts(lang)
        const to = civilDateOf(request.at)
        const from = addDays(to, -29)
        const rows = await readBoard(house.db, from, to)
        const agencies = await agenciesByIds(
          house.db,
          rows.map(row => row.agencyId),
          to,
        )
        const ordered = rows.flatMap(row => {
          const agency = agencies.get(row.agencyId)
          return agency === undefined ? [] : [{ agency, counts: row.counts }]
        })
        ordered.sort((a, b) => (a.agency.code < b.agency.code ? -1 : 1))
        return page({
          title: t('board.title'),
          body: (
            <div>
              <h1>{t('board.title')}</h1>
              <p class="lead column">{t('board.intro', { from: formatCivilDate(from), to: formatCivilDate(to) })}</p>
              {ordered.length === 0 ? (
                <p>{t('board.empty')}</p>
              ) : (
                <Table
                  caption={t('board.title')}
                  captionHidden
                  stack
                  rowHeaders
                  columns={[
                    { title: t('board.agency') },
                    { title: t('board.received'), numeric: true },
                    { title: t('board.on-time'), numeric: true },
                    { title: t('board.late'), numeric: true },
                    { title: t('board.share'), numeric: true },
                    { title: t('board.open'), numeric: true },
                  ]}
                  rows={ordered.map(({ agency, counts }) => {
                    const onTime = counts.get('on-time') ?? 0
                    const late = counts.get('late') ?? 0
                    const settled = onTime + late
                    return {
                      key: agency.id,
                      cells: [
                        lang === 'en' ? (agency.nameEn ?? agency.name) : agency.name,
                        cell(counts.get('received') ?? 0, lang),
                        cell(onTime, lang),
                        cell(late, lang),
                        settled < 5 || (late > 0 && late < 5) || (onTime > 0 && onTime < 5)
                          ? '–'
                          : `${Math.round((onTime / settled) * 100)} %`,
                        cell(counts.get('open') ?? 0, lang),
                      ],
                    }
                  })}
                />
              )}
              <p class="hint column">{t('board.note')}</p>
            </div>
          ),
        })
      },
    }),
  ]
}
