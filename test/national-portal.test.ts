// The national portal files through its drop: native dossiers enter the queue, mirrored ones are followed, faults are told.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { reportProgress } from '../src/integrations/national-portal/integration.ts'
import { readCases } from '../src/modules/catalogue/index.ts'
import { verifyOne } from '../src/modules/dossier/index.ts'
import { productRoot } from '../src/platform/root.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { smallPdf, type TestApp, testApp, Visitor } from './support/test-app.ts'

const permit = readCases(join(productRoot, 'procedures/1.013225-giay-phep-xay-dung-nha-o'))[0]

describe('national portal', () => {
  let test: TestApp
  const drop = mkdtempSync(join(tmpdir(), 'motcua-drop-'))
  before(async () => {
    test = await testApp({}, { nationalDropDir: drop })
    mkdirSync(join(drop, 'files'), { recursive: true })
    writeFileSync(join(drop, 'files', 'bv.pdf'), smallPdf)
  })
  after(() => test.close())
  const put = (name: string, content: unknown) =>
    writeFileSync(join(drop, 'incoming', name), typeof content === 'string' ? content : JSON.stringify(content))
  const item = {
    MaHoSo: 'G22.99-261123-000017',
    MaTTHC: '1.013225',
    TenTTHC: 'x',
    ChuHoSo: 'Nguyễn Thị Mẫu',
    LoaiDoiTuong: '1',
    SoGiayToChuHoSo: '044185000123',
    SoDienThoai: '+84 912 000 123',
    NgayNopHoSo: '20261123083000',
    ThongTinKhac: JSON.stringify(permit?.answers),
    TaiLieuNop: [
      {
        TepDinhKemId: '1',
        TenTepDinhKem: 'ban ve.pdf',
        IsDeleted: 'False',
        MaThanhPhanHoSo: 'ban-ve',
        DuongDanTaiTepTin: 'bv.pdf',
      },
    ],
  }

  it('files a native dossier once, however often it is dropped', async () => {
    put('a.json', { isUpdating: 'False', data: [item] })
    const [first] = (await test.app.national?.importDrop()) ?? []
    assert.equal(first?.outcome, 'filed', first?.reason)
    put('b.json', { data: [item] })
    const [second] = (await test.app.national?.importDrop()) ?? []
    assert.deepEqual([second?.outcome, second?.reference], ['known', first?.reference])
    const row = await test.app.db
      .selectFrom('dossier.dossier')
      .select(['id', 'channel', 'state'])
      .where('foreign_code', '=', item.MaHoSo)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.channel, row.state], ['national', 1])
    const clerk = await new Visitor(test.app).signIn('motcua1')
    assert.equal((await act(clerk, row.id, 'tiep-nhan')).status, 303)
    await test.app.runJobs()
    const told = readdirSync(join(drop, 'outgoing')).filter(name => !name.startsWith('.'))
    assert.deepEqual(told, [`${item.MaHoSo}-0001.json`, `${item.MaHoSo}-0002.json`])
    const progress = JSON.parse(readFileSync(join(drop, 'outgoing', told[1] ?? ''), 'utf8'))
    assert.equal(progress.data[0].TrangThai, '4')
    assert.match(progress.data[0].NgayKetThucTheoQuyDinh, /^\d{14}$/)
  })

  it('follows a mirrored dossier and its history holds', async () => {
    const mirrored = {
      MaHoSo: 'BTP-261123-5',
      MaTTHC: '1.001193',
      ChuHoSo: 'Lê Thị Bốn',
      TrangThaiHoSo: '4',
      NgayTiepNhan: '20261123090000',
      NgayHenTra: '20261123173000',
    }
    put('c.json', { data: [mirrored] })
    assert.equal((await test.app.national?.importDrop())?.[0]?.outcome, 'mirrored')
    put('d.json', { data: [{ ...mirrored, TrangThaiHoSo: '10', NgayTra: '20261123160000' }] })
    await test.app.national?.importDrop()
    const row = await test.app.db
      .selectFrom('dossier.dossier')
      .select(['id', 'kind', 'state', 'seq'])
      .where('foreign_code', '=', mirrored.MaHoSo)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.kind, row.state, row.seq], ['mirrored', 10, 2])
    assert.equal((await verifyOne(test.app.db, test.app.platform.keys, row.id as never)).fault, null)
  })

  it('says what is wrong, item by item, and files nothing of it', async () => {
    const bad: [string, unknown, RegExp][] = [
      ['not-json.json', '{"data": [', /cannot be read/],
      ['empty.json', { data: [] }, /cannot be read/],
      ['no-code.json', { data: [{ ...item, MaHoSo: '' }] }, /MaHoSo/],
      ['no-procedure.json', { data: [{ ...item, MaHoSo: 'X-1-1', MaTTHC: '1.999999' }] }, /not published/],
      ['answers.json', { data: [{ ...item, MaHoSo: 'X-1-2', ThongTinKhac: '{"so-tang": "ba"}' }] }, /so-tang/],
      [
        'escape.json',
        {
          data: [
            {
              ...item,
              MaHoSo: 'X-1-3',
              TaiLieuNop: [{ TenTepDinhKem: 'x', DuongDanTaiTepTin: '../../../etc/passwd' }],
            },
          ],
        },
        /not in the drop/,
      ],
      ['date.json', { data: [{ ...item, MaHoSo: 'X-1-4', NgayNopHoSo: '20261345000000' }] }, /NgayNopHoSo/],
      ['year.json', { data: [{ ...item, MaHoSo: 'X-1-6', NgayNopHoSo: '02261123083000' }] }, /NgayNopHoSo/],
      ['phone.json', { data: [{ ...item, MaHoSo: 'X-1-5', SoDienThoai: '12' }] }, /SoDienThoai/],
      ['null.json', { data: [null] }, /./],
    ]
    for (const [name, content, why] of bad) {
      put(name, content)
      const [report] = (await test.app.national?.importDrop()) ?? []
      assert.equal(report?.outcome, 'refused', name)
      assert.match(report?.reason ?? '', why, name)
      assert.ok(existsSync(join(drop, 'failed', `${name}.report.json`)))
    }
    const { count } = await test.app.db
      .selectFrom('dossier.dossier')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(count, 2)
  })

  it('is told of its own dossiers alone, also by what an older version left in the queue', async () => {
    const { concerns, handle } = reportProgress(test.app.house, drop)
    const event = (facts: Record<string, string | number | null>) => ({ name: 'dossier.changed', id: 'x', facts })
    assert.equal(concerns(event({ type: 'received', foreignSystem: 'house:national-portal' })), true)
    assert.equal(concerns(event({ type: 'received', foreignSystem: 'another' })), false)
    assert.equal(concerns(event({ type: 'received', foreign: 'H-1' })), true, 'as 0.2.0 said it')
    assert.equal(concerns(event({ type: 'received', foreign: null })), false)
    const { id } = await fileDossier(test.app)
    const before = readdirSync(join(drop, 'outgoing'))
    await handle(event({ type: 'submitted', foreign: 'H-1', dossierId: id, seq: 1 }))
    assert.deepEqual(readdirSync(join(drop, 'outgoing')), before)
  })
})
