// Files that are two things at once or become a hundred times as large, and addresses that want the server to call: what is
// stored is given back as what its bytes are, nothing is unpacked, and no connection is made to anywhere but the database.
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { crc32, deflateRawSync, deflateSync } from 'node:zlib'
import { fileDossier } from '../support/dossiers.ts'
import { hidden, smallPdf, type TestApp, testApp, Visitor } from '../support/test-app.ts'

const HTML = '<html><script>alert(document.cookie)</script></html>'

/** A PNG that says to be as wide and high as `size`, its picture all of one colour. */
function png(size: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size)
  head.writeUInt32BE(size, 4)
  head.set([8, 0, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(20_000_000), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A zip of one file that inflates to `size` zeros. */
function zip(name: string, size: number): Buffer {
  const data = deflateRawSync(Buffer.alloc(size), { level: 9 })
  const entry = (signature: number, length: number) => {
    const head = Buffer.alloc(length)
    head.writeUInt32LE(signature)
    return head
  }
  const local = entry(0x04034b50, 30)
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(data.length, 18)
  local.writeUInt32LE(size, 22)
  local.writeUInt16LE(name.length, 26)
  const central = entry(0x02014b50, 46)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(data.length, 20)
  central.writeUInt32LE(size, 24)
  central.writeUInt16LE(name.length, 28)
  const end = entry(0x06054b50, 22)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length + name.length, 12)
  end.writeUInt32LE(local.length + name.length + data.length, 16)
  return Buffer.concat([local, Buffer.from(name), data, central, Buffer.from(name), end])
}

describe('hostile uploads and addresses', () => {
  let test: TestApp
  let citizen: Visitor
  let draft: string
  before(async () => {
    test = await testApp()
    citizen = await new Visitor(test.app).signIn('0912000123')
    draft = (await citizen.post('/nop-ho-so/1.013225')).location.replace(/\/trang\/.*$/, '')
  })
  after(() => test.close())

  const upload = (name: string, content: Buffer) =>
    citizen.upload(`${draft}/giay-to`, { '_tai-len': '1' }, [{ field: 'giay-to.ban-ve', name, content }])
  /** What the newest file is given back as. */
  const given = async () => {
    const page = (await citizen.get(`${draft}/giay-to`)).body
    const hrefs = [...page.matchAll(/href="(\/ban-nhap\/[^"]+\/tep\/[^"]+)"/g)].map(match => match[1] ?? '')
    return citizen.get(hrefs.at(-1) ?? '')
  }

  it('a file of two kinds is given back as the one that its bytes say, and never as a page of ours', async () => {
    const jpeg = Buffer.concat([
      Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, HTML.length + 2]),
      Buffer.from(HTML),
      Buffer.from([0xff, 0xd9]),
    ])
    for (const [name, content, mediaType] of [
      ['pdf-html.html', Buffer.concat([Buffer.from(HTML), smallPdf]), 'application/pdf'],
      ['pdf-zip.jar', Buffer.concat([smallPdf, zip('META-INF/MANIFEST.MF', 100)]), 'application/pdf'],
      ['jpeg-html.html', jpeg, 'image/jpeg'],
      ['png-html.svg', Buffer.concat([png(8), Buffer.from(HTML.slice(0, 40))]), 'image/png'],
    ] as const) {
      const kept = await upload(name, content)
      assert.equal(kept.status, 303, `${name}: ${kept.body.slice(0, 300)}`)
      const file = await given()
      assert.equal(file.headers['content-type'], mediaType, name)
      assert.equal(file.headers['x-content-type-options'], 'nosniff', name)
      assert.ok(file.bytes?.equals(content), name)
      assert.match(String(file.headers['content-disposition']), /\.(pdf|jpg|png)$/, name)
      if (mediaType !== 'application/pdf')
        assert.match(String(file.headers['content-security-policy']), /default-src 'none'.*sandbox/, name)
    }
  })

  it('what would grow a hundredfold is kept as it came: nothing here unpacks it', async () => {
    const before = process.memoryUsage().rss
    for (const [name, content] of [
      ['anh.png', png(50_000)],
      ['don.docx', zip('word/document.xml', 200_000_000)],
    ] as const) {
      assert.ok(content.length < 1_000_000)
      const began = performance.now()
      assert.equal((await upload(name, content)).status, 303, name)
      assert.ok((await given()).bytes?.equals(content), name)
      assert.ok(performance.now() - began < 5000, name)
    }
    // Making the zip took 200 MB here; keeping it takes no more.
    assert.ok(process.memoryUsage().rss - before < 400e6)
  })

  it('entities of XML are not read: it is no format of ours, wherever it is sent', async () => {
    const laughs = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, at) => `<!ENTITY a${at} "&a${at === 0 ? '' : at - 1};&a${at === 0 ? '' : at - 1};">`).join('')}<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&a29;&x;</l>`
    for (const [url, type] of [
      ['/dang-nhap', 'application/xml'],
      ['/api/v1/ho-so', 'text/xml'],
      ['/xac-minh', 'image/svg+xml'],
    ] as const) {
      const answer = await citizen.send('POST', url, { payload: laughs, headers: { 'content-type': type } })
      assert.ok(answer.status >= 400 && answer.status < 500, `${url} ${answer.status}`)
      assert.doesNotMatch(answer.body, /root:|hahaha/)
    }
    const refused = await citizen.upload(`${draft}/giay-to`, {}, [
      { field: 'giay-to.ban-ve', name: 'a.xml', content: Buffer.from(laughs) },
    ])
    assert.equal(refused.status, 422)
  })

  it('no address that anybody sends is called', async t => {
    const addresses = [
      ...[
        'http://169.254.169.254/latest/meta-data/',
        'http://[::ffff:169.254.169.254]/',
        'http://metadata.google.internal/',
      ],
      ...['http://127.0.0.1:22/', 'http://0177.0.0.1/', 'http://2130706433/', 'http://0/', 'http://[::1]:5432/'],
      ...[
        'http://localhost.example.com/',
        'http://user@127.0.0.1/',
        'gopher://127.0.0.1:25/_MAIL',
        'dict://127.0.0.1:11211/',
      ],
      ...['file:///etc/passwd', 'ftp://127.0.0.1/', 'ldap://127.0.0.1/', 'jar:http://127.0.0.1!/', '\\\\127.0.0.1\\c$'],
      ...['//127.0.0.1/', 'https://example.com', 'javascript:fetch("http://127.0.0.1")'],
    ]
    const { id } = await fileDossier(test.app)
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const called: string[] = []
    const original = Socket.prototype.connect
    t.mock.method(Socket.prototype, 'connect', function connect(this: Socket, ...given: unknown[]) {
      // The database is spoken to by its socket.
      const where = JSON.stringify(given[0])
      if (!where.includes('.s.PGSQL')) called.push(where)
      return original.apply(this, given as never)
    })
    await fetch('http://127.0.0.1:59999/').catch(() => undefined)
    assert.equal(called.splice(0).length, 1, 'a call is seen')
    for (const address of addresses) {
      const headers = { host: 'localhost', 'x-forwarded-host': address.replace(/[^\x21-\x7e]/g, ''), referer: address }
      const q = encodeURIComponent(address)
      for (const url of [
        `/tra-cuu?ma=${q}`,
        `/thu-tuc?q=${q}`,
        `/dang-nhap?tiep=${q}`,
        `/xac-minh/${q}`,
        `/tim?q=${q}`,
      ])
        assert.ok((await citizen.send('GET', url, { headers })).status < 500, `${url}`)
      const away = await citizen.post('/ngon-ngu', { 'ngon-ngu': 'vi', tiep: address })
      assert.match(away.location, /^\/(?!\/)/, address)
      const page = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
      const noted = { khoa: hidden(page.body, 'khoa'), seq: hidden(page.body, 'seq'), 'noi-dung': address }
      assert.ok((await clerk.post(`/ban-lam-viec/ho-so/${id}/ghi-chu`, noted)).status < 500, address)
      assert.ok((await citizen.post(`${draft}/trang/cong-trinh`, { 'dia-chi': address, email: address })).status < 500)
    }
    await test.app.runJobs()
    assert.deepEqual(called, [])
  })
})
