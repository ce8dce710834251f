// The main job end to end, in a real browser: a citizen applies, the desk works, a signed result comes back and verifies.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { DEMO_PASSWORD } from '../../src/app/demo-people.ts'
import { verifyHistories } from '../../src/modules/dossier/index.ts'
import { type Looker, launchBrowser, openContext, shoot } from '../support/browser.ts'
import { twoOfEach } from '../support/processes.ts'
import { listen, smallPdf, type TestApp, testApp } from '../support/test-app.ts'

const folder = mkdtempSync(join(tmpdir(), 'motcua-journey-'))
const drawing = join(folder, 'ban-ve.pdf')
writeFileSync(drawing, smallPdf)

for (const { width, script, processes } of [
  { width: 1440, script: true, processes: 1 },
  { width: 360, script: true, processes: 1 },
  { width: 1440, script: false, processes: 1 },
  // Two web and two worker processes, each connection to another one.
  { width: 360, script: false, processes: 2 },
  { width: 1440, script: true, processes: 2 },
]) {
  describe(`construction permit, ${width} px, script ${script ? 'on' : 'off'}, ${processes} of each process`, () => {
    let test: TestApp
    let stop: () => Promise<void>
    let browser: Browser
    let base: string
    const name = (step: string) => `permit-${width}-${script ? 'js' : 'nojs'}-${processes}-${step}`

    before(async () => {
      test = await testApp()
      if (processes === 1) {
        base = await listen(test)
        stop = (await test.app.startWorker()).stop
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

    const lookers: Looker[] = []
    const enter = async (): Promise<Page> => {
      const looker = await openContext(browser, { width, script })
      lookers.push(looker)
      return looker.page
    }
    const signIn = async (login: string): Promise<Page> => {
      const page = await enter()
      await page.goto(`${base}/dang-nhap`)
      await page.fill('#ten', login)
      await page.fill('#mat-khau', DEMO_PASSWORD)
      await page.click('main form button[type=submit]')
      if (page.url().endsWith('/dang-nhap/ma-xac-thuc')) {
        const shown = await page.locator('main .hint').first().innerText()
        await page.fill('#ma', /\d{6}/.exec(shown)?.[0] ?? '')
        await page.click('main form button[type=submit]')
      }
      assert.match(page.url(), /ban-lam-viec/)
      return page
    }
    // Who is at the desk stays signed in: a code of the second factor works once.
    const atDesk = new Map<string, Page>()
    /** Opens the one dossier of a queue and acts; waits for signing to end. */
    const work = async (login: string, queue: string, shot: string, act: (page: Page) => Promise<void>) => {
      const page = atDesk.get(login) ?? (await signIn(login))
      atDesk.set(login, page)
      await page.goto(`${base}/ban-lam-viec?hang=${queue}`)
      await shoot(page, name(`${shot}-list`))
      await page.click('[data-row-link]')
      await shoot(page, name(shot))
      await act(page)
      for (let i = 0; i < 30; i++) {
        await page.goto(page.url().split('?')[0] ?? '')
        if (!(await page.locator('main').innerText()).includes('đang ký số hoặc cấp số')) break
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }

    let citizen: Page
    let own = ''
    let reference = ''
    let tracking = ''

    it('a citizen signs in with the eID, finds the procedure without diacritics and applies', async () => {
      citizen = await enter()
      await citizen.goto(base)
      await shoot(citizen, name('home'))
      await citizen.fill('#q', 'giay phep xay dung')
      if (script) {
        await citizen.waitForSelector('.suggestions a')
        await shoot(citizen, name('suggest'))
      }
      await citizen.click('.search-box button')
      await citizen.click('.results a:has-text("giấy phép xây dựng mới")')
      await shoot(citizen, name('procedure'))
      await citizen.click('a:has-text("Nộp hồ sơ")')
      await shoot(citizen, name('sign-in'))
      await citizen.click('a:has-text("VNeID")')
      await shoot(citizen, name('vneid'))
      await citizen.click('button:has-text("Nguyễn Thị Mẫu")')
      await citizen.waitForURL(/nop-ho-so/)
      await shoot(citizen, name('start'))
      await citizen.click('main button:has-text("Bắt đầu")')

      // First a page with faults: nothing chosen.
      await citizen.click('main .buttons button:has-text("Tiếp tục")')
      assert.ok(await citizen.locator('.error-summary').isVisible())
      await shoot(citizen, name('faults'))
      await citizen.check('input[name="loai-chu-dau-tu"][value="ca-nhan"]')
      assert.equal(await citizen.inputValue('[name="chu-dau-tu.so-dinh-danh"]'), '044185000123')
      await citizen.check('input[name="dong-so-huu"][value="co"]')
      await citizen.fill('[name="nguoi-dong-so-huu.0.ho-ten"]', 'Lê Văn Hai')
      await citizen.fill('[name="nguoi-dong-so-huu.0.so-dinh-danh"]', '044080000789')
      await citizen.click('button:has-text("Thêm một mục")')
      await citizen.fill('[name="nguoi-dong-so-huu.1.ho-ten"]', 'Lê Thị Ba')
      await citizen.fill('[name="nguoi-dong-so-huu.1.so-dinh-danh"]', '044182000321')
      await citizen.fill('[name="dien-thoai"]', '0912 000 123')
      await shoot(citizen, name('page-1'))
      await citizen.click('main .buttons button:has-text("Tiếp tục")')

      await citizen.selectOption('[name="dia-diem.tinh"]', '99')
      if (script)
        await citizen.waitForFunction(() => document.querySelectorAll('[name="dia-diem.xa"] option').length > 1)
      else await citizen.click('button:has-text("Hiện danh sách")')
      await citizen.selectOption('[name="dia-diem.xa"]', '99001')
      await citizen.fill('[name="dia-diem.duong"]', '12 đường Hoa Sen, tổ 3')
      await citizen.fill('[name="so-thua"]', '215')
      await citizen.fill('[name="so-to"]', '17')
      await citizen.fill('[name="dien-tich-dat"]', '120,5')
      await shoot(citizen, name('page-2'))
      await citizen.click('main .buttons button:has-text("Tiếp tục")')

      await citizen.fill('[name="so-tang"]', '3')
      await citizen.fill('[name="dien-tich-tang-1"]', '500')
      await citizen.fill('[name="dien-tich-tang-khac"]', '160')
      await citizen.fill('[name="chieu-cao"]', '11,4')
      await citizen.fill('[name="du-toan"]', '1.250.000.000')
      await citizen.check('input[name="lien-ke"][value="khong"]')
      await citizen.fill('[name="ngay-khoi-cong-ngay"]', '5')
      await citizen.fill('[name="ngay-khoi-cong-thang"]', '1')
      await citizen.fill('[name="ngay-khoi-cong-nam"]', String(new Date().getFullYear() + 1))
      await citizen.click('main .buttons button:has-text("Tiếp tục")')
      assert.match(await citizen.locator('.error-summary').innerText(), /không được lớn hơn diện tích thửa đất/)
      await citizen.fill('[name="dien-tich-tang-1"]', '80')
      await citizen.click('main .buttons button:has-text("Tiếp tục")')

      await citizen.setInputFiles('[name="giay-to.ban-ve"]', drawing)
      await shoot(citizen, name('papers'))
      await citizen.click('main .buttons button:has-text("Tiếp tục")')
      const review = await citizen.locator('main').innerText()
      assert.match(review, /240 m²/)
      assert.match(review, /1\.250\.000\.000 đồng/)
      assert.match(review, /Dự kiến trả kết quả trước \d\d:\d\d ngày \d\d\/\d\d\/\d{4}/)
      await shoot(citizen, name('review'))
      await citizen.click('button:has-text("Gửi hồ sơ")')
      await citizen.waitForURL(/da-nop/)
      await shoot(citizen, name('receipt'))
      reference = await citizen.locator('.big').innerText()
      assert.match(reference, /^[2-9A-HJ-NP-TV-Z]{10}$/)
      tracking = (await citizen.locator('a:has-text("Đường dẫn theo dõi")').getAttribute('href')) ?? ''
      own = citizen.url().replace('/da-nop', '')
    })

    it('anybody with reference and phone tracks it; a wrong phone sees nothing', async () => {
      const page = await enter()
      await page.goto(`${base}/tra-cuu`)
      await page.fill('#ma', reference)
      await page.fill('#so-cuoi', '999999')
      await page.click('main form button')
      assert.match(await page.locator('.error-summary').innerText(), /Không có hồ sơ nào khớp/)
      await page.fill('#so-cuoi', '000123')
      await page.click('main form button')
      assert.match(await page.locator('main').innerText(), /Mới đăng ký/)
      await shoot(page, name('track-new'))
      await page.context().close()
    })

    it('the counter clerk receives it and prints form 01', async () => {
      await work('motcua1', 'receive', 'intake', async page => {
        await page.click('button:has-text("Tiếp nhận hồ sơ")')
        await page.waitForURL(/da=tiep-nhan/)
        await shoot(page, name('received'))
        const href = await page.locator('.notice a:has-text("In giấy tiếp nhận")').getAttribute('href')
        const slip = await page.request.get(`${base}${href}`)
        assert.equal(slip.headers()['content-type'], 'application/pdf')
        writeFileSync(join(folder, 'mau-01.pdf'), await slip.body())
      })
      const slip = execFileSync('pdftotext', ['-layout', join(folder, 'mau-01.pdf'), '-'], { encoding: 'utf8' })
      assert.match(slip, /GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ/)
      // Every letter of a bold line can be read by programs, also those that are parts of others (O of Ô).
      assert.match(slip, /CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM/)
    })

    it('specialist, head, leader and records clerk bring the permit to its seal', async () => {
      await work('chuyenvien1', 'work', 'examine', async page => {
        await page.check('input[name="ket-qua"][value="cap-phep"]')
        await page.fill('[name="thu.cap-phep.luu-y"]', 'Bảo đảm an toàn cho công trình liền kề.')
        await page.fill('[name="y-kien"]', 'Hồ sơ hợp lệ, phù hợp quy hoạch.')
        await page.click('button:has-text("Lập dự thảo và trình")')
        await page.waitForURL(/da=quyet-dinh/)
        const draft = await page.request.get(`${page.url().split('?')[0]}/van-ban.pdf`)
        writeFileSync(join(folder, 'du-thao.pdf'), await draft.body())
      })
      assert.match(
        execFileSync('pdftotext', [join(folder, 'du-thao.pdf'), '-'], { encoding: 'utf8' }),
        /GIẤY PHÉP XÂY DỰNG/,
      )
      await work('truongphong1', 'sign', 'initial', page => page.click('button:has-text("Ký nháy, rồi chuyển")'))
      await work('chutich1', 'sign', 'sign', page => page.click('button:has-text("Ký số, rồi chuyển")'))
      await work('vanthu1', 'records', 'number', page => page.click('button:has-text("Cấp số, rồi chuyển")'))
      await work('vanthu1', 'records', 'seal', page => page.click('button:has-text("Ký số cơ quan, rồi chuyển")'))
    })

    it('the clerk returns the result; the citizen downloads it; pdfsig and the verification page find it valid', async () => {
      await work('motcua1', 'return', 'return', page => page.click('button:has-text("Xác nhận đã trả kết quả")'))
      await citizen.goto(own)
      await shoot(citizen, name('own-result'))
      const download = await citizen.request.get(`${own}/ket-qua.pdf`)
      assert.equal(download.status(), 200)
      const file = join(folder, `ket-qua-${width}-${script}.pdf`)
      writeFileSync(file, await download.body())
      const said = execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' })
      assert.equal(said.match(/Signature is Valid/g)?.length, 2)
      assert.match(execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }), /Số:\s+01\s+\/GPXD-UBND/)

      const page = await enter()
      await page.goto(`${base}/xac-minh`)
      await page.setInputFiles('#tep', file)
      await page.click('main form button')
      assert.match(await page.locator('.verdict').innerText(), /Văn bản hợp lệ/)
      await shoot(page, name('verify'))
      const bytes = readFileSync(file)
      bytes[bytes.indexOf('/Length') + 400] = (bytes[bytes.indexOf('/Length') + 400] ?? 0) ^ 1
      const changed = join(folder, 'doi.pdf')
      writeFileSync(changed, bytes)
      await page.setInputFiles('#tep', changed)
      await page.click('main form button')
      assert.match(await page.locator('.verdict').innerText(), /bị thay đổi|Chưa xác minh được/)
      await page.setInputFiles('#tep', drawing)
      await page.click('main form button')
      assert.match(await page.locator('.verdict').innerText(), /không có chữ ký số|không đọc được/)

      await page.goto(`${base}${tracking}`)
      assert.match(await page.locator('main').innerText(), /Đã trả kết quả/)
      await shoot(page, name('track-done'))
      await page.goto(`${base}/tien-do`)
      await shoot(page, name('board'))
      assert.match(await page.locator('main').innerText(), /phường Trung Tâm/)
      await page.goto(`${base}/hop-thu`)
      await shoot(page, name('mailbox'))
      assert.match(await page.locator('main').innerText(), /đã được trả/)
      await page.context().close()
    })

    it('every history holds, nothing left this machine, no browser complained', async () => {
      const report = await verifyHistories(test.app.db, test.app.platform.keys)
      assert.equal(report.dossiers, 1)
      assert.deepEqual(report.faults, [])
      assert.deepEqual(
        lookers.flatMap(looker => looker.foreign),
        [],
      )
      assert.deepEqual(
        lookers.flatMap(looker => looker.complaints),
        [],
      )
    })
  })
}
