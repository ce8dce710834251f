// What a phone fetches to see a page for the first time: everything, over the wire as it is, by Chromium with an empty cache.
import type { Browser } from 'playwright-core'

/** The pages that people come to first: the front page, a procedure, tracking. */
export const FIRST_PAGES = ['/', '/thu-tuc/1.013225', '/tra-cuu'] as const

export interface FirstView {
  /** Of all answers, with their headers, as they came. */
  readonly bytes: number
  /** Paths of what was fetched, in order. */
  readonly paths: readonly string[]
}

export async function firstView(browser: Browser, url: string): Promise<FirstView> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  const paths: string[] = []
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  session.on('Network.requestWillBeSent', ({ request }) => {
    paths.push(new URL(request.url).pathname)
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  await context.close()
  return { bytes, paths }
}
