// The national portal by file drop: incoming/ holds DongBoHoSoMC files, done/ and failed/ what became of them with a report,
// outgoing/ the CapNhatTienDoHoSoMC items of our dossiers. A second caller of submit from the start.
import { createReadStream, mkdirSync, statSync } from 'node:fs'
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { z } from 'zod'
import { currentProcedure } from '../../modules/catalogue/index.ts'
import {
  findByForeignCode,
  type House,
  InvalidDossier,
  isForeignCodeTaken,
  mirrorDossier,
  progressOfDossier,
  type State,
  submitDossier,
} from '../../modules/dossier/index.ts'
import { upsertPerson } from '../../modules/identity/index.ts'
import { findAgencyByCode, listAgencies } from '../../modules/organisation/index.ts'
import { houseActor } from '../../platform/access/actor.ts'
import { civilDateOf } from '../../platform/calendar/civil.ts'
import { inTransaction } from '../../platform/db/database.ts'
import { AppError } from '../../platform/errors.ts'
import type { Subscriber } from '../../platform/events/events.ts'
import { keepUpload, MAX_UPLOAD_BYTES } from '../../platform/files/file-rows.ts'
import { FileTooLarge } from '../../platform/files/file-store.ts'
import type { UploadedFile } from '../../platform/http/form-body.ts'
import { type AnyJob, job } from '../../platform/jobs/jobs.ts'
import { normaliseJson } from '../../platform/text.ts'
import { type DossierItem, dossierItem, dropFile, type ProgressItem, portalTime } from './message.ts'

const IMPORT = 'national-portal.import-drop'
const MAX_FILE = 20_000_000
const actor = houseActor('national-portal')

export interface ItemReport {
  readonly MaHoSo: string
  readonly outcome: 'filed' | 'mirrored' | 'known' | 'refused'
  readonly reason?: string
  readonly reference?: string
}

export interface NationalPortal {
  readonly jobs: readonly AnyJob[]
  readonly schedules: readonly { job: string; cron: string }[]
  /** Reads every waiting file once; tests and the job call it. Throws the first fault of ours when all others are done. */
  importDrop(): Promise<ItemReport[]>
}

export function nationalPortal(house: House, folder: string): NationalPortal {
  for (const sub of ['incoming', 'done', 'failed', 'outgoing', 'files'])
    mkdirSync(join(folder, sub), { recursive: true, mode: 0o750 })
  const importDrop = async (): Promise<ItemReport[]> => {
    const reports: ItemReport[] = []
    const faults: unknown[] = []
    const lying = await readdir(join(folder, 'incoming'), { withFileTypes: true })
    const messages = lying.filter(each => each.isFile() && each.name.endsWith('.json')).map(each => each.name)
    for (const name of messages.sort())
      try {
        reports.push(...(await importFile(house, folder, name)))
      } catch (error) {
        // It waits where it lies; those behind it do not wait for it.
        faults.push(error)
      }
    if (faults.length > 0) throw faults[0]
    return reports
  }
  return {
    importDrop,
    jobs: [
      job({
        name: IMPORT,
        schema: z.unknown(),
        handle: async () => {
          await importDrop()
        },
      }),
    ],
    schedules: [{ job: IMPORT, cron: '* * * * *' }],
  }
}

