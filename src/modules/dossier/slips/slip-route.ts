// Forms 01, 02, 03, 05 and 06 of the one-stop circular (TT 03/2025/TT-VPCP, Annex I), drawn from history when asked for.
import { signedIn } from '../../../platform/access/access.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { bytes } from '../../../platform/http/answer.ts'
import { notFound } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatDateTime, formatLetterDate } from '../../../platform/i18n/format.ts'
import { drawSlip, type SlipDrawing } from '../../../platform/pdf/slip.ts'
import { sayFees, sayLimit } from '../../catalogue/index.ts'
import type { House } from '../change-dossier.ts'
import { ON_PAPER } from '../dossier.ts'
import { isOwn, isWrittenDownBy } from '../officer-command.ts'
import { VIEW_PERMISSION } from '../permissions.ts'
import { resultWays } from '../result-way.ts'
import { sayActor, sayEntry } from '../say.ts'
import { logLook } from '../show/log-look.ts'
import { owns } from '../show/own-command.ts'
import { componentName, type DossierView, type HistoryLine, readDossierView } from '../show/view.ts'
import { findDossier, readToken } from '../store/current.ts'
import { neededComponents } from '../submit/submit-dossier.ts'

type Slip = Pick<SlipDrawing, 'formName' | 'title' | 'rows' | 'table' | 'closing' | 'signatures'> & {
  readonly entry: HistoryLine
}

export function slipRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/phieu/:id/:form',
      access: signedIn,
      handle: async request => {
        const { actor } = request
        const dossier = await findDossier(house.db, request.idParam('id'))
        const mayRead =
          dossier !== null &&
          (actor.kind === 'citizen'
            ? await owns(house.db, actor, dossier)
            : actor.kind === 'officer' &&
              actor.permissions.has(VIEW_PERMISSION) &&
              (isOwn(actor, dossier) || isWrittenDownBy(actor, dossier)))
        if (dossier === null || !mayRead) throw notFound('no such slip for this actor')
        const view = await readDossierView(house, house.db, dossier, request.at)
        const slip = slipOf(view, request.param('form'), actor.kind === 'officer' && isOwn(actor, dossier))
        if (slip === null) throw notFound('no such slip of this dossier')
        if (actor.kind === 'officer')
          await logLook(house.db, request, actor, dossier, 'slip', { form: request.param('form') })
        const { entry, ...drawing } = slip
        const address = `${house.publicUrl()}/tra-cuu/${await readToken(house.db, house.keys, dossier.id)}`
        const pdf = await drawSlip({
          ...drawing,
          agencyName: view.agency.name,
          unitName: view.centre.name,
          // A paper of before the reception keeps the reference it was sent with.
          code: (codeAt(view, entry.seq) ? dossier.core.code : null) ?? dossier.reference,
          placeAndDate: `${view.agency.seat}, ${formatLetterDate(civilDateOf(new Date(entry.at)))}`,
          qr: { address, caption: 'Quét mã để theo dõi hồ sơ' },
          created: new Date(entry.at),
          demo: house.demo,
        })
        return bytes(
          pdf,
          'application/pdf',
          `${request.param('form').replace('.pdf', '')}-${dossier.core.code ?? dossier.reference}.pdf`,
          true,
        )
      },
    }),
  ]
}

/** `control`: also the slip that stays in the house. */
function slipOf(view: DossierView, form: string, control: boolean): Slip | null {
  switch (form) {
    case 'mau-01.pdf':
      return receiptSlip(view)
    case 'mau-02.pdf':
      return reasonSlip(view, 'supplement-requested', 'Mẫu số 02', 'Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ')
    case 'mau-03.pdf':
      return reasonSlip(view, 'refused', 'Mẫu số 03', 'Phiếu từ chối tiếp nhận, giải quyết hồ sơ')
    case 'mau-05.pdf':
      return reasonSlip(view, 'withdrawn', 'Mẫu số 05', 'Thông báo dừng giải quyết hồ sơ')
    case 'mau-06.pdf':
      return control ? controlSlip(view) : null
    default:
      return null
  }
}

const signer = (view: DossierView, entry: HistoryLine) => sayActor(entry.actor, view.names, 'vi')
const applicantRows = (view: DossierView) => [
  { name: 'Họ và tên, tổ chức', value: view.dossier.applicantName },
  { name: 'Số điện thoại', value: view.contact.phone ?? '' },
  { name: 'Thư điện tử', value: view.contact.email ?? '' },
  { name: 'Nội dung yêu cầu giải quyết', value: view.definition.procedure.title.vi },
]

