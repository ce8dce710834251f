// The national portal files through its drop: native dossiers enter the queue, mirrored ones are followed, faults are told.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { reportProgress } from '../src/integrations/national-portal/integration.ts'
import { readCases } from '../src/modules/catalogue/index.ts'
import { verifyOne } from '../src/modules/dossier/index.ts'
import { newId } from '../src/platform/id.ts'
import { productRoot } from '../src/platform/root.ts'
import { act, fileDossier } from './support/dossiers.ts'
import { asAdmin } from './support/scratch.ts'
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

  it('reads files alone: a folder of such a name lies there for whoever put it there', async () => {
    mkdirSync(join(drop, 'incoming/thu-muc.json'))
    put('e.json', '{"isUpdating":"False","data":[{"MaHoSo":"G22')
    const reports = (await test.app.national?.importDrop()) ?? []
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['refused'],
    )
    assert.equal(existsSync(join(drop, 'failed/e.json')), true)
    rmdirSync(join(drop, 'incoming/thu-muc.json'))
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

  it('nobody moves what the ministry leads', async () => {
    const row = await test.app.db
      .selectFrom('dossier.dossier')
      .select(['id', 'agency_id'])
      .where('kind', '=', 'mirrored')
      .executeTakeFirstOrThrow()
    const { applicant_id: owner } = await test.app.db
      .selectFrom('dossier.dossier')
      .select('applicant_id')
      .where('foreign_code', '=', item.MaHoSo)
      .executeTakeFirstOrThrow()
    // As if it were of the demo person, and still under way.
    await asAdmin(test.databaseUrl, client =>
      client.query('update dossier.dossier set applicant_id = $1, state = 4 where id = $2', [owner, row.id]),
    )
    const citizen = await new Visitor(test.app).signIn('0912000123')
    const own = await citizen.get(`/ho-so/${row.id}`)
    assert.equal(own.status, 200)
    assert.doesNotMatch(own.body, /\/rut"/)
    const withdrawn = await citizen.post(`/ho-so/${row.id}/rut`, {
      khoa: newId(new Date()),
      seq: '2',
      'ly-do': 'Tôi không cần nữa',
    })
    assert.equal(withdrawn.status, 409, withdrawn.body)
    await asAdmin(test.databaseUrl, client =>
      client.query('update dossier.dossier set state = 10 where id = $1', [row.id]),
    )
  })

  it('a file that has to wait for us holds up none behind it', async () => {
    const refuse = (doing: string) =>
      asAdmin(test.databaseUrl, async client => {
        await client.query(doing)
      })
    await refuse(`create function public.no() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
      create trigger no before insert on dossier.dossier for each row when (new.foreign_code = 'X-2-1') execute function public.no()`)
    try {
      put('e-waits.json', { data: [{ ...item, MaHoSo: 'X-2-1' }] })
      put('f-good.json', { data: [{ ...item, MaHoSo: 'X-2-2', MaTTHC: '1.001193' }] })
      await assert.rejects(test.app.national?.importDrop() ?? Promise.resolve(), /not now/)
      assert.deepEqual(readdirSync(join(drop, 'incoming')), ['e-waits.json'])
      assert.ok(existsSync(join(drop, 'done', 'f-good.json')))
    } finally {
      await refuse('drop function public.no cascade')
    }
    // What it waited for is there now.
    const [late] = (await test.app.national?.importDrop()) ?? []
    assert.equal(late?.outcome, 'filed')
  })

  it('says what is wrong, item by item, and files nothing of it', async () => {
    const countAll = async () =>
      (
        await test.app.db
          .selectFrom('dossier.dossier')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
      ).count
    const filedBefore = await countAll()
    mkdirSync(join(drop, 'files', 'sub'))
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
      [
        'folder.json',
        { data: [{ ...item, MaHoSo: 'X-1-7', TaiLieuNop: [{ TenTepDinhKem: 'x', DuongDanTaiTepTin: 'sub' }] }] },
        /not in the drop/,
      ],
      ['nul.json', { data: [{ ...item, MaHoSo: 'X-1-8', ThongTinKhac: '{"so-tang":"\\u0000"}' }] }, /so-tang/],
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
    assert.equal(await countAll(), filedBefore)
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
