// Bad input everywhere: a sentence, what was typed kept, nothing changed, never a 500.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { returnAttempts, takeAttempts } from '../src/platform/access/attempts.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { keepUpload } from '../src/platform/files/file-rows.ts'
import { newId } from '../src/platform/id.ts'
import { act, CITIZEN, fileDossier } from './support/dossiers.ts'
import { giveToken, hidden, smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

const NASTY = [
  "' or 1=1 --",
  '"><script>alert(1)</script>',
  `{{7*7}} ${'$'}{7*7} <%= 7 %>`,
  '../../../etc/passwd',
  '\u0000\u0001\u001b[31m',
  'e\u0302\u0301'.repeat(50),
  '\ud800',
  'x'.repeat(90_000),
  '9'.repeat(400),
  '-1e309',
  '🏠'.repeat(2000),
  '%00%ff%zz',
]

describe('bad input', () => {
  let test: TestApp
  let citizen: Visitor
  let draft: string
  before(async () => {
    test = await testApp()
    citizen = await new Visitor(test.app).signIn('0912000123')
    draft = (await citizen.post('/nop-ho-so/1.013225')).location.replace(/\/trang\/.*$/, '')
  })
  after(() => test.close())

  it('no nasty text in any field of any page makes a fault, and none comes back unescaped', async () => {
    const pages: Record<string, readonly string[]> = {
      'chu-dau-tu': [
        'loai-chu-dau-tu',
        'chu-dau-tu.ho-ten',
        'chu-dau-tu.so-dinh-danh',
        'chu-dau-tu.ngay-sinh',
        'dien-thoai',
        'thu-dien-tu',
        'nguoi-dong-so-huu.0',
        'nguoi-dong-so-huu.0.ho-ten',
      ],
      'dia-diem': ['dia-diem.tinh', 'dia-diem.xa', 'dia-diem.duong', 'so-thua', 'dien-tich-dat'],
      'cong-trinh': [
        'so-tang',
        'dien-tich-tang-1',
        'chieu-cao',
        'du-toan',
        'ngay-khoi-cong-ngay',
        'ngay-khoi-cong-nam',
      ],
    }
    for (const nasty of NASTY) {
      for (const [page, fields] of Object.entries(pages)) {
        const reply = await citizen.post(
          `${draft}/trang/${page}`,
          Object.fromEntries(fields.map(field => [field, nasty])),
        )
        assert.ok([200, 303, 422, 400, 413].includes(reply.status), `${page} ${nasty.slice(0, 20)}: ${reply.status}`)
        assert.doesNotMatch(reply.body, /<script>alert/)
      }
      for (const address of [`${draft}/kiem-tra`, draft, '/ho-so']) {
        const shown = await citizen.get(address)
        assert.equal(shown.status, 200, `${address} after ${nasty.slice(0, 20)}`)
        assert.doesNotMatch(shown.body, /<script>alert/)
      }
    }
  })

  it('search and look-ups take any text', async () => {
    for (const nasty of NASTY) {
      const q = encodeURIComponent(nasty.replace('\ud800', '')).slice(0, 4000)
      for (const address of [
        `/thu-tuc?q=${q}`,
        `/tim?q=${q}`,
        `/thu-tuc/goi-y?q=${q}`,
        `/dia-gioi?q=${q}`,
        `/dia-gioi/xa?tinh=${q}`,
        `/api/v1/thu-tuc?q=${q}&trang=-1`,
        `/thu-tuc/${q.slice(0, 200)}`,
        `/tra-cuu/${q.slice(0, 200)}`,
        `/xac-minh/${q.slice(0, 200)}`,
      ]) {
        const reply = await citizen.get(address)
        assert.ok(reply.status < 500, `${address.slice(0, 60)}: ${reply.status}`)
      }
    }
  })

  it('a part of a form that calls itself JSON is no text', async () => {
    for (const address of ['/xac-minh', `${draft}/trang/nguoi-yeu-cau`]) {
      const reply = await citizen.send('POST', address, {
        payload:
          '--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/json\r\n\r\n{"toString":1}\r\n--b--\r\n',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      })
      assert.equal(reply.status, 400, address)
    }
  })

  it('addresses that cannot be read, odd methods and headers get our page', async () => {
    assert.equal((await citizen.get('/thu-tuc?q=%')).status, 200)
    for (const address of ['//', '//x[', '/%', '/thu-tuc/%E0%A4%A', `/${'a'.repeat(5000)}`]) {
      const reply = await citizen.send('GET', address)
      assert.ok(reply.status >= 300 && reply.status < 500, `${address.slice(0, 20)}: ${reply.status}`)
    }
    const put = await test.app.http.inject({ method: 'PUT', url: '/dang-nhap', headers: { host: 'localhost' } })
    assert.ok(put.statusCode >= 400 && put.statusCode < 500)
    const json = await citizen.send('POST', '/tra-cuu', {
      payload: '{"ma":',
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(json.status, 400)
    const xml = await citizen.send('POST', '/tra-cuu', {
      payload: '<a/>',
      headers: { 'content-type': 'application/xml' },
    })
    assert.equal(xml.status, 415)
    const back = await new Visitor(test.app).post('/ngon-ngu', { 'ngon-ngu': 'en', tiep: '/thu-tuc?q=giấy phép' })
    assert.equal(back.status, 303)
    for (const evil of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      assert.equal((await new Visitor(test.app).post('/ngon-ngu', { tiep: evil })).location, '/')
    }
  })

  it('a post from another site is refused, whatever it carries', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ] as Record<string, string>[]) {
      const reply = await citizen.send('POST', `${draft}/xoa`, {
        payload: '',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      })
      assert.equal(reply.status, 403)
    }
    assert.equal((await citizen.get(draft)).status, 200)
  })

  it('uploads that lie are refused with a sentence that names the file', async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
    const rows: [string, Buffer, RegExp][] = [
      ['rong.pdf', Buffer.alloc(0), /rỗng/],
      ['trang.pdf', Buffer.from('<html><script>alert(1)</script>'), /không phải PDF/],
      ['cat.pdf', smallPdf.subarray(0, 100), /bị hỏng/],
      ['anh.png', png, /bị hỏng/],
      ['hinh.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), /không phải PDF/],
      ['nen.zip', Buffer.from('PK\u0003\u0004rest'), /không phải PDF/],
    ]
    for (const [name, content, say] of rows) {
      const reply = await citizen.upload(`${draft}/giay-to`, {}, [{ field: 'giay-to.ban-ve', name, content }])
      assert.equal(reply.status, 422, name)
      assert.match(reply.body, say)
    }
    const path = await citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, [
      { field: 'giay-to.ban-ve', name: '../../x\r\nset-cookie: a=b.pdf', content: smallPdf },
    ])
    assert.equal(path.status, 303)
    const page = await citizen.get(`${draft}/giay-to`)
    const href = /href="(\/ban-nhap\/[^"]+\/tep\/[^"]+)"/.exec(page.body)?.[1] ?? ''
    const file = await citizen.get(href)
    assert.equal(file.headers['content-type'], 'application/pdf')
    assert.doesNotMatch(String(file.headers['content-disposition']), /[\r\n]|\.\.\//)
  })

  it('what a handler did not keep leaves no bytes behind', async () => {
    const { readdirSync } = await import('node:fs')
    const count = () =>
      readdirSync(`${test.dataDir}/files`, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
        .length
    const before = count()
    await citizen.upload(`/ban-nhap/${newId(new Date())}/giay-to`, {}, [
      { field: 'giay-to.ban-ve', name: 'a.pdf', content: smallPdf },
    ])
    await citizen.upload('/xac-minh', { ['n'.repeat(201)]: 'x' }, [{ field: 'tep', name: 'a.pdf', content: smallPdf }])
    await citizen.upload(`${draft}/giay-to`, {}, [
      { field: 'giay-to.ban-ve', name: 'a.html', content: Buffer.from('<html>') },
    ])
    // Removed right after the answer, not before it.
    for (let i = 0; i < 50 && count() > before; i++) await new Promise(resolve => setTimeout(resolve, 20))
    assert.equal(count(), before)
  })

  it('what one network has used up is not taken from the others', async () => {
    const { reference } = await fileDossier(test.app)
    const ask = (from: string, tail: string) =>
      test.app.http.inject({
        method: 'POST',
        url: '/tra-cuu',
        remoteAddress: from,
        headers: { origin: 'http://localhost', host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ ma: reference, 'so-cuoi': tail }).toString(),
      })
    const own = new Set<number>()
    for (let i = 0; i < 80; i++) own.add((await ask('10.9.8.7', '000000')).statusCode)
    assert.deepEqual([...own], [422, 429])
    assert.equal((await ask('10.9.8.6', CITIZEN.phone.slice(-6))).statusCode, 303, 'the owner elsewhere still gets in')
  })

  it('a boundary, a depth, a half sign, a zero byte: refused or mended, never a fault of ours', async () => {
    const long = await citizen.send('POST', '/xac-minh', {
      payload: 'x',
      headers: { 'content-type': `multipart/form-data; boundary=${'b'.repeat(1900)}` },
    })
    assert.equal(long.status, 400)
    const token = await giveToken(test.app, ['dossier.submit'])
    const api = (payload: string) =>
      test.app.http.inject({
        method: 'POST',
        url: '/api/v1/ho-so',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        payload,
      })
    const deep = `{"procedure":"1.013225","answers":${'{"a":'.repeat(6000)}1${'}'.repeat(6000)}}`
    assert.equal((await api(deep)).statusCode, 400)
    for (const procedure of ['\\u0000', '1.0\\u0000', '\\ud800', '\\u202e'])
      assert.ok(
        (await api(`{"procedure":"${procedure}","requestKey":"x","applicant":{},"answers":{}}`)).statusCode < 500,
      )
    const asked = await citizen.get(`/tim?q=a${encodeURIComponent('💩'.repeat(200))}`)
    assert.equal(asked.status, 303)
    assert.equal((await citizen.get(asked.location)).status, 200)
    for (const origin of ['javascript://localhost', 'http://x@localhost', 'http://localhost/'])
      assert.equal(
        (
          await citizen.send('POST', '/dang-nhap', {
            payload: '',
            headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
          })
        ).status,
        403,
        origin,
      )
  })

  it('verification of a stranger’s file always ends with a word', async () => {
    const bomb = (dict: string, body = 'x') =>
      Buffer.from(
        `%PDF-1.5\n1 0 obj\n<<${dict}/Length ${body.length}>>\nstream\n${body}\nendstream\nendobj\nstartxref\n9\n%%EOF\n`,
      )
    const files = [
      bomb('/Type/XRef/W[0 0 0]/Index[100000000000000000000 300000000]/Size 1'),
      bomb('/Type/XRef/W[1 2 1]/Index[0 3000000]/Size 3000000'),
      bomb('/Type/XRef/W[999999999 1 1]/Size 5'),
      bomb('/Type/XRef/W[1 1 1]/Size 5/Filter/FlateDecode', 'garbage'),
      bomb('/Type/XRef/W[1 1 1]/Size 5/DecodeParms<</Predictor 12/Columns -2>>', 'xxxxxxxx'),
      Buffer.from('%PDF-1.4\nstartxref\n0\n%%EOF'),
      smallPdf,
    ]
    for (const content of files) {
      const started = performance.now()
      const reply = await new Visitor(test.app).upload('/xac-minh', {}, [{ field: 'tep', name: 'a.pdf', content }])
      assert.equal(reply.status, 200)
      assert.match(reply.body, /class="verdict/)
      assert.ok(performance.now() - started < 3000)
    }
  })

  it('sign-in tells nothing, and failures of strangers do not lock a known device', async () => {
    const known = await new Visitor(test.app).signIn('0912000456')
    for (let i = 0; i < 8; i++)
      await new Visitor(test.app).post('/dang-nhap', { ten: '0912000456', 'mat-khau': `wrong ${i}` })
    const locked = await new Visitor(test.app).post('/dang-nhap', {
      ten: '0912000456',
      'mat-khau': 'motcua-thu-nghiem',
    })
    assert.equal(locked.status, 429)
    await known.post('/dang-xuat')
    assert.equal((await known.post('/dang-nhap', { ten: '0912000456', 'mat-khau': 'motcua-thu-nghiem' })).status, 303)
    const absent = await new Visitor(test.app).post('/dang-nhap', { ten: '0999999999', 'mat-khau': 'x' })
    const wrong = await new Visitor(test.app).post('/dang-nhap', { ten: '0912000123', 'mat-khau': 'x' })
    assert.equal(absent.status, wrong.status)
    const strip = (body: string) => body.replace(/value="[^"]*"/g, '')
    assert.equal(strip(absent.body), strip(wrong.body))
  })

  it('a typed identification number opens nothing that belongs to its holder', async () => {
    const thief = new Visitor(test.app)
    await thief.post('/dang-ky', { 'lien-he': '0977777777' })
    const shown = /mã là (\d{4} \d{4})/.exec((await thief.get('/dang-ky/ma')).body)?.[1] ?? ''
    await thief.post('/dang-ky/ma', { ma: shown })
    const made = await thief.post('/dang-ky/tai-khoan', {
      buoc: hidden((await thief.get('/dang-ky/tai-khoan')).body, 'buoc'),
      'ho-ten': 'Kẻ Xấu',
      'so-dinh-danh': '044199009999',
      'mat-khau': 'mot cau dai de nho',
    })
    assert.equal(made.status, 303, made.body)
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const start = await clerk.post('/ban-lam-viec/tiep-nhan/2.000635')
    const at = start.location.replace('/nguoi-nop', '')
    await clerk.post(`${at}/nguoi-nop`, {
      'ho-ten': 'Người Thật',
      'so-dinh-danh': '044199009999',
      'dien-thoai': '0966666666',
    })
    await clerk.post(`${at}/trang/nguoi-yeu-cau`, {
      'nguoi-yeu-cau.ho-ten': 'Người Thật',
      'nguoi-yeu-cau.so-dinh-danh': '044199009999',
      'dien-thoai': '0966666666',
    })
    await clerk.post(`${at}/trang/trich-luc`, {
      'noi-lam.tinh': '99',
      'noi-lam.xa': '99001',
      'cho-ai': 'toi',
      loai: 'khai-sinh',
      'so-ban': '1',
    })
    const review = await clerk.get(`${at}/kiem-tra`)
    const sent = await clerk.post(`${at}/gui`, { khoa: /name="khoa" value="([^"]+)"/.exec(review.body)?.[1] ?? '' })
    assert.equal(sent.status, 303, sent.body)
    const id = sent.location.replace(/^.*\/|\?.*$/g, '')
    assert.equal((await thief.get(`/ho-so/${id}`)).status, 404)
    const row = await test.app.db
      .selectFrom('dossier.dossier')
      .select('applicant_name')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal(row.applicant_name, 'Người Thật')
  })

  it('right passwords at once all open', async () => {
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 4 }, () => new Visitor(test.app).signIn('tuphap1')))
  })

  it('a hundred guesses at once are a hundred guesses', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 100 }, () =>
        new Visitor(test.app).post('/dang-nhap', { ten: '0912000456', 'mat-khau': 'sai' }),
      ),
    )
    assert.ok(guesses.filter(each => each.status === 422).length <= 6)
    assert.ok(guesses.every(each => each.status === 422 || each.status === 429))
    const { reference } = await fileDossier(test.app)
    const looks = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        new Visitor(test.app).post('/tra-cuu', { ma: reference, 'so-cuoi': String(n).padStart(6, '0') }),
      ),
    )
    assert.ok(looks.filter(each => each.status === 422).length <= 8)
    assert.equal((await new Visitor(test.app).post('/tra-cuu', { ma: reference, 'so-cuoi': '000123' })).status, 429)
  })

  it('a draft keeps no more than a form can say', async () => {
    const long = 'a'.repeat(90_000)
    const fields = ['chu-dau-tu.ho-ten', 'chu-dau-tu.so-dinh-danh', 'dien-thoai', 'thu-dien-tu'].map(name => [
      name,
      long,
    ])
    const told = await citizen.post(`${draft}/trang/chu-dau-tu`, { ...Object.fromEntries(fields), _luu: '1' })
    assert.equal(told.status, 413)
    assert.match(told.body, /dài hơn mức một bản nháp/)
    assert.equal((await citizen.get(`${draft}/trang/chu-dau-tu`)).status, 200)
  })

  it('a discarded draft leaves no papers, and nobody fills the disk through one', async () => {
    const begun = (await citizen.post('/nop-ho-so/1.013225')).location.replace(/\/trang\/.*$/, '')
    const owner = `draft:${begun.split('/').at(-1)}`
    const rows = () => test.app.db.selectFrom('platform.file').select('id').where('owner', '=', owner).execute()
    await inTransaction(test.app.db, async tx => {
      const stored = await test.app.platform.files.write(Readable.from([smallPdf]), 100_000)
      const upload = { field: 'x', fileName: 'a.pdf', stored: { ...stored, size: 400_000_000 } }
      await keepUpload(tx, owner, upload, new Date())
      await assert.rejects(keepUpload(tx, owner, upload, new Date()), /file\.owner-full/)
    })
    assert.equal((await rows()).length, 1)
    assert.equal((await citizen.post(`${begun}/xoa`)).status, 303)
    assert.equal((await rows()).length, 0)
  })

  it('nobody fills the disk through many drafts', async () => {
    const { db, platform } = test.app
    const row = await db
      .selectFrom('identity.person')
      .select('id')
      .where('name', '=', 'Nguyễn Thị Mẫu')
      .executeTakeFirstOrThrow()
    const bucket = `megabyte of ${row.id}`
    const used = { bucket, limit: 2000, windowSeconds: 86_400, cost: 1999 }
    // What the tests before sent is not counted here.
    await returnAttempts(db, platform.keys, [], [used])
    assert.equal(await takeAttempts(db, platform.keys, platform.clock.now(), [used]), 0)
    const files = [{ field: 'giay-to.ban-ve', name: 'a.pdf', content: smallPdf }]
    const kept = () => sql<{ n: number }>`select count(*)::int as n from platform.file`.execute(db)
    const draft = (await citizen.post('/nop-ho-so/1.013225')).location.replace(/\/trang\/.*$/, '')
    assert.equal((await citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, files)).status, 303, 'the last one')
    const before = (await kept()).rows[0]?.n
    const refused = await citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, files)
    assert.equal(refused.status, 422)
    assert.match(refused.body, /tối đa 2,0 GB tệp|tối đa 2 GB tệp|tối đa [\d.,]+ .B tệp/)
    assert.equal((await kept()).rows[0]?.n, before)
    // What was refused is not counted: one that is given back makes room for one.
    await returnAttempts(db, platform.keys, [{ ...used, cost: 1 }], [])
    assert.equal((await citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, files)).status, 303)
    // A long body is not even read.
    const long = await citizen.send('POST', `${draft}/giay-to`, {
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '30000000' },
      payload: '--x--',
    })
    assert.equal(long.status, 429)
    const { id } = await fileDossier(test.app)
    const clerk = await new Visitor(test.app).signIn('motcua1')
    await act(clerk, id, 'yeu-cau-bo-sung', { 'ly-do': 'Thiếu', 'can-cu': 'NĐ 118/2025', 'giay-to': ['ban-ve'] })
    const page = await citizen.get(`/ho-so/${id}`)
    const answered = await citizen.upload(
      `/ho-so/${id}/bo-sung`,
      { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq'), 'giai-trinh': 'Lời giải trình ở lại' },
      files,
    )
    assert.equal(answered.status, 422)
    assert.match(answered.body, /chưa được lưu/)
    await returnAttempts(db, platform.keys, [], [used])
  })

  it('programs are told in JSON also what was wrong before any route was asked', async () => {
    const program = new Visitor(test.app)
    const headers = { 'content-type': 'application/json' }
    for (const [method, path, payload, status] of [
      ['GET', '/api/v1/khong-co', undefined, 404],
      ['POST', '/api/v1/ho-so', '{"a":', 400],
      ['POST', '/api/v1/ho-so', JSON.stringify('x'.repeat(2_100_000)), 413],
    ] as const) {
      const reply = await program.send(method, path, { headers, ...(payload === undefined ? {} : { payload }) })
      assert.equal(reply.status, status, path)
      assert.match(String(reply.headers['content-type']), /^application\/(problem\+)?json/, path)
    }
  })
})
