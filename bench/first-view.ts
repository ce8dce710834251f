// The weight of the pages that people come to first, beside what a phone should have to fetch.
import { launchBrowser } from '../test/support/browser.ts'
import { FIRST_PAGES, firstView } from '../test/support/first-view.ts'
import type { Bench } from './product.ts'

export async function firstViewFigures(bench: Bench, address: string): Promise<void> {
  const browser = await launchBrowser()
  try {
    for (const path of FIRST_PAGES) {
      const { bytes } = await firstView(browser, address + path)
      bench.report({
        name: `first view of ${path}`,
        unit: 'kB',
        ours: bytes / 1000,
        limit: 60,
        limitName: 'the goal itself: page, styles, fonts, scripts and headers',
        ratio: 60 / (bytes / 1000),
        goal: '≤ 60 kB',
        p50: null,
        p95: null,
        p99: null,
      })
    }
  } finally {
    await browser.close()
  }
}
