// The keyboard alone, with script and without: a citizen signs in, searches, fills in and sends; a clerk finds and receives. No pointer, no focus set by us.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { DEMO_PASSWORD } from '../../src/app/demo-people.ts'
import { launchBrowser, openContext } from '../support/browser.ts'
import { twoOfEach } from '../support/processes.ts'
import { listen, type TestApp, testApp } from '../support/test-app.ts'

const LONGEST_WAY = 90

for (const { script, processes } of [
  { script: true, processes: 2 },
  { script: false, processes: 1 },
])
  describe(`by keyboard alone, script ${script ? 'on' : 'off'}, ${processes} of each process`, () => {
    let test: TestApp
    let stop: () => Promise<void>
    let browser: Browser
    let base: string
    before(async () => {
      test = await testApp()
      if (processes === 1) {
        base = await listen(test)
        stop = async () => undefined
      } else {
        const several = await twoOfEach(test)
        base = several.base
        stop = several.close
      }
      browser = await launchBrowser()
    })
    after(async () => {
      await browser.close()
      await stop()
      await test.close()
    })

    /** Presses Tab until the focus lies on what matches; every stop on the way must be visible as one. */
    const tabTo = async (page: Page, selector: string): Promise<void> => {
      for (let stops = 0; stops < LONGEST_WAY; stops++) {
        await page.keyboard.press('Tab')
        // Playwright's own world reads the page also where the page's scripts are off.
        const focus = page.locator(':focus')
        if ((await focus.count()) === 0) continue
        const { there, seen, what } = await focus.evaluate((element, wanted) => {
          const drawn = [element, ...(element.nextElementSibling ? [element.nextElementSibling] : [])]
          const style = getComputedStyle(element)
          const box = element.getBoundingClientRect()
          return {
            there: element.matches(wanted),
            // An outline, or a shadow in its place, or a label drawn for a hidden radio.
            seen:
              box.width > 0 &&
              (style.outlineStyle !== 'none' ||
                style.boxShadow !== 'none' ||
                drawn.some(each => getComputedStyle(each, '::before').boxShadow !== 'none')),
            what: element.outerHTML.slice(0, 120),
          }
        }, selector)
        assert.ok(seen, `the focus cannot be seen on ${what}`)
        if (there) return
      }
      assert.fail(`${selector} was not reached in ${LONGEST_WAY} steps on ${page.url()}`)
    }
    const type = async (page: Page, name: string, text: string): Promise<void> => {
      await tabTo(page, `[name="${name}"]`)
      await page.keyboard.press('Control+A')
      await page.keyboard.type(text)
    }
    const press = async (page: Page, selector: string, key: 'Enter' | 'Space'): Promise<void> => {
      await tabTo(page, selector)
      const here = page.url()
      await Promise.all([
        page.waitForURL(url => url.href !== here || key === 'Space', { waitUntil: 'load' }),
        page.keyboard.press(key),
      ])
    }
    const signIn = async (login: string): Promise<Page> => {
      const { page } = await openContext(browser, { width: 1440, script })
      await page.goto(`${base}/dang-nhap`)
      await type(page, 'ten', login)
      await tabTo(page, '[name="mat-khau"]')
      await page.keyboard.type(DEMO_PASSWORD)
      await Promise.all([page.waitForURL(url => !url.pathname.startsWith('/dang-nhap')), page.keyboard.press('Enter')])
      return page
    }

    it('a citizen applies', async () => {
      const page = await signIn('0912000123')
      // Communes of provinces that the arrow only passes come last.
      const late: Promise<void>[] = []
      await page.route(/\/dia-gioi\/xa\?tinh=(?!99)/, route => {
        late.push(wait(300).then(async () => route.fulfill({ response: await route.fetch() })))
      })
      await page.goto(`${base}/thu-tuc?q=hon+nhan`)
      await press(page, '.results a[href="/thu-tuc/1.004873"]', 'Enter')
      await tabTo(page, 'main a.button')
      await Promise.all([page.waitForURL(/nop-ho-so/), page.keyboard.press(script ? 'Space' : 'Enter')])
      await press(page, 'main form button.button', 'Enter')

      // A page sent as it is: the focus lies on the summary of faults, whose links lead to the fields.
      const here = page.url()
      await tabTo(page, 'main .buttons button:not([name])')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.error-summary')
      if (script) assert.equal(await page.locator(':focus').getAttribute('class'), 'error-summary')
      await tabTo(page, '.error-summary a[href="#noi-cu-tru"], .error-summary a[href^="#noi-cu-tru"]')
      await page.keyboard.press('Enter')
      assert.equal(page.url().split('#')[0], here.split('#')[0])
      assert.equal(await page.locator(':focus').getAttribute('name'), 'noi-cu-tru.tinh')
      await choose(page, 'Tỉnh Mẫu')
      if (script) {
        await page.waitForFunction(() => document.querySelectorAll('[name="noi-cu-tru.xa"] option').length > 1)
        assert.ok(late.length > 0)
        await Promise.all(late)
        await page.waitForLoadState('networkidle')
      } else {
        await tabTo(page, 'button[name]:not([name="xong"])')
        await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
      }
      await tabTo(page, '[name="noi-cu-tru.xa"]')
      await choose(page, 'Phường Trung Tâm')
      await type(page, 'noi-cu-tru.duong', '5 ngõ Bưởi')
      await press(page, 'main .buttons button:not([name])', 'Enter')

      await tabTo(page, '[name="tinh-trang"]')
      await page.keyboard.press('Space')
      await tabTo(page, '[name="muc-dich"]')
      await page.keyboard.press('Space')
      await page.keyboard.press('ArrowDown')
      await press(page, 'main .buttons button:not([name])', 'Enter')
      if (page.url().endsWith('/giay-to'))
        await press(page, 'main .buttons button:not([name]), main .buttons a', 'Enter')
      assert.match(page.url(), /kiem-tra$/)
      await press(page, 'form:has(input[name="khoa"]) button[type="submit"]', 'Enter')
      assert.match(page.url(), /da-nop$/)
      assert.match(await page.locator('main').innerText(), /[2-9A-Z]{10}/)
    })

    it('a clerk finds it and receives it', async () => {
      const page = await signIn('motcua1')
      if (script) {
        await page.keyboard.press('j')
        assert.match((await page.locator(':focus').getAttribute('href')) ?? '', /ban-lam-viec\/ho-so/)
        await Promise.all([page.waitForURL(/ho-so\//), page.keyboard.press('Enter')])
      } else await press(page, '[data-row-link]', 'Enter')
      await press(page, 'form[action$="/tiep-nhan"] button', 'Enter')
      assert.match(await page.locator('main').innerText(), /H99\.\w+(\.\w+)*-\d{6}-\d{4}/)
    })
  })

/** Walks a closed list with the arrow until it says so. */
async function choose(page: Page, label: string): Promise<void> {
  for (let steps = 0; steps < 60; steps++) {
    const chosen = await page
      .locator(':focus')
      .evaluate(element => (element instanceof HTMLSelectElement ? element.selectedOptions[0]?.textContent : undefined))
    if (chosen?.trim() === label) return
    assert.notEqual(chosen, undefined, 'the focus is not on a list')
    await page.keyboard.press('ArrowDown')
  }
  assert.fail(`no ${label} in the list`)
}
