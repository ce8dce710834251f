// PORTAL=off: citizens file on the national portal or at the counter; looking up, progress and verification stay.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { buildApp } from '../../src/app/build-app.ts'
import { launchBrowser, openContext, shoot } from '../support/browser.ts'
import { CITIZEN, fileDossier, PERMIT } from '../support/dossiers.ts'
import { twoOfEach } from '../support/processes.ts'
import { type TestApp, testApp, Visitor } from '../support/test-app.ts'

describe('a province that takes in nothing online', () => {
  let test: TestApp
  let browser: Browser
  let several: Awaited<ReturnType<typeof twoOfEach>>
  let base: string
  before(async () => {
    test = await testApp({}, { portalOpen: false })
    several = await twoOfEach(test)
    base = several.base
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await several.close()
    await test.close()
  })

  for (const { width, script } of [
    { width: 360, script: false },
    { width: 1440, script: true },
  ]) {
    it(`a citizen reads, looks up, sees progress and verifies at ${width} px, script ${script ? 'on' : 'off'}`, async () => {
      const { reference } = await fileDossier(test.app)
      const { page, foreign, complaints } = await openContext(browser, { width, script })
      await page.goto(`${base}/thu-tuc/${PERMIT}`)
      assert.equal(await page.locator('main a[href^="/nop-ho-so"]').count(), 0)
      assert.match(await page.locator('main').innerText(), /Cổng Dịch vụ công quốc gia/)
      await shoot(page, `portal-off-${width}-procedure`)
      await page.goto(`${base}/tra-cuu`)
      await page.fill('#ma', reference)
      await page.fill('#so-cuoi', CITIZEN.phone.slice(-6))
      await page.click('main form button')
      assert.match(await page.locator('main').innerText(), /Mới đăng ký/)
      for (const path of ['/tien-do', '/xac-minh']) assert.equal((await page.goto(base + path))?.status(), 200, path)
      assert.deepEqual([foreign, complaints], [[], []])
      await page.context().close()
    })
  }

  it('no route files for a citizen, not even a draft begun before', async () => {
    const visitor = await new Visitor(test.app).signIn(CITIZEN.phone)
    assert.equal((await visitor.get(`/nop-ho-so/${PERMIT}`)).status, 404)
    assert.equal((await visitor.post(`/nop-ho-so/${PERMIT}`)).status, 404)
    const open = await buildApp({ ...test.config, portalOpen: true }, test.databaseUrl, {
      keys: test.app.platform.keys,
    })
    const before = new Visitor(open)
    for (const [name, value] of visitor.cookies) before.cookies.set(name, value)
    const begun = await before.post(`/nop-ho-so/${PERMIT}`)
    assert.equal(begun.status, 303)
    assert.equal((await before.get(begun.location)).status, 200)
    await open.close()
    assert.equal((await visitor.get(begun.location)).status, 404)
    assert.equal((await visitor.post(begun.location)).status, 404)
  })

  it('the counter takes in as before', async () => {
    const clerk = await new Visitor(test.app).signIn('motcua1')
    assert.equal((await clerk.get('/ban-lam-viec/tiep-nhan')).status, 200)
    const begun = await clerk.post(`/ban-lam-viec/tiep-nhan/${PERMIT}`)
    assert.equal(begun.status, 303)
    assert.equal((await clerk.get(begun.location)).status, 200)
  })
})
