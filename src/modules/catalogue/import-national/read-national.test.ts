// What is read of LayThuTuc and of harvested pages, and what is said not to be understood.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { definitionSchema } from '../definition.ts'
import { readFee, readLimit, readNational } from './read-national.ts'

describe('reading procedures of the national portal', () => {
  it('reads limits and fees only where one clear value stands', () => {
    const table: [string, unknown][] = [
      ['07 Ngày làm việc', { unit: 'working-days', value: 7 }],
      ['15 Ngày', { unit: 'days', value: 15 }],
      ['8 giờ làm việc', { unit: 'working-hours', value: 8 }],
      ['Trong ngày hoặc 2 ngày', null],
      ['0 Ngày', null],
      ['', null],
    ]
    for (const [text, limit] of table) assert.deepEqual(readLimit(text), limit, text)
    const fees: [string, number | null][] = [
      ['Lệ phí: 50.000 Đồng', 50_000],
      ['50000 Đồng', 50_000],
      ['Phí: ĐồngXem chi tiết', null],
      ['từ 10.000 đến 20.000 Đồng', null],
      ['', null],
    ]
    for (const [text, fee] of fees) assert.equal(readFee(text), fee, text)
  })

  it('takes an answer of LayThuTuc whole', () => {
    const { definition, missed } = readNational({
      MATTHC: '1.004222',
      TENTTHC: 'Đăng ký thường trú',
      LINHVUCTHUCHIEN: [{ MALINHVUC: 'G01', TENLINHVUC: 'Cư trú' }],
      TRINHTUTHUCHIEN: [{ TRUONGHOP: '', TRINHTU: [{ TENTRINHTU: '<p>Nộp hồ sơ</p>' }] }],
      CACHTHUCTHUCHIEN: [
        {
          KENH: '2',
          THOIGIAN: [
            { THOIGIANGIAIQUYET: 7, DONVITINH: 'Ngày làm việc', PHILEPHI: [{ SOTIEN: '10000', DONVI: 'Đồng' }] },
          ],
        },
      ],
      THANHPHANHOSO: [{ TRUONGHOP: '', GIAYTO: { TENGIAYTO: 'Tờ khai CT01' } }],
      YEUCAU: 'Không',
      MOTADOITUONGTHUCHIEN: 'Công dân Việt Nam',
      KETQUATHUCHIEN: [{ TENKETQUA: 'Thông báo' }],
      CANCUPHAPLY: [{ SOVANBAN: '68/2020/QH14', TENVANBAN: 'Luật Cư trú' }],
      COQUANTHUCHIEN: [{ TENDONVI: 'Công an Xã' }],
      TRANGTHAI: 1,
    })
    assert.deepEqual(missed, [])
    const procedure = definition?.procedure
    assert.equal(procedure?.code, '1.004222')
    assert.deepEqual(procedure?.levels, ['commune'])
    assert.deepEqual(procedure?.time_limit, { unit: 'working-days', value: 7 })
    assert.equal(procedure?.fees[0]?.amount, 10_000)
    assert.equal(procedure?.sequence?.vi, 'Nộp hồ sơ')
    assert.deepEqual(procedure?.unverified, [])
  })

  it('never throws, and what it reads is a definition', () => {
    fc.assert(
      fc.property(
        fc.object({ key: fc.constantFrom('title', 'TENTTHC', 'MATTHC', 'KENH', 'CACHTHUCTHUCHIEN') }),
        record => {
          const { definition } = readNational(record)
          if (definition !== null && definition.procedure.title.vi !== '') definitionSchema.parse(definition)
        },
      ),
    )
    for (const record of [null, 1, 'x', [], { title: null }]) assert.equal(readNational(record).definition, null)
  })
})