function receiptSlip(view: DossierView): Slip | null {
  const entry = view.history.find(line => line.type === 'received')
  if (entry === undefined) return null
  const { core } = view.dossier
  const { procedure } = view.definition
  const components = view.definition.procedure.components.filter(
    component => component.filled_in === true || neededComponents(view.definition, view.answers).includes(component),
  )
  // What was promised when it was received, whatever pauses came later.
  const promised = entry.facts.set.dueAt
  return {
    entry,
    formName: 'Mẫu số 01 – TT 03/2025/TT-VPCP',
    title: 'Giấy tiếp nhận hồ sơ và hẹn trả kết quả',
    rows: [
      { name: 'Mã hồ sơ', value: core.code ?? '' },
      { name: 'Bộ phận tiếp nhận', value: view.centre.name },
      ...applicantRows(view),
      { name: 'Số lượng hồ sơ', value: '01 bộ' },
      { name: 'Thời hạn giải quyết', value: sayLimit(procedure.time_limit, 'vi') },
      { name: 'Thời gian nhận hồ sơ', value: formatDateTime(new Date(entry.at), 'vi') },
      {
        name: 'Thời gian trả kết quả',
        value: promised == null ? 'Theo quy định của pháp luật chuyên ngành' : formatDateTime(new Date(promised), 'vi'),
      },
      {
        name: 'Nơi trả kết quả',
        value:
          resultWays({ ...view.dossier, claimed: view.claimed })[0] === 'online'
            ? 'Trực tuyến, trên tài khoản của người nộp'
            : view.centre.name,
      },
      { name: 'Phí, lệ phí', value: sayFees(procedure, 'vi').join('; ') },
    ],
    table:
      components.length === 0
        ? null
        : {
            columns: ['STT', 'Thành phần hồ sơ', 'Đã nộp'],
            widths: [8, 62, 30],
            rows: components.map((component, index) => [
              String(index + 1),
              component.name.vi,
              handedIn(view, component, entry),
            ]),
          },
    closing: [
      'Khi nhận kết quả, ông/bà mang theo giấy này; nếu mất, mang giấy tờ tùy thân. Tra cứu hồ sơ bằng mã QR, hoặc bằng mã hồ sơ và 6 số cuối điện thoại.',
    ],
    signatures: [
      { title: 'Người nộp hồ sơ', name: view.dossier.applicantName },
      { title: 'Người tiếp nhận hồ sơ', name: signer(view, entry) },
    ],
  }
}

/** What was really given for a component: files, papers on the counter, or data to be looked up. */
function handedIn(
  view: DossierView,
  component: DossierView['definition']['procedure']['components'][number],
  received: HistoryLine,
): string {
  const files = view.papers.filter(paper => paper.component === component.id && paper.addedSeq < received.seq).length
  const said = files > 0 ? [`${files} tệp điện tử`] : []
  if (component.filled_in === true) return 'Đã điền trên hệ thống'
  if (component.replaced_by !== undefined) return said[0] ?? 'Cơ quan tra cứu dữ liệu'
  const { onPaper } = received.facts
  // Receipts of before papers were ticked (version 0.2.0) listed all that the procedure asks for, and are drawn as they were given out.
  const ticked = Array.isArray(onPaper) ? onPaper.includes(component.id) : files === 0
  if (ON_PAPER.has(view.dossier.channel) && ticked) {
    if (component.originals > 0) said.push(`${component.originals} bản chính`)
    if (component.copies > 0) said.push(`${component.copies} bản sao`)
    if (component.originals === 0 && component.copies === 0) said.push('Bản giấy')
  }
  return said.join(', ') || 'Không có'
}

function reasonSlip(view: DossierView, type: HistoryLine['type'], formName: string, title: string): Slip | null {
  const entry = view.history.findLast(line => line.type === type)
  if (entry === undefined) return null
  const said = (key: string) => (typeof entry.payload?.[key] === 'string' ? (entry.payload[key] as string) : '')
  const components = Array.isArray(entry.payload?.components)
    ? (entry.payload.components as string[]).map(id => componentName(view.definition, id).vi)
    : []
  return {
    entry,
    formName: `${formName} – TT 03/2025/TT-VPCP`,
    title,
    rows: [
      ...applicantRows(view),
      ...(components.length > 0 ? [{ name: 'Giấy tờ cần bổ sung', value: components.join('; ') }] : []),
      ...(said('what') === '' ? [] : [{ name: 'Nội dung cần hoàn thiện', value: said('what') }]),
      { name: 'Lý do', value: said('reason') },
      ...(said('ground') === '' ? [] : [{ name: 'Căn cứ', value: said('ground') }]),
    ],
    table: null,
    closing: [
      'Trong quá trình hoàn thiện hồ sơ, nếu có vướng mắc, ông/bà liên hệ bộ phận tiếp nhận để được hướng dẫn.',
    ],
    signatures: [{ title: 'Người lập phiếu', name: signer(view, entry) }],
  }
}

function controlSlip(view: DossierView): Slip | null {
  const received = view.history.find(line => line.type === 'received')
  const last = view.history.at(-1)
  if (received === undefined || last === undefined) return null
  return {
    entry: received,
    formName: 'Mẫu số 06 – TT 03/2025/TT-VPCP',
    title: 'Phiếu kiểm soát quá trình giải quyết hồ sơ',
    rows: [
      { name: 'Mã hồ sơ', value: view.dossier.core.code ?? '' },
      { name: 'Thủ tục', value: view.definition.procedure.title.vi },
    ],
    table: {
      columns: ['STT', 'Việc', 'Vị trí', 'Lúc'],
      widths: [8, 52, 20, 20],
      rows: view.history.map((line, index) => [
        String(index + 1),
        sayEntry(line, view.names, 'vi'),
        line.postTitle ?? '',
        formatDateTime(new Date(line.at), 'vi'),
      ]),
    },
    closing: [],
    signatures: [{ title: 'Người tiếp nhận hồ sơ', name: signer(view, received) }],
  }
}

/** Whether the dossier had its code when an entry was written. */
const codeAt = (view: DossierView, seq: number): boolean =>
  view.history.some(entry => entry.type === 'received' && entry.seq <= seq)
