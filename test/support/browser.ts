// A real Chromium for journeys: Debian's, with or without script, narrow or wide, that may speak to this machine only.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { productRoot } from '../../src/platform/root.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

export function chromiumPath(): string {
  const given = process.env.CHROMIUM_PATH
  if (given !== undefined) return given
  for (const folder of (process.env.PATH ?? '').split(':'))
    for (const name of NAMES) if (existsSync(join(folder, name))) return join(folder, name)
  throw new Error('Chromium is not installed: apt-get install chromium, or set CHROMIUM_PATH')
}

export function launchBrowser(): Promise<Browser> {
  const args = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ]
  return chromium.launch({ executablePath: chromiumPath(), args })
}

export interface Looker {
  readonly context: BrowserContext
  readonly page: Page
  /** Requests to other hosts; must stay empty. */
  readonly foreign: string[]
  /** Complaints of the browser: script errors, CSP. */
  readonly complaints: string[]
}

export async function openContext(browser: Browser, options: { width: number; script: boolean }): Promise<Looker> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: 900 },
    javaScriptEnabled: options.script,
    locale: 'vi-VN',
    timezoneId: 'America/New_York',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const foreign: string[] = []
  const complaints: string[] = []
  context.on('request', request => {
    const { hostname, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && hostname !== 'localhost' && hostname !== '127.0.0.1') foreign.push(request.url())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error' && !/status of (4|5)\d\d/.test(message.text())) complaints.push(message.text())
  })
  return { context, page, foreign, complaints }
}

/** Keeps what the page looks like under test-output/, for people to see. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = join(productRoot, 'test-output')
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
