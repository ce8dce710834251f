// What a phone fetches to see a page for the first time: everything, over the wire as it is, by Chromium with an empty cache.
import type { CDPSession } from 'playwright-core'
import { launchBrowser } from '../test/support/browser.ts'
import type { Bench } from './product.ts'

/** The pages that people come to first: the front page, a procedure, tracking. */
const PAGES = ['/', '/thu-tuc/1.013225', '/tra-cuu'] as const

export async function firstViewFigures(bench: Bench, address: string): Promise<void> {
  const browser = await launchBrowser()
  try {
    for (const path of PAGES) {
      const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
      const page = await context.newPage()
      const session: CDPSession = await context.newCDPSession(page)
      await session.send('Network.enable')
      let bytes = 0
      session.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength
      })
      await page.goto(address + path, { waitUntil: 'networkidle' })
      await context.close()
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
