// The national portal as it leaves dossiers in the drop: sometimes twice, sometimes half, and looks again when the share is away.
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { CITIZEN, goodAnswers, PERMIT } from '../support/dossiers.ts'
import { smallPdf } from '../support/test-app.ts'
import { act, GaveUp, type World } from './ledger.ts'

/** How every code of this sender begins. */
export const DROPPED = 'G22.99-'

/** Longest wait for the house to take what was dropped; after that nobody receives it, and the reckoning finds it. */
const PATIENCE_MS = 45_000

/** What a sender may leave there that is no message. */
export type DropMood = 'away' | 'half' | 'folder'

/** Makes the folders of the drop and the drawing that every message names. */
export function prepareDrop(drop: string): void {
  for (const name of ['incoming', 'outgoing', 'files']) mkdirSync(join(drop, name), { recursive: true })
  writeFileSync(join(drop, 'files/ban-ve.pdf'), smallPdf)
}

/** Puts a file there as a careful sender does: whole, or not at all. Waits while the share is away. */
async function put(world: World, drop: string, name: string, content: string): Promise<void> {
  for (;;) {
    if (world.signal.aborted) throw new GaveUp('dropping')
    try {
      writeFileSync(join(drop, name), content)
      return renameSync(join(drop, name), join(drop, 'incoming', name))
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error
      await wait(300)
    }
  }
}

let count = 0

/** Drops dossier after dossier until the signal; a clerk receives each once it is here. `idOf` gives the id by the code. */
export async function nationalPortal(
  world: World,
  drop: string,
  idOf: (code: string) => Promise<string | null>,
): Promise<void> {
  const { ledger, staff } = world
  while (!world.signal.aborted) {
    const code = `${DROPPED}261127-${String(++count).padStart(6, '0')}`
    const item = {
      MaHoSo: code,
      MaTTHC: PERMIT,
      TenTTHC: 'x',
      ChuHoSo: 'Nguyễn Thị Mẫu',
      LoaiDoiTuong: '1',
      SoGiayToChuHoSo: CITIZEN.idNumber,
      SoDienThoai: CITIZEN.phone,
      NgayNopHoSo: '20261123083000',
      ThongTinKhac: JSON.stringify(goodAnswers(PERMIT)),
      TaiLieuNop: [
        {
          TepDinhKemId: '1',
          TenTepDinhKem: 'ban ve.pdf',
          IsDeleted: 'False',
          MaThanhPhanHoSo: 'ban-ve',
          DuongDanTaiTepTin: 'ban-ve.pdf',
        },
      ],
    }
    const message = JSON.stringify({ isUpdating: 'False', data: [item] })
    try {
      await put(world, drop, `${code}.json`, message)
      ledger.dropped.push(code)
      // Not sure that it arrived: senders say it again.
      if (Math.random() < 0.3) await put(world, drop, `${code}-lai.json`, message)
      const until = performance.now() + PATIENCE_MS
      let id: string | null = null
      while (id === null && performance.now() < until && !world.signal.aborted) {
        await wait(500)
        id = await idOf(code).catch(() => null)
      }
      if (id === null) continue
      const { clerk } = staff
      await act(world, clerk, `/ban-lam-viec/ho-so/${id}`, {
        id,
        name: 'tiep-nhan',
        type: 'received',
        send: keys => clerk.post(`/ban-lam-viec/ho-so/${id}/tiep-nhan`, keys),
      })
    } catch (error) {
      if (error instanceof GaveUp) return
      ledger.complaints.push(String(error))
    }
  }
}

/** For `milliseconds` the share is not there, or something lies in it that cannot be read. */
export async function disturbDrop(drop: string, mood: DropMood, milliseconds: number): Promise<void> {
  if (mood === 'half') {
    writeFileSync(join(drop, 'incoming', `hong-${Date.now()}.json`), '{"isUpdating":"False","data":[{"MaHoSo":"G22')
    return
  }
  if (mood === 'folder') {
    // Nothing for whoever reads messages; nobody else puts it away.
    const folder = join(drop, 'incoming', `thu-muc-${Date.now()}.json`)
    mkdirSync(folder)
    await wait(milliseconds)
    rmdirSync(folder)
    return
  }
  const parts = ['incoming', 'outgoing'] as const
  for (const name of parts) renameSync(join(drop, name), join(drop, `${name}.away`))
  await wait(milliseconds)
  for (const name of parts) {
    // A process that started meanwhile made them anew: what was left there is not lost.
    if (existsSync(join(drop, name))) {
      for (const file of readdirSync(join(drop, name)))
        renameSync(join(drop, name, file), join(drop, `${name}.away`, file))
      rmdirSync(join(drop, name))
    }
    renameSync(join(drop, `${name}.away`), join(drop, name))
  }
}
