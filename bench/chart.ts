// The chart of growth: how long pages take against how many dossiers lie in the house, both axes by powers of ten.
import type { Figure } from './measure.ts'

const WIDTH = 760
const HEIGHT = 360
const LEFT = 70
const RIGHT = 230
const TOP = 20
const BOTTOM = 50
// The first colours of charts, in their order (river, jade, clay, lacquer).
const COLOURS = ['#1f4e79', '#0b6b63', '#b4530a', '#9b1c1f']

/** p50 and p95 of these figures over all sizes they were measured at; null where there is only one size. */
export function growthChart(names: readonly string[], all: readonly Figure[]): string | null {
  const measured = all.filter(each => names.includes(each.name) && each.command !== 'npm run bench:quick')
  const sizes = [...new Set(measured.map(each => each.rows))].sort((a, b) => a - b)
  const [least, most] = [sizes[0] ?? 1, sizes.at(-1) ?? 1]
  if (sizes.length < 2) return null
  const x = (rows: number) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(rows / least)) / Math.log(most / least)
  const [low, high] = [1, 1000]
  const y = (ms: number) =>
    TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.log(Math.max(ms, low) / low) / Math.log(high / low))
  const lines = names.flatMap(name =>
    (['p50', 'p95'] as const).map(share => ({
      label: `${name}, ${share}`,
      points: measured
        .filter(each => each.name === name && each[share] !== null)
        .sort((a, b) => a.rows - b.rows)
        .map(each => ({ x: x(each.rows), y: y(each[share] ?? 0), ms: each[share] ?? 0 })),
      dashed: share === 'p50',
    })),
  )
  const grid = [1, 10, 100, 1000].map(
    ms =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(ms)}" y2="${y(ms)}" stroke="#d9d2c7"/><text x="${LEFT - 8}" y="${y(ms) + 5}" text-anchor="end">${ms} ms</text>`,
  )
  const ticks = sizes.map(
    rows =>
      `<text x="${x(rows)}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle">${rows.toLocaleString('en-US')}</text>`,
  )
  const drawn = lines.map((line, index) => {
    const colour = COLOURS[index % COLOURS.length]
    const path = line.points
      .map((point, at) => `${at === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
      .join(' ')
    const dots = line.points.map(
      point =>
        `<circle cx="${point.x.toFixed(1)}" cy="${point.y.toFixed(1)}" r="4" fill="${colour}"><title>${line.label}: ${point.ms} ms</title></circle>`,
    )
    const legend = TOP + 14 + index * 24
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${line.dashed ? ' stroke-dasharray="6 4"' : ''}/>${dots.join('')}<line x1="${WIDTH - RIGHT + 15}" x2="${WIDTH - RIGHT + 45}" y1="${legend - 5}" y2="${legend - 5}" stroke="${colour}" stroke-width="2"${line.dashed ? ' stroke-dasharray="6 4"' : ''}/><text x="${WIDTH - RIGHT + 52}" y="${legend}">${line.label}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Milliseconds a page takes at half its highest rate, against dossiers in the house">
<style>text{font:13px 'Be Vietnam Pro',sans-serif;fill:#1c1a19}</style><rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${grid.join('\n')}
${ticks.join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">dossiers in the house</text>
${drawn.join('\n')}
</svg>
`
}
