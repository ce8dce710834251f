// The first view of a page is light, and its letters are all there: in one file a weight where the page is Vietnamese.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as fontkit from 'fontkit'
import { packageFile, productRoot } from '../src/platform/root.ts'
import { launchBrowser } from './support/browser.ts'
import { FIRST_PAGES, firstView } from './support/first-view.ts'
import { listen, type TestApp, testApp, Visitor } from './support/test-app.ts'

/** What the page of a phone may weigh, all in all (docs/performance.md). */
const LIGHT = 60_000

/** Arrows and marks that the typeface does not have; the system's draws them. */
const DRAWN_BY_THE_SYSTEM = /[←→‖✔✘]/

interface Face {
  readonly weight: string
  readonly file: string
  readonly letters: readonly number[]
}

/** The typeface before it is cut; bold pages are set in its SemiBold. */
const whole = (weight: string): fontkit.Font => {
  const cut = weight === '400' ? '400Regular' : '600SemiBold'
  return fontkit.openSync(
    packageFile(`@expo-google-fonts/be-vietnam-pro/${cut}/BeVietnamPro_${cut}.ttf`),
  ) as fontkit.Font
}
/** How wide a text is set and where its accents stand. */
const measure = (font: fontkit.Font, text: string) =>
  font.layout(text).positions.map(({ xAdvance, xOffset, yOffset }) => [xAdvance, xOffset, yOffset])

describe('a first view', () => {
  let test: TestApp
  let base: string
  let faces: Face[]
  before(async () => {
    test = await testApp()
    base = await listen(test)
    const visitor = new Visitor(test.app)
    const styles = /href="(\/tinh\/main-[^"]+\.css)"/.exec((await visitor.get('/')).body)?.[1] ?? assert.fail()
    const css = (await visitor.get(styles)).body
    faces = [...css.matchAll(/@font-face\{([^}]*)\}/g)].map(([, face = '']) => ({
      weight: /font-weight:(\d+)/.exec(face)?.[1] ?? assert.fail(face),
      file: /url\("?\.\/([^")]+)"?\)/.exec(face)?.[1] ?? assert.fail(face),
      letters: (/unicode-range:([^;}]+)/.exec(face)?.[1] ?? assert.fail(face)).split(',').flatMap(range => {
        const [first = 0, last = first] = range
          .replace('U+', '')
          .split('-')
          .map(each => Number.parseInt(each, 16))
        return Array.from({ length: last - first + 1 }, (_, i) => first + i)
      }),
    }))
  })
  after(() => test.close())

  it('weighs no more than sixty thousand bytes, one file of letters a weight among them', async () => {
    const browser = await launchBrowser()
    try {
      for (const path of FIRST_PAGES) {
        const { bytes, paths } = await firstView(browser, base + path)
        assert.ok(bytes <= LIGHT, `${path}: ${bytes} bytes: ${paths.join(' ')}`)
        const fonts = paths.filter(each => each.endsWith('.woff2'))
        assert.ok(fonts.length >= 1 && fonts.length <= 2, `${path}: ${fonts.join(' ')}`)
      }
    } finally {
      await browser.close()
    }
  })

  it('every word of ours is written with the two files of the first view', () => {
    const words = new Set<string>()
    for (const folder of ['src', 'procedures', 'provinces'])
      for (const name of readdirSync(join(productRoot, folder), { recursive: true, encoding: 'utf8' }))
        if (/\.(tsx?|ya?ml|json|csv)$/.test(name) && !/\.test\.|\/(pdf|letters)\//.test(name))
          for (const letter of readFileSync(join(productRoot, folder, name), 'utf8').normalize('NFC'))
            if (letter > '~') words.add(letter)
    for (const weight of ['400', '700']) {
      // The later of two faces gives a letter that both name.
      const held = new Set(faces.findLast(face => face.weight === weight)?.letters)
      const missing = [...words].filter(
        letter => !held.has(letter.codePointAt(0) ?? 0) && !DRAWN_BY_THE_SYSTEM.test(letter),
      )
      assert.equal(missing.join(''), '', weight)
    }
  })

  it('each file of letters draws what its face says, set as the whole typeface sets it', async () => {
    assert.equal(faces.length, 4)
    for (const [place, { weight, file, letters }] of faces.entries()) {
      const answer = await fetch(`${base}/tinh/${file}`)
      assert.equal(answer.headers.get('content-type'), 'font/woff2')
      const font = fontkit.create(Buffer.from(await answer.arrayBuffer())) as fontkit.Font
      const first = faces.findIndex(face => face.weight === weight) === place
      // The first face of a weight names all of Latin and leaves out what the typeface does not have.
      if (!first) for (const letter of letters) assert.ok(font.hasGlyphForCodePoint(letter), `${file}: ${letter}`)
      if (first)
        assert.ok(
          'łščüßñ'.split('').every(each => font.hasGlyphForCodePoint(each.codePointAt(0) ?? 0)),
          file,
        )
      else
        for (const text of ['AVATAR', 'Tỉnh Vĩnh Yên', 'office', 'e\u0302\u0309', 'o\u031b\u0301'])
          assert.deepEqual(measure(font, text), measure(whole(weight), text), `${file}: ${text}`)
    }
  })
})
