// What every page that anybody can come to must keep: said by ASVS 5.0.0 of all of them, so asked of all of them.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { crawl, type Seen, walkers } from './support/crawl.ts'
import { asAdmin } from './support/scratch.ts'
import { type TestApp, testApp } from './support/test-app.ts'

/** What a look may write: who looked at what, tries, and that somebody was here. */
const WRITTEN_BY_LOOKS = /^(platform\.(audit|attempt)|identity\.session|graphile_worker\.)/

describe('every page', () => {
  let test: TestApp
  let pages: Seen[]
  let earlier: ReadonlyMap<string, string>
  let later: ReadonlyMap<string, string>
  before(async () => {
    test = await testApp()
    const everybody = await walkers(test.app)
    earlier = await contents()
    pages = []
    for (const walker of everybody) pages.push(...(await crawl(test.app, walker, 2)))
    later = await contents()
  })
  after(() => test.close())

  /** A digest of each table. */
  const contents = () =>
    asAdmin(test.databaseUrl, async client => {
      const { rows: tables } = await client.query<{ name: string }>(
        `select schemaname || '.' || tablename as name from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
      )
      const digests = new Map<string, string>()
      for (const { name } of tables) {
        if (WRITTEN_BY_LOOKS.test(name)) continue
        const { rows } = await client.query<{ digest: string }>(
          `select md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as digest from ${name} t`,
        )
        digests.set(name, rows[0]?.digest ?? '')
      }
      return digests
    })
  const shown = () => pages.filter(({ reply }) => String(reply.headers['content-type']).startsWith('text/html'))

  it('is only looked at: a GET changes nothing (3.5.3)', () => {
    assert.ok(earlier.size > 40)
    assert.deepEqual(later, earlier)
  })

  it('says its kind, with a charset where it is text, and lets nobody guess (4.1.1, 3.2.1)', () => {
    const wrong = pages
      .filter(({ reply }) => reply.status === 200)
      .filter(({ reply }) => {
        const type = String(reply.headers['content-type'])
        const text = /^(text\/|application\/(json|problem)|image\/svg)/.test(type)
        return (text && !/charset=utf-8/.test(type)) || reply.headers['x-content-type-options'] !== 'nosniff'
      })
    assert.deepEqual(
      wrong.map(({ url, reply }) => `${url}: ${reply.headers['content-type']}`),
      [],
    )
  })

  it('that is not the same for all is kept by nobody (14.2.2, 14.3.2)', () => {
    // Who has no session sees what all strangers see.
    const kept = pages.filter(
      ({ caller, reply }) =>
        !/^stranger|^newcomer|second factor$/.test(caller) && !/no-store/.test(String(reply.headers['cache-control'])),
    )
    // What everybody is given, whoever asks: the icon, the offline checker.
    assert.deepEqual(
      [...new Set(kept.map(({ route }) => route))].filter(route => !/icon\.svg|kiem-tra\.html|\.tst$/.test(route)),
      [],
    )
  })

  it('asks for passwords so that they are hidden and a manager can fill them in (6.2.6, 6.2.7)', () => {
    let asked = 0
    for (const { url, reply } of shown())
      for (const [tag] of reply.body.matchAll(/<input[^>]*name="mat-khau[^"]*"[^>]*>/g)) {
        asked++
        assert.match(tag, /type="password"/, url)
        assert.match(tag, /autocomplete="(current|new)-password"/, url)
        assert.doesNotMatch(tag, /onpaste|maxlength="\d{1,2}"/, url)
      }
    assert.ok(asked > 0)
  })

  it('carries no script or style of its own, and opens nothing that could reach back (3.2.2)', () => {
    for (const { url, route, reply } of shown()) {
      if (route === '/niem-phong/kiem-tra.html') continue
      assert.doesNotMatch(reply.body, /<script(?![^>]*\ssrc=)|<style|\sstyle="|\son[a-z]+="|href="javascript:/i, url)
      for (const [tag] of reply.body.matchAll(/<a [^>]*target="_blank"[^>]*>/g))
        assert.match(tag, /rel="[^"]*noreferrer/, url)
    }
  })

  it('that strangers may see names no officer and no paper (8.2.3, 15.3.1)', async () => {
    const { rows } = await asAdmin(test.databaseUrl, client =>
      client.query<{ name: string }>('select name from organisation.officer'),
    )
    const tracked = pages.filter(({ caller, route }) => caller === 'stranger' && route === '/tra-cuu/:token')
    assert.ok(tracked.length > 0 && rows.length > 50)
    for (const { url, reply } of tracked) {
      for (const { name } of rows) assert.ok(!reply.body.includes(name), `${url} names ${name}`)
      assert.doesNotMatch(reply.body, /044185000123|0912000123|ban-ve\.pdf/, url)
    }
  })
})
