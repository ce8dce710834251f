// Every page in a real browser: axe finds nothing, no link is dead, no request leaves this machine; statements a page are counted.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { DEMO_PASSWORD } from '../src/app/demo-people.ts'
import { packageFile } from '../src/platform/root.ts'
import { type Looker, launchBrowser, openContext } from './support/browser.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { listen, type TestApp, testApp, Visitor } from './support/test-app.ts'

const axe = readFileSync(packageFile('axe-core/axe.min.js'), 'utf8')
interface AxeWindow {
  readonly axe: {
    run(context: unknown, options: unknown): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
  }
}

async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    (window as unknown as AxeWindow).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  )
  return violations.map(each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`)
}

const QUESTION = { q: 'nguyen thi' }

describe('pages', () => {
  let test: TestApp
  let browser: Browser
  let base: string
  let received: string
  let token: string
  before(async () => {
    test = await testApp()
    base = await listen(test)
    browser = await launchBrowser()
    const filed = await fileDossier(test.app)
    received = filed.id
    token = filed.token
    await fileDossier(test.app, '2.000635')
    await act(await new Visitor(test.app).signIn('motcua1'), received, 'tiep-nhan')
  })
  after(async () => {
    await browser.close()
    await test.close()
  })
  const looked: Looker[] = []
  const enter = async (login: string | null, width: number): Promise<Page> => {
    const looker = await openContext(browser, { width, script: true })
    looked.push(looker)
    const { page } = looker
    if (login !== null) {
      await page.goto(`${base}/dang-nhap`)
      await page.fill('#ten', login)
      await page.fill('#mat-khau', DEMO_PASSWORD)
      await page.click('main form button[type=submit]')
    }
    return page
  }
  /** Follows links of the same site, breadth first, a bounded number of pages. */
  const crawl = async (
    page: Page,
    start: readonly string[],
    most: number,
  ): Promise<{ dead: string[]; faults: string[]; wide: string[]; seen: number }> => {
    const queue = [...start]
    const seen = new Set(queue)
    const dead: string[] = []
    const faults: string[] = []
    const wide: string[] = []
    const shapes = new Set<string>()
    let visited = 0
    for (let path = queue.shift(); path !== undefined && visited < most; path = queue.shift()) {
      const answer = await page.request.get(base + path)
      if (answer.status() >= 400) dead.push(`${path} ${answer.status()}`)
      if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue
      // Pages of one kind look alike: each kind is looked at with axe twice at most.
      const shape = path.split('?')[0]?.replace(/[0-9a-f-]{36}|\d\.\d{6}/g, ':') ?? ''
      const again = [...shapes].filter(each => each.startsWith(`${shape} `)).length
      if (again >= 2) continue
      shapes.add(`${shape} ${again}`)
      visited++
      await page.goto(base + path)
      faults.push(...(await faultsOf(page)).map(fault => `${path}: ${fault}`))
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (over > 0) wide.push(`${path} is ${over} px too wide`)
      for (const href of await page
        .locator('a[href^="/"]')
        .evaluateAll(links => links.map(link => link.getAttribute('href') ?? ''))) {
        const plain = href.split('#')[0] ?? ''
        if (!seen.has(plain) && !plain.startsWith('/dang-xuat')) {
          seen.add(plain)
          queue.push(plain)
        }
      }
    }
    return { dead, faults, wide, seen: visited }
  }

  for (const width of [360, 1440]) {
    it(`a stranger at ${width} px`, async () => {
      const result = await crawl(
        await enter(null, width),
        [
          '/',
          '/thanh-phan',
          `/tra-cuu/${token}`,
          '/khong-co',
          '/dang-ky',
          '/quen-mat-khau',
          '/dang-nhap/kich-hoat',
          '/niem-phong',
          '/xac-minh',
          '/dia-gioi?q=dong%20ha',
        ],
        40,
      )
      assert.deepEqual(result.dead, ['/khong-co 404'])
      assert.deepEqual(result.faults, [])
      assert.deepEqual(result.wide, [])
      assert.ok(result.seen > 12)
    })
    it(`a citizen at ${width} px`, async () => {
      const page = await enter('0912000123', width)
      await page.goto(`${base}/nop-ho-so/1.013225`)
      await page.click('main button:has-text("Bắt đầu")')
      const draft = new URL(page.url()).pathname.replace(/\/trang\/.*$/, '')
      const result = await crawl(
        page,
        [
          '/ho-so',
          `/ho-so/${received}`,
          `/ho-so/${received}/da-nop`,
          draft,
          `${draft}/trang/chu-dau-tu`,
          `${draft}/giay-to`,
          `${draft}/kiem-tra`,
          '/tai-khoan',
          '/tai-khoan/mat-khau',
          '/nop-ho-so/1.004873',
        ],
        30,
      )
      assert.deepEqual(result.dead, [])
      assert.deepEqual(result.faults, [])
      assert.deepEqual(result.wide, [])
    })
    it(`a clerk and a specialist at ${width} px`, async () => {
      for (const login of ['motcua1', 'chuyenvien1']) {
        const { location } = await (await new Visitor(test.app).signIn(login)).post('/ban-lam-viec/tim', QUESTION)
        const result = await crawl(await enter(login, width), ['/ban-lam-viec', location, '/tai-khoan'], 20)
        assert.deepEqual(result.dead, [])
        assert.deepEqual(result.faults, [])
        assert.deepEqual(result.wide, [])
      }
    })
  }

  it('nothing left this machine and no browser complained', () => {
    assert.deepEqual(
      looked.flatMap(each => each.foreign),
      [],
    )
    assert.deepEqual(
      looked.flatMap(each => each.complaints),
      [],
    )
  })

  it('a page asks the database no more than its bound', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const citizen = await new Visitor(test.app).signIn('0912000123')
    const stranger = new Visitor(test.app)
    const bounds: [Visitor, string, number][] = [
      [stranger, '/', 4],
      [stranger, '/thu-tuc', 3],
      [stranger, '/thu-tuc/1.013225', 4],
      [stranger, '/tien-do', 4],
      [clerk, '/ban-lam-viec', 4],
      [clerk, (await clerk.post('/ban-lam-viec/tim', QUESTION)).location, 3],
      [clerk, `/ban-lam-viec/ho-so/${received}`, 26],
      [citizen, '/ho-so', 6],
      [citizen, `/ho-so/${received}`, 20],
    ]
    const over: string[] = []
    for (const [who, path, bound] of bounds) {
      await who.get(path)
      const before = test.counter.count
      assert.equal((await who.get(path)).status, 200)
      const asked = test.counter.count - before
      if (asked > bound) over.push(`${path}: ${asked} > ${bound}`)
    }
    assert.deepEqual(over, [])
  })
})
