// More requests than the process can do: most are answered, the rest is asked to come again at once, and health still answers.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import type { SeenStatement } from '../src/platform/db/database.ts'
import { inTransaction } from '../src/platform/db/database.ts'
import { fileDossier, stateOf } from './support/dossiers.ts'
import { hidden, listen, type TestApp, testApp, Visitor } from './support/test-app.ts'

describe('too much at once', () => {
  let test: TestApp
  let address: string
  before(async () => {
    test = await testApp()
    address = await listen(test)
  })
  after(() => test.close())

  /** Somebody holds the dossier until told: who wants to change it waits. */
  async function holdDossier(id: string): Promise<{ free(): Promise<void> }> {
    let free: () => void = () => undefined
    const until = new Promise<void>(resolve => {
      free = resolve
    })
    let done: Promise<void> = Promise.resolve()
    await new Promise<void>((held, failed) => {
      done = inTransaction(test.app.db, async tx => {
        await sql`select from dossier.dossier where id = ${id} for update`.execute(tx)
        held()
        await until
      })
      done.catch(failed)
    })
    return {
      free: () => {
        free()
        return done
      },
    }
  }

  it('files that come slowly: nobody holds more places than one needs, and officers always find one', async () => {
    const base = new URL(address)
    const part = '--b\r\ncontent-disposition: form-data; name="giay-to.ban-ve"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'
    const sockets: Socket[] = []
    /** Sends the beginning of a file; gives what is answered before it ends, '' where the rest is waited for. */
    const begin = async (
      path: string,
      who: Visitor | null,
      length = 10_000_000,
    ): Promise<{ answer: () => string; socket: Socket }> => {
      const cookies = [...(who?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
      const head = [
        `POST ${path} HTTP/1.1`,
        ...(who === null ? [] : [`cookie: ${cookies}`]),
        `host: ${base.host}`,
        `origin: ${base.origin}`,
        'content-type: multipart/form-data; boundary=b',
        `content-length: ${length}`,
      ].join('\r\n')
      let said = ''
      const socket = connect(Number(base.port), base.hostname, () => socket.write(`${head}\r\n\r\n${part}`))
      sockets.push(socket)
      socket
        .on('error', () => undefined)
        .on('data', data => {
          said += data
        })
      await wait(60)
      return { answer: () => said, socket }
    }
    const many = async (count: number, path: string, who: Visitor | null, length?: number) => {
      const begun = []
      for (let index = 0; index < count; index++) begun.push(await begin(path, who, length))
      await wait(400)
      return begun
    }
    const turnedAway = (all: Awaited<ReturnType<typeof many>>) => all.filter(each => each.answer() !== '').length
    try {
      const clerk = await new Visitor(test.app).signIn('motcua2')
      const paper = `${(await clerk.post('/ban-lam-viec/tiep-nhan/1.013225')).location.replace('/nguoi-nop', '')}/giay-to`
      const own = await many(10, paper, clerk)
      assert.equal(turnedAway(own), 2)
      assert.match(own.at(-1)?.answer() ?? '', /^HTTP\/1\.1 503 [\s\S]*retry-after: /i)
      // What is no larger than a form takes no place: people who save a page do not wait for those who send files.
      assert.equal(turnedAway(await many(10, paper, clerk, 5000)), 0)
      const strangers = await many(10, '/xac-minh', null)
      assert.equal(turnedAway(strangers), 2)
      // Four people behind one address fill what is theirs; the fifth waits, an officer does not.
      for (const login of ['0912000123', '0912000456']) {
        const citizen = await new Visitor(test.app).signIn(login)
        assert.equal(turnedAway(await many(9, '/ban-nhap/018f0000-0000-7000-8000-000000000000/giay-to', citizen)), 1)
      }
      const other = await new Visitor(test.app).signIn('motcua3')
      assert.equal((await begin(paper, other)).answer(), '')
      assert.equal((await fetch(base)).status, 200)
      // One goes, another may come.
      own[0]?.socket.destroy()
      await wait(300)
      assert.equal((await begin(paper, clerk)).answer(), '')
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })

  it('a file that is too large is answered when it has been sent, by name and with a way back', async () => {
    const base = new URL(address)
    const clerk = await new Visitor(test.app).signIn('motcua2')
    const draft = (await clerk.post('/ban-lam-viec/tiep-nhan/1.013225')).location.replace('/nguoi-nop', '')
    const body = new FormData()
    body.append(
      'giay-to.ban-ve',
      new Blob([Buffer.alloc(70_000_000, 'x')], { type: 'application/pdf' }),
      'to-ban-ve.pdf',
    )
    const reply = await fetch(new URL(`${draft}/giay-to`, base), {
      method: 'POST',
      body,
      headers: {
        cookie: [...clerk.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        origin: base.origin,
        referer: new URL(`${draft}/giay-to`, base).href,
      },
      signal: AbortSignal.timeout(20_000),
    })
    const page = await reply.text()
    assert.equal(reply.status, 413)
    assert.match(page, /“to-ban-ve\.pdf” lớn hơn 50,0.MB/)
    assert.ok(page.includes(`href="${draft}/giay-to"`), 'a way back')
  })

  it('is turned away in words, changes nothing, and the rest is done', async () => {
    const { id } = await fileDossier(test.app)
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const holder = await holdDossier(id)
    const page = await clerk.get(`/ban-lam-viec/ho-so/${id}`)
    const key = /name="khoa" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const all = Array.from({ length: 400 }, () =>
      clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, { khoa: key, seq: '1' }),
    )
    const turnedAway = (await Promise.race([
      Promise.all(all.map(each => each.then(reply => reply.status))).then(() => []),
      // Those who are turned away are told so while the others still wait.
      (async () => {
        const told: number[] = []
        for (const each of all) void each.then(reply => told.push(reply.status))
        while (told.length < 100) await new Promise(resolve => setTimeout(resolve, 20))
        return told
      })(),
    ])) as number[]
    assert.ok(turnedAway.length >= 100)
    assert.ok(turnedAway.every(status => status === 503))
    assert.equal((await new Visitor(test.app).get('/suc-khoe/song')).status, 200)
    await holder.free()
    const replies = await Promise.all(all)
    const statuses = new Map<number, number>()
    for (const { status } of replies) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    assert.deepEqual([...statuses.keys()].sort(), [303, 503], JSON.stringify([...statuses]))
    const away = replies.find(reply => reply.status === 503)
    assert.match(away?.body ?? '', /Hệ thống đang bận hoặc tạm dừng/)
    assert.equal(away?.headers['retry-after'], '5')
    const { rows } = await sql<{
      n: number
    }>`select count(*)::int as n from dossier.entry where dossier_id = ${id}`.execute(test.app.db)
    assert.equal(rows[0]?.n, 2, 'received once')
  })

  it('who hangs up while waiting has nothing done', async () => {
    const base = address
    const held = await fileDossier(test.app)
    const other = await fileDossier(test.app)
    const clerk = await new Visitor(test.app).signIn('motcua1')
    const keyOf = async (id: string) => hidden((await clerk.get(`/ban-lam-viec/ho-so/${id}`)).body, 'khoa')
    const keys = [await keyOf(held.id), await keyOf(other.id)]
    const cookie = [...clerk.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const holder = await holdDossier(held.id)
    const waiting = Array.from({ length: 60 }, () =>
      clerk.post(`/ban-lam-viec/ho-so/${held.id}/tiep-nhan`, { khoa: keys[0] ?? '', seq: '1' }),
    )
    await wait(300)
    const left = new AbortController()
    const asked = fetch(new URL(`/ban-lam-viec/ho-so/${other.id}/tiep-nhan`, base), {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body: new URLSearchParams({ khoa: keys[1] ?? '', seq: '1' }),
      signal: left.signal,
    })
    await wait(300)
    left.abort()
    await assert.rejects(asked)
    await wait(100)
    await holder.free()
    await Promise.all(waiting)
    assert.equal((await stateOf(test.app, held.id)).seq, 2)
    assert.equal((await stateOf(test.app, other.id)).seq, 1)
  })

  it('a page for everybody is made once for all who wait', async () => {
    const ask = async () => {
      const seen: SeenStatement[] = []
      test.counter.seen = seen
      const replies = await Promise.all(Array.from({ length: 40 }, () => new Visitor(test.app).get('/tien-do?loc=')))
      test.counter.seen = null
      assert.ok(replies.every(reply => reply.status === 200 && reply.body === replies[0]?.body))
      return seen.length
    }
    const many = await ask()
    assert.ok(many > 0 && many < 20, `${many} statements for 40 who ask at once`)
  })
})