/** One file: its items one by one, then the file moves with a report beside it. A crash before the move repeats it harmlessly. */
async function importFile(house: House, folder: string, name: string): Promise<ItemReport[]> {
  const path = join(folder, 'incoming', name)
  const fail = async (reason: string): Promise<ItemReport[]> => {
    await writeFile(
      join(folder, 'failed', `${name}.report.json`),
      JSON.stringify([{ MaHoSo: '', outcome: 'refused', reason }], null, 2),
    )
    await rename(path, join(folder, 'failed', name))
    return [{ MaHoSo: '', outcome: 'refused', reason }]
  }
  if ((await stat(path)).size > MAX_FILE) return fail(`the file is larger than ${MAX_FILE} bytes`)
  // What a disk or a share does not give now it may give later: only what can be read is refused.
  const text = await readFile(path, 'utf8')
  let content: z.infer<typeof dropFile>
  try {
    content = dropFile.parse(JSON.parse(text.replace(/^\ufeff/, '')))
  } catch (error) {
    return fail(
      `cannot be read as DongBoHoSoMC: ${error instanceof z.ZodError ? sayIssues(error) : (error as Error).message}`,
    )
  }
  const reports: ItemReport[] = []
  for (const raw of content.data) {
    const parsed = dossierItem.safeParse(raw)
    if (parsed.success) reports.push(await importItem(house, folder, parsed.data))
    else
      reports.push({
        MaHoSo: String((raw as { MaHoSo?: unknown } | null)?.MaHoSo ?? ''),
        outcome: 'refused',
        reason: sayIssues(parsed.error),
      })
  }
  const target = reports.every(report => report.outcome === 'refused') ? 'failed' : 'done'
  await writeFile(join(folder, target, `${name}.report.json`), JSON.stringify(reports, null, 2))
  // Another importer may have moved it meanwhile: the items are harmless twice.
  await rename(path, join(folder, target, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  return reports
}

const sayIssues = (error: z.ZodError) =>
  error.issues
    .slice(0, 20)
    .map(issue => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ')

async function importItem(house: House, folder: string, item: DossierItem): Promise<ItemReport> {
  const { MaHoSo } = item
  try {
    const filed = await currentProcedure(house.catalogue, house.db, item.MaTTHC)
    if (filed === null) return { MaHoSo, outcome: 'refused', reason: `procedure ${item.MaTTHC} is not published here` }
    const { kind } = filed.definition.procedure
    const known = await findByForeignCode(house.db, { system: actor.id, code: MaHoSo })
    if (known !== null && kind === 'native') return { MaHoSo, outcome: 'known', reference: known.reference }
    const at = house.clock.now()
    const person = {
      kind: item.LoaiDoiTuong === '1' ? ('citizen' as const) : ('organisation' as const),
      name: item.ChuHoSo,
      idNumber: item.SoGiayToChuHoSo || null,
      phone: item.SoDienThoai || null,
      email: item.Email || null,
      birthDate: null,
      assured: false,
    }
    if (kind === 'mirrored') {
      const agency = await agencyOf(house, item, at)
      if (agency === null) return { MaHoSo, outcome: 'refused', reason: `agency ${item.DonViXuLy} is not known here` }
      await inTransaction(house.db, async tx => {
        const applicant = await upsertPerson(tx, house.keys, person, 'office', at)
        await mirrorDossier(house, tx, {
          actor,
          filed,
          foreignCode: MaHoSo,
          state: item.TrangThaiHoSo as State,
          agency,
          applicant,
          subject: item.TrichYeuHoSo || filed.definition.procedure.title.vi,
          submittedAt: item.NgayNopHoSo ?? item.NgayTiepNhan ?? at,
          receivedAt: item.NgayTiepNhan,
          dueAt: item.NgayHenTra,
          finishedAt: item.NgayKetThucXuLy,
          returnedAt: item.NgayTra,
          at,
        })
      })
      return { MaHoSo, outcome: 'mirrored' }
    }
    if (kind !== 'native')
      return { MaHoSo, outcome: 'refused', reason: `procedure ${item.MaTTHC} is for information only` }
    const answers = z
      .record(z.string(), z.unknown())
      .safeParse(item.ThongTinKhac === '' ? {} : readJson(item.ThongTinKhac))
    if (!answers.success) return { MaHoSo, outcome: 'refused', reason: 'ThongTinKhac is not a JSON object of answers' }
    const uploads: { component: string; upload: UploadedFile }[] = []
    for (const paper of item.TaiLieuNop.filter(each => each.IsDeleted.toLowerCase() !== 'true')) {
      const path = resolve(folder, 'files', paper.DuongDanTaiTepTin)
      const inside = path.startsWith(resolve(folder, 'files') + sep)
      if (!inside || statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
        return { MaHoSo, outcome: 'refused', reason: `file ${paper.DuongDanTaiTepTin} is not in the drop` }
      const stored = await house.files.write(createReadStream(path), MAX_UPLOAD_BYTES)
      uploads.push({
        component: paper.MaThanhPhanHoSo || 'khac',
        upload: { field: '', fileName: basename(paper.TenTepDinhKem), stored },
      })
    }
    const submitted = await inTransaction(house.db, async tx => {
      const applicant = await upsertPerson(tx, house.keys, person, 'office', at)
      const papers = []
      for (const { component, upload } of uploads)
        papers.push({ component, fileId: (await keepUpload(tx, `national:${MaHoSo}`, upload, at)).id })
      return submitDossier(house, tx, {
        actor,
        channel: 'national',
        filed,
        answers: answers.data as never,
        papers,
        applicant,
        submitterId: null,
        contactPhone: person.phone,
        contactEmail: person.email,
        pointId: null,
        foreign: { system: actor.id, code: MaHoSo },
        ...(item.DonViXuLy === '' ? {} : { agencyCode: item.DonViXuLy }),
        at,
      })
    })
    return { MaHoSo, outcome: 'filed', reference: submitted.reference }
  } catch (error) {
    if (error instanceof InvalidDossier)
      return {
        MaHoSo,
        outcome: 'refused',
        reason: Object.entries(error.parts.fields ?? {})
          .map(([field, say]) => `${field}: ${say}`)
          .join('; '),
      }
    // What the sender can mend is refused; what only we can mend (no clerk today) is tried again with the file still waiting.
    if (error instanceof AppError && isSendersFault(error))
      return { MaHoSo, outcome: 'refused', reason: error.parts.say('vi') }
    if (error instanceof FileTooLarge)
      return { MaHoSo, outcome: 'refused', reason: `a file is larger than ${error.limit} bytes` }
    // Two importers at once: the unique foreign code lets one through, the other reads back.
    if (isForeignCodeTaken(error)) return { MaHoSo, outcome: 'known' }
    throw error
  }
}

const isSendersFault = ({ parts }: AppError) =>
  parts.status === 422 || parts.status === 404 || parts.code === 'dossier.foreign-code-taken'

function readJson(text: string): unknown {
  try {
    // It stands in a text of the message: what was made clean outside is not clean inside.
    return normaliseJson(JSON.parse(text))
  } catch {
    return null
  }
}

async function agencyOf(house: House, item: DossierItem, at: Date) {
  const today = civilDateOf(at)
  if (item.DonViXuLy !== '') return findAgencyByCode(house.db, item.DonViXuLy, today)
  return (await listAgencies(house.db, today, { kinds: ['province-committee'] }))[0] ?? null
}

/** After each change of a dossier that came from the portal: one progress item, one file by (code, seq). No folder: nobody to tell. */
export function reportProgress(house: House, folder: string | null): Subscriber {
  return {
    name: 'national-portal.report-progress',
    event: 'dossier.changed',
    // What version 0.2.0 left in the queue names the code and not its system: the dossier is asked below.
    concerns: ({ facts }) =>
      facts.type !== 'mirrored' && (facts.foreignSystem === actor.id || typeof facts.foreign === 'string'),
    handle: async event => {
      if (folder === null) return
      const facts = z.object({ dossierId: z.string(), seq: z.number() }).parse(event.facts)
      const progress = await progressOfDossier(house, facts.dossierId, facts.seq)
      if (progress === null || progress.foreign?.system !== actor.id || progress.kind === 'mirrored') return
      const { code } = progress.foreign
      const item: ProgressItem = {
        MaHoSo: code,
        NguoiXuLy: progress.officerName,
        ChucDanh: progress.postTitle,
        ThoiDiemXuLy: portalTime(progress.at),
        PhongBanXuLy: progress.agencyName,
        NoiDungXuLy: progress.what,
        TrangThai: String(progress.state),
        NgayKetThucTheoQuyDinh: progress.dueAt === null ? '' : portalTime(progress.dueAt),
      }
      const name = `${code}-${String(facts.seq).padStart(4, '0')}.json`
      const temporary = join(folder, 'outgoing', `.${name}`)
      await writeFile(temporary, JSON.stringify({ service: 'CapNhatTienDoHoSoMC', data: [item] }, null, 2))
      await rename(temporary, join(folder, 'outgoing', name))
    },
  }
}
