// Procedures harvested from the national portal become pages for information; what is handled here is left alone.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { importNational } from '../src/modules/catalogue/index.ts'
import { productRoot } from '../src/platform/root.ts'
import { PERMIT } from './support/dossiers.ts'
import { testApp, Visitor } from './support/test-app.ts'

const sample = join(productRoot, '../shared/samples/tthc/procedures-2021.json')

it('an answer of LayThuTuc becomes a page for information; a procedure handled here does not change', async () => {
  const test = await testApp()
  const file = join(test.dataDir, 'lay-thu-tuc.json')
  const one = {
    TENTTHC: 'Đăng ký <b>thử</b>',
    MATTHC: '1.999999',
    TRINHTUTHUCHIEN: [],
    YEUCAU: '<script>alert(1)</script>',
  }
  writeFileSync(file, JSON.stringify({ result: [one, { ...one, MATTHC: PERMIT }, one, { nothing: 1 }] }))
  const options = { file, at: test.app.platform.clock.now() }
  const dry = await importNational(test.app.db, { ...options, dryRun: true })
  assert.equal(dry.published, 0)
  const visitor = new Visitor(test.app)
  assert.equal((await visitor.get('/thu-tuc/1.999999')).status, 404)
  const report = await importNational(test.app.db, { ...options, dryRun: false })
  assert.deepEqual([report.published, report.kept, report.refused.map(each => each.record)], [1, [PERMIT], [3, 4]])
  const page = await visitor.get('/thu-tuc/1.999999')
  assert.equal(page.status, 200)
  assert.match(page.body, /Đăng ký thử/)
  assert.doesNotMatch(page.body, /alert\(1\)<\/script>|href="\/nop-ho-so/)
  assert.equal((await visitor.get(`/nop-ho-so/1.999999`)).status, 303)
  const citizen = await new Visitor(test.app).signIn('0912000123')
  assert.equal((await citizen.get('/nop-ho-so/1.999999')).status, 404)
  await test.close()
})

it('58 harvested procedures: all but a doubled one are read', {
  skip: existsSync(sample) ? false : 'the sample is not beside the project',
}, async () => {
  const test = await testApp()
  const options = { file: sample, dryRun: false, at: test.app.platform.clock.now() }
  const report = await importNational(test.app.db, options)
  assert.deepEqual([report.readings.length, report.published, report.refused.length], [58, 57, 1])
  assert.equal((await importNational(test.app.db, options)).unchanged, 57)
  const found = await new Visitor(test.app).get('/thu-tuc?q=dang+ky+thuong+tru')
  assert.match(found.body, /Đăng ký thường trú/)
  await test.close()
})
