// One-page letter and PAdES signature, the latter beside what OpenSSL alone signs in as many processes.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { App } from '../src/app/build-app.ts'
import { findKey, letterActs, softwareKeys } from '../src/modules/signing/index.ts'
import { drawLetter, type LetterDrawing } from '../src/platform/pdf/letter.ts'
import { rate } from './measure.ts'
import type { Bench } from './product.ts'

export async function signingFigures(bench: Bench, app: App): Promise<void> {
  const at = app.platform.clock.now()
  const letter: LetterDrawing = {
    superiorName: 'TỈNH MẪU',
    agencyName: 'ỦY BAN NHÂN DÂN\nPHƯỜNG TRUNG TÂM',
    seat: 'Trung Tâm',
    notation: 'UBND',
    title: 'GIẤY PHÉP XÂY DỰNG',
    subject: 'Cấp giấy phép xây dựng nhà ở riêng lẻ',
    addressed: 'Ông Nguyễn Văn Thử',
    paragraphs: Array.from({ length: 6 }, () =>
      'Được phép xây dựng công trình theo hồ sơ thiết kế đã được xem xét. '.repeat(3),
    ),
    recipients: ['Như trên;', 'Lưu: VT.'],
    initials: 'TP',
    signer: { competence: 'TM. ỦY BAN NHÂN DÂN', title: 'CHỦ TỊCH', name: 'Lê Thị Mẫu' },
    qr: 'http://localhost:3000/xac-minh/ABCDEFGH',
    created: at,
    demo: true,
    draft: false,
  }
  for (let i = 0; i < 20; i++) await drawLetter(letter)
  const before = process.cpuUsage()
  const times: number[] = []
  for (let i = 0; i < 200; i++) {
    const began = performance.now()
    await drawLetter(letter)
    times.push(performance.now() - began)
  }
  const used = process.cpuUsage(before)
  times.sort((a, b) => a - b)
  bench.report({
    name: 'one-page letter',
    unit: 'ms CPU',
    ours: (used.user + used.system) / 1000 / 200,
    limit: 15,
    limitName: 'the goal itself',
    ratio: 15 / ((used.user + used.system) / 1000 / 200),
    goal: '≤ 15 ms',
    p50: times[100] ?? null,
    p95: times[190] ?? null,
    p99: times[198] ?? null,
  })

  const holder = (await app.db.selectFrom('signing.key').select('holder').executeTakeFirstOrThrow()).holder
  const key = await findKey(app.db, holder, at)
  if (key === null) throw new Error('the demo has no signing key')
  const signer = softwareKeys(app.platform.keys)
  const threads = availableParallelism()
  try {
    const acts = letterActs(signer)
    const signed = await acts.number(await acts.sign(letter, key, at), '12/GP-UBND', '2026-11-21')
    const ours = await rate(bench.seconds, threads * 2, () => acts.seal(signed, key, at))
    const limit = opensslSpeed(threads, bench.seconds)
    bench.report({
      name: 'PAdES signature of a finished PDF',
      unit: 'signatures/s',
      ours: ours.perSecond,
      limit,
      limitName: `openssl speed rsa2048 -multi ${threads}`,
      ratio: ours.perSecond / limit,
      goal: '≥ 0.5',
      p50: ours.p50,
      p95: ours.p95,
      p99: ours.p99,
    })
  } finally {
    await signer.close()
  }
}

/** Signatures a second of as many processes, each of which does nothing else. */
function opensslSpeed(processes: number, seconds: number): number {
  const args = ['speed', '-seconds', String(seconds), '-multi', String(processes), 'rsa2048']
  const { stdout } = spawnSync('openssl', args, { encoding: 'utf8' })
  const perSecond = /^rsa\s+2048 bits\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)/m.exec(stdout ?? '')?.[1]
  if (perSecond === undefined) throw new Error(`The benches need openssl, whose speed could not be read: ${stdout}`)
  return Number(perSecond)
}
