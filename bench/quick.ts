// Holds the ratios of a quick run against those that were kept: a warning each where one fell, never a failure.
import type { Figure } from './measure.ts'
import { readFigures } from './report.ts'

/** A ratio below this share of the kept one is worth a look; the machine itself makes a tenth or two. */
const WORTH_A_LOOK = 0.75

/** Prints each ratio beside the kept one. */
export function compare(figures: readonly Figure[]): void {
  const kept = new Map(readFigures().map(figure => [`${figure.name} ${figure.rows}`, figure]))
  let fell = 0
  console.log('')
  for (const { name, rows, ratio } of figures) {
    const before = kept.get(`${name} ${rows}`)?.ratio ?? null
    if (ratio === null || before === null) {
      console.log(`? ${name}: ${ratio?.toPrecision(3) ?? '–'}, nothing was kept: npm run bench:quick -- keep`)
      continue
    }
    const slower = ratio < before * WORTH_A_LOOK
    if (slower) fell++
    console.log(`${slower ? '!' : '✔'} ${name}: ${ratio.toPrecision(3)}, kept ${before.toPrecision(3)}`)
  }
  console.log(fell === 0 ? 'No ratio fell.' : `${fell} ratios fell by more than a quarter: run again, then look why.`)
}
