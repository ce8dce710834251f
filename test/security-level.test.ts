// The security-level file says what is really configured: each thing that is changed is read in it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { motcua } from './support/motcua.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp } from './support/test-app.ts'

describe('the file of the security level', () => {
  let test: TestApp
  let env: NodeJS.ProcessEnv
  before(async () => {
    test = await testApp()
    env = {
      DATABASE_URL: test.databaseUrl,
      DATA_DIR: test.dataDir,
      KEY_RING_FILE: process.env.MOTCUA_TEST_KEYS,
      PORT: '0',
    }
  })
  after(() => test.close())

  /** The line of one requirement. */
  const row = (out: string, name: string): string =>
    out.split('\n').find(line => line.startsWith(`| ${name}`)) ?? `no line ${name}`

  it('of a demo says that it is none to launch', async () => {
    const { code, out } = await motcua(['security-level'], env)
    assert.equal(code, 1)
    assert.match(out, /^# Hồ sơ đề xuất cấp độ an toàn hệ thống thông tin\n/)
    for (const chapter of [1, 2, 3, 4, 5]) assert.match(out, new RegExp(`^## ${chapter}\\. `, 'm'))
    assert.match(out, /\| Phạm vi \| \d+ cơ quan, \d+ cán bộ giữ vị trí \|/)
    assert.match(row(out, 'Xác thực | **Chưa đạt**'), /DEMO đang bật/)
    assert.match(row(out, 'Bảo mật thông tin liên lạc'), /\*\*Chưa đạt\*\* \| PUBLIC_URL chưa phải https/)
    assert.match(row(out, 'Sao lưu dự phòng'), /\*\*Chưa đạt\*\* \| Chưa lưu nhật ký ghi trước/)
    assert.match(row(out, 'Chống chối bỏ'), /Một phần .* đặt TSA_URL/)
    assert.match(out, /- \[ \] DEMO is on/)
    assert.doesNotMatch(out, /undefined|null|NaN|\[object/)
  })

  it('follows the settings and the people', async () => {
    const real = {
      ...env,
      DEMO: 'off',
      PUBLIC_URL: 'https://motcua.example.vn',
      TSA_URL: 'https://tsa.example.vn/stamp',
      SMTP_URL: 'smtp://user:rat-bi-mat@127.0.0.1:1',
      PORTAL: 'off',
    }
    const before = await motcua(['security-level'], real)
    assert.match(row(before.out, 'Xác thực | Đạt'), /Cả \d+ người giữ quyền ký, đóng dấu, quản trị/)
    assert.match(row(before.out, 'Bảo mật thông tin liên lạc'), /HTTPS với HSTS/)
    assert.match(row(before.out, 'Chống chối bỏ'), /\| Đạt \|.*RFC 3161/)
    assert.match(before.out, /\| Kết nối ra ngoài \| máy chủ thư 127\.0\.0\.1:1, dấu thời gian tsa\.example\.vn/)
    assert.match(before.out, /đóng \(nộp tại Cổng Dịch vụ công quốc gia\)/)
    assert.doesNotMatch(before.out, /rat-bi-mat/)
    await asAdmin(test.databaseUrl, client =>
      client.query(
        `update identity.account set totp = null where id = (
           select a.id from identity.account a join organisation.read_post p on p.officer_id = a.officer_id and 'leader' = any(p.roles) limit 1)`,
      ),
    )
    const { out } = await motcua(['security-level'], real)
    assert.match(row(out, 'Xác thực | Một phần'), /1 trong \d+ người giữ quyền ký, đóng dấu, quản trị chưa đăng ký/)
  })
})
