// `motcua security-level`: the proposal of the security level (NĐ 85/2016/NĐ-CP, Art. 15; TT 12/2022/TT-BTTTT) and the checklist before
// launch, written from what is really configured, as Markdown in Vietnamese on standard output.
import { SECOND_FACTOR_ROLES } from '../../modules/identity/index.ts'
import { openClient } from '../../platform/db/database.ts'
import { formatDateTime, formatNumber } from '../../platform/i18n/format.ts'
import type { Config } from '../config.ts'
import { examine } from '../doctor/doctor.ts'
import type { Finding, Level } from '../doctor/finding.ts'
import { readFacts, type SecurityFacts } from './facts.ts'
import { type Answer, MANAGEMENT, outside, type State, TECHNICAL } from './requirements.ts'

const SAY: Readonly<Record<State, string>> = {
  met: 'Đạt',
  partly: 'Một phần',
  open: '**Chưa đạt**',
  agency: 'Đơn vị bổ sung',
}
const BOX: Readonly<Record<Level, string>> = { ok: '[x]', warning: '[ ]', fault: '[ ] **Lỗi.**' }

/** Prints the file; 0 when no requirement is unmet and no fault was found, else 1. */
export async function securityLevel(
  config: Config,
  url: string,
  { at, alone }: { readonly at: Date; readonly alone: boolean },
): Promise<number> {
  const client = await openClient(url)
  let facts: SecurityFacts
  try {
    facts = await readFacts({ config, client, at, alone }, SECOND_FACTOR_ROLES)
  } finally {
    await client.end()
  }
  const findings: Finding[] = []
  for await (const finding of examine(config, url, { at, alone })) findings.push(finding)
  console.log(write(facts, findings))
  const unmet = answers(facts).some(({ answer }) => answer.state === 'open')
  return unmet || findings.some(each => each.level === 'fault') ? 1 : 0
}

const answers = (facts: SecurityFacts): { readonly group: string; readonly name: string; readonly answer: Answer }[] =>
  TECHNICAL.flatMap(group =>
    group.requirements.map(each => ({ group: group.name, name: each.name, answer: each.answer(facts) })),
  )

/** The whole file as Markdown. */
export function write(facts: SecurityFacts, findings: readonly Finding[]): string {
  const { config, machine, database } = facts
  const number = (value: number) => formatNumber(value, 'vi')
  const all = answers(facts)
  const count = (state: State) => all.filter(each => each.answer.state === state).length
  const cell = (text: string) => text.replace(/\|/g, '\\|')
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
    [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(cell).join(' | ')} |`).join('\n')
  return `# Hồ sơ đề xuất cấp độ an toàn hệ thống thông tin

*Lập tự động từ cấu hình thật của hệ thống lúc ${formatDateTime(facts.at, 'vi')} (${facts.product}). Căn cứ: Nghị định 85/2016/NĐ-CP, Điều 15; Thông tư 12/2022/TT-BTTTT; TCVN 11930:2017.
Đối chiếu số mục với văn bản đang có hiệu lực trước khi trình. Chỗ có dấu … do đơn vị vận hành điền.*

## 1. Tổng quan về hệ thống

${table(
  ['Nội dung', 'Thông tin'],
  [
    ['Tên hệ thống', `Hệ thống thông tin giải quyết thủ tục hành chính ${facts.province || '…'}`],
    ['Chủ quản hệ thống', `Ủy ban nhân dân ${facts.province || '…'}`],
    ['Đơn vị vận hành', '…'],
    ['Địa chỉ truy cập', config.publicUrl ?? `chưa đặt (nghe tại ${config.host}:${config.port})`],
    ['Phần mềm', `${facts.product}, Node ${machine.node}, PostgreSQL ${database.version}`],
    ['Máy chủ', `${machine.system}, ${machine.cores} lõi, ${machine.memoryGb} GB bộ nhớ`],
    [
      'Cơ sở dữ liệu',
      `${database.host ?? 'đi kèm trên máy này'}, ${database.replicas} bản sao (${database.synchronous} đồng bộ)`,
    ],
    ['Kết nối ra ngoài', outside(config)],
    ['Phạm vi', `${number(facts.agencies)} cơ quan, ${number(facts.officers)} cán bộ giữ vị trí`],
    ['Quy mô dữ liệu', `khoảng ${number(facts.dossiers)} hồ sơ, ${number(facts.files.count)} tệp`],
    [
      'Dữ liệu xử lý',
      'Họ tên, số định danh, ngày sinh, điện thoại, thư điện tử, giấy tờ trong hồ sơ (dữ liệu cá nhân); kết quả giải quyết; không xử lý bí mật nhà nước',
    ],
    ['Cổng nộp hồ sơ của người dân', config.portalOpen ? 'mở' : 'đóng (nộp tại Cổng Dịch vụ công quốc gia)'],
  ],
)}

Sơ đồ: người dân và cán bộ → (tường lửa, cân bằng tải, TLS của đơn vị) → tiến trình web → PostgreSQL ← tiến trình tác vụ nền (gọi ra ngoài: ${outside(config)}).

## 2. Thuyết minh đề xuất cấp độ

Đề xuất **cấp độ 3** (Nghị định 85/2016/NĐ-CP, Điều 9): hệ thống cung cấp dịch vụ công trực tuyến và xử lý thông tin riêng, dữ liệu cá nhân của người sử dụng trong phạm vi một tỉnh${facts.dossiers > 0 ? ` (khoảng ${number(facts.dossiers)} hồ sơ)` : ''}; khi bị phá hoại làm tổn hại quyền và lợi ích hợp pháp của tổ chức, cá nhân. Không thuộc trường hợp của cấp độ 4, 5.

## 3. Phương án bảo đảm an toàn: yêu cầu kỹ thuật

${count('met')} đạt, ${count('partly')} đạt một phần, ${count('open')} chưa đạt, ${count('agency')} do đơn vị bổ sung.

${TECHNICAL.map(
  group =>
    `### ${group.name}\n\n${table(
      ['Yêu cầu', 'Đánh giá', 'Hiện trạng'],
      all.filter(each => each.group === group.name).map(({ name, answer }) => [name, SAY[answer.state], answer.how]),
    )}`,
).join('\n\n')}

## 4. Phương án bảo đảm an toàn: yêu cầu quản lý

${MANAGEMENT.map(each => `- ${each}: …`).join('\n')}

## 5. Danh mục kiểm tra trước khi vận hành

Kết quả của \`motcua doctor\` lúc lập hồ sơ (tiếng Anh như chương trình in ra):

${findings.map(({ level, text }) => `- ${BOX[level]} ${text}`).join('\n')}

Đơn vị tự kiểm tra và ký xác nhận:

- [ ] Đã diễn tập phục hồi từ bản sao lưu (docs/operations/sao-luu.md), \`motcua verify\` sạch
- [ ] Đã diễn tập mất máy cơ sở dữ liệu chính (docs/operations/san-sang-cao.md)
- [ ] Tệp khóa ${config.keyRingFile} có bản sao ở nơi khác, ngoài máy chủ
- [ ] Nhật ký chuyển về hệ thống tập trung; kết nối giám sát đã nhận cảnh báo thử
- [ ] Đánh giá an toàn độc lập đã thực hiện; mục chưa đạt trong docs/security/asvs.md đã được chấp nhận bằng văn bản
- [ ] Tài khoản của người thôi việc đã đóng (motcua account disable)
`
}
