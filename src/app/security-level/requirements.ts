// Level 3 of TCVN 11930:2017, heading by heading: what the product does by itself, what this installation has set, what stays with the agency.
import { formatDateTime, formatNumber } from '../../platform/i18n/format.ts'
import type { SecurityFacts } from './facts.ts'

/** `agency`: no program can show it; the operating unit writes it. */
export type State = 'met' | 'partly' | 'open' | 'agency'

export interface Answer {
  readonly state: State
  readonly how: string
}

export interface Requirement {
  /** Heading of the standard. */
  readonly name: string
  readonly answer: (facts: SecurityFacts) => Answer
}

export interface Group {
  readonly name: string
  readonly requirements: readonly Requirement[]
}

const met = (how: string): Answer => ({ state: 'met', how })
const partly = (how: string): Answer => ({ state: 'partly', how })
const open = (how: string): Answer => ({ state: 'open', how })
const agency = (how: string): Answer => ({ state: 'agency', how })

const when = (at: Date | null) => (at === null ? 'chưa có' : formatDateTime(at, 'vi'))
const https = (facts: SecurityFacts) => facts.config.publicUrl?.startsWith('https:') === true

/** The technical requirements of level 3, by the headings of the standard. */
export const TECHNICAL: readonly Group[] = [
  {
    name: 'Bảo đảm an toàn mạng',
    requirements: [
      {
        name: 'Thiết kế hệ thống, phân vùng mạng',
        answer: ({ config, database }) =>
          agency(
            `Tiến trình web nghe tại ${config.host}:${config.port}; cơ sở dữ liệu ${database.host === null ? 'đi kèm, chỉ nghe trên máy này' : `tại ${database.host}`}. Đơn vị đặt web, tác vụ nền và cơ sở dữ liệu vào các vùng riêng, kèm sơ đồ logic và vật lý.`,
          ),
      },
      {
        name: 'Kiểm soát truy cập từ bên ngoài mạng',
        answer: facts =>
          https(facts)
            ? met(
                `Người dùng chỉ vào qua ${facts.config.publicUrl}; ${facts.config.trustProxy} lớp chuyển tiếp được tin khi ghi địa chỉ mạng; giới hạn ${formatNumber(facts.config.flood.perSecond, 'vi')} yêu cầu/giây cho một địa chỉ (dồn tối đa ${formatNumber(facts.config.flood.burst, 'vi')}). Tường lửa do đơn vị đặt phía trước.`,
              )
            : open('PUBLIC_URL chưa phải https: phiên làm việc đi qua mạng không mã hóa.'),
      },
      {
        name: 'Kiểm soát truy cập từ bên trong mạng',
        answer: ({ config }) =>
          agency(
            `Hệ thống chủ động kết nối ra đúng các nơi đã cấu hình: ${outside(config)}. Đơn vị mở tường lửa đúng các hướng này.`,
          ),
      },
      {
        name: 'Nhật ký hệ thống',
        answer: ({ config, audit }) =>
          met(
            `Mỗi tiến trình ghi nhật ký JSON một dòng một việc (mức ${config.logLevel}), không có dữ liệu cá nhân, mật khẩu, phiên, mã truy cập; /metrics cho giám sát. Nhật ký kiểm toán trong cơ sở dữ liệu: ${audit.since === null ? 'chưa có dòng nào' : `khoảng ${formatNumber(audit.rows, 'vi')} dòng từ ${when(audit.since)}`}, ứng dụng chỉ được thêm, không được sửa, xóa. Đơn vị chuyển nhật ký về hệ thống tập trung và lưu tối thiểu theo quy định.`,
          ),
      },
      {
        name: 'Phòng chống xâm nhập; phòng chống phần mềm độc hại trên môi trường mạng',
        answer: () =>
          agency('Thiết bị phát hiện xâm nhập, tường lửa ứng dụng, kết nối giám sát SOC/NCSC do đơn vị trang bị.'),
      },
      { name: 'Bảo vệ thiết bị hệ thống', answer: () => agency('Thiết bị mạng do đơn vị quản lý.') },
    ],
  },
  {
    name: 'Bảo đảm an toàn máy chủ',
    requirements: [
      {
        name: 'Xác thực',
        answer: () =>
          agency('Quyền vào máy chủ (SSH bằng khóa, tài khoản riêng cho từng quản trị viên) do đơn vị cấu hình.'),
      },
      {
        name: 'Kiểm soát truy cập',
        answer: ({ database }) =>
          database.superuser
            ? partly(
                'Ứng dụng làm việc bằng vai trò motcua_app không sửa, xóa được lịch sử; nhưng DATABASE_URL đăng nhập bằng tài khoản siêu quyền. Cần tài khoản thường: web chỉ thuộc motcua_app, work thuộc motcua_app và motcua_owner (docs/operations/systemd.md).',
              )
            : met(
                'Ứng dụng làm việc bằng vai trò motcua_app không sửa, xóa được lịch sử và nhật ký kiểm toán; tài khoản đăng nhập cơ sở dữ liệu không có siêu quyền.',
              ),
      },
      {
        name: 'Nhật ký hệ thống; đồng bộ thời gian',
        answer: () =>
          met(
            'motcua doctor so đồng hồ của máy này với máy cơ sở dữ liệu và báo khi lệch quá 2 giây; mốc thời gian trong lịch sử không bao giờ lùi. Đơn vị cấu hình NTP.',
          ),
      },
      {
        name: 'Phòng chống xâm nhập: cập nhật, tắt dịch vụ thừa',
        answer: ({ machine, database }) =>
          Number(machine.node.slice(1).split('.')[0]) < 22
            ? partly(
                `Node ${machine.node} không còn được vá; cần Node 24. PostgreSQL ${database.version}. Thành phần và giấy phép: docs/security/sbom.cdx.json.`,
              )
            : met(
                `Node ${machine.node}, PostgreSQL ${database.version}. Thành phần và giấy phép: docs/security/sbom.cdx.json.`,
              ),
      },
      {
        name: 'Phòng chống phần mềm độc hại',
        answer: ({ config }) =>
          (config.clamd === null ? partly : met)(
            `Tệp tải lên chỉ nhận PDF, JPEG, PNG, DOCX theo nội dung thật, không bao giờ chạy trên máy chủ, chỉ trả về để tải xuống; PDF của người ngoài được đọc trong tiến trình riêng có giới hạn. ${
              config.clamd === null
                ? 'Chưa quét mã độc: đặt CLAMD.'
                : `Mọi tệp nhận vào được ClamAV quét (${config.clamd}): có mã độc thì từ chối, không quét được thì không nhận.`
            } Máy trạm do đơn vị bảo vệ.`,
          ),
      },
      {
        name: 'Xử lý máy chủ khi chuyển giao',
        answer: () =>
          met(
            'Tệp và dữ liệu cá nhân mã hóa khi lưu: hủy tệp khóa thì dữ liệu trên đĩa cũ không đọc được. Quy trình bàn giao do đơn vị ban hành.',
          ),
      },
    ],
  },
  {
    name: 'Bảo đảm an toàn ứng dụng',
    requirements: [
      {
        name: 'Xác thực',
        answer: ({ powerful, config, accounts }) => {
          const rules = `Mật khẩu băm argon2id, từ chối mật khẩu dễ đoán, khóa theo tài khoản và mạng khi thử sai; ${formatNumber(accounts.officers, 'vi')} tài khoản cán bộ, ${formatNumber(accounts.citizens, 'vi')} tài khoản người dân; VNeID: ${config.vneid === null ? 'chưa nối' : config.vneid.issuer === 'simulator' ? 'mô phỏng' : config.vneid.issuer}.`
          if (config.demo) return open(`DEMO đang bật: mật khẩu dùng thử ai cũng biết. ${rules}`)
          return powerful.withoutFactor > 0
            ? partly(
                `${powerful.withoutFactor} trong ${powerful.all} người giữ quyền ký, đóng dấu, quản trị chưa đăng ký yếu tố thứ hai (bắt buộc ở lần đăng nhập tới). ${rules}`,
              )
            : met(`Cả ${powerful.all} người giữ quyền ký, đóng dấu, quản trị đều đăng nhập bằng hai yếu tố. ${rules}`)
        },
      },
      {
        name: 'Kiểm soát truy cập',
        answer: ({ tokens }) =>
          met(
            `Mặc định từ chối: mỗi địa chỉ khai báo ai được vào, có kiểm thử cho từng cặp địa chỉ và vai trò; cán bộ chỉ thấy hồ sơ của cơ quan mình; phiên của cán bộ hết sau 10 giờ, tối đa 24 giờ; ${tokens} mã truy cập của hệ thống khác còn hiệu lực, có thời hạn và phạm vi.`,
          ),
      },
      {
        name: 'Nhật ký hệ thống',
        answer: () =>
          met(
            'Mỗi lần đăng nhập, bị từ chối, xem dữ liệu cá nhân, thao tác trên hồ sơ đều có một dòng kiểm toán: ai, chức danh nào, lúc nào, mục đích; đăng nhập và từ chối ghi thêm mạng.',
          ),
      },
      {
        name: 'Bảo mật thông tin liên lạc',
        answer: facts =>
          !https(facts)
            ? open('PUBLIC_URL chưa phải https.')
            : facts.database.host === null || facts.database.encrypted
              ? met('HTTPS với HSTS, cookie __Host-; kết nối tới cơ sở dữ liệu mã hóa hoặc không rời khỏi máy.')
              : partly(
                  `HTTPS với HSTS, cookie __Host-; kết nối tới cơ sở dữ liệu ${facts.database.host} chưa mã hóa: thêm sslmode=verify-full vào DATABASE_URL.`,
                ),
      },
      {
        name: 'Chống chối bỏ',
        answer: ({ seal, config }) =>
          config.timestamps === null || config.timestamps === 'simulator'
            ? partly(
                `Kết quả ký số PAdES; lịch sử mỗi hồ sơ là chuỗi băm, niêm phong hằng ngày (lần cuối ${when(seal.last)}). Chưa có dấu thời gian của tổ chức cung cấp dịch vụ: đặt TSA_URL.`,
              )
            : met(
                `Kết quả ký số PAdES; lịch sử mỗi hồ sơ là chuỗi băm, niêm phong hằng ngày (lần cuối ${when(seal.last)}), có dấu thời gian RFC 3161 (lần cuối ${when(seal.stamped)}).`,
              ),
      },
      {
        name: 'An toàn ứng dụng và mã nguồn',
        answer: () =>
          met(
            'Mã nguồn mở; đối chiếu từng mục OWASP ASVS 5.0 mức 2 tại docs/security/asvs.md (nêu rõ mục chưa đạt); kiểm thử tấn công tự động chạy cùng mỗi thay đổi. Kiểm tra, đánh giá độc lập hằng năm do đơn vị tổ chức.',
          ),
      },
    ],
  },
  {
    name: 'Bảo đảm an toàn dữ liệu',
    requirements: [
      {
        name: 'Nguyên vẹn dữ liệu',
        answer: ({ seal }) =>
          met(
            `motcua verify tính lại mọi chuỗi lịch sử và mọi niêm phong; người dân tự kiểm chứng hồ sơ của mình bằng công cụ ngoại tuyến. Niêm phong lần cuối: ${when(seal.last)}.`,
          ),
      },
      {
        name: 'Bảo mật dữ liệu',
        answer: ({ config, files }) =>
          met(
            `Giấy tờ tùy thân, liên hệ, nội dung hồ sơ và ${formatNumber(files.count, 'vi')} tệp (${formatNumber(Math.round(files.bytes / 1e6), 'vi')} MB) mã hóa AES-256-GCM khi lưu; khóa tại ${config.keyRingFile}, đổi thế hệ bằng motcua rotate-keys. Xóa dữ liệu của một người: motcua erase-person.`,
          ),
      },
      {
        name: 'Sao lưu dự phòng',
        answer: ({ database }) => {
          const copies = `${database.replicas} bản sao đang chạy, trong đó ${database.synchronous} đồng bộ.`
          if (database.archivedAt === null)
            return open(
              `Chưa lưu nhật ký ghi trước (WAL) ra ngoài: không phục hồi được tới một thời điểm. Làm theo docs/operations/sao-luu.md. ${copies}`,
            )
          return database.synchronous === 0
            ? partly(
                `Sao lưu tới thời điểm: WAL lưu lần cuối ${when(database.archivedAt)}. ${copies} Cấp độ 3 cần dự phòng nóng: docs/operations/san-sang-cao.md.`,
              )
            : met(`Sao lưu tới thời điểm: WAL lưu lần cuối ${when(database.archivedAt)}. ${copies}`)
        },
      },
    ],
  },
]

/** Systems that this one calls, as they are configured. */
export function outside(config: SecurityFacts['config']): string {
  const host = (url: string) => new URL(url).host
  const all = [
    ...(config.smtp === null ? [] : [`máy chủ thư ${host(config.smtp.url)}`]),
    ...(config.vneid === null || config.vneid.issuer === 'simulator' ? [] : [`VNeID ${host(config.vneid.issuer)}`]),
    ...(config.timestamps === null || config.timestamps === 'simulator'
      ? []
      : [`dấu thời gian ${host(config.timestamps)}`]),
    ...(config.databaseUrl === null ? [] : [`cơ sở dữ liệu ${host(config.databaseUrl)}`]),
  ]
  return all.length === 0 ? 'không nơi nào' : all.join(', ')
}

/** What only the operating unit can write, by the headings of the management part. */
export const MANAGEMENT: readonly string[] = [
  'Chính sách an toàn thông tin: quy chế đã ban hành, số và ngày; rà soát hằng năm',
  'Tổ chức: đơn vị vận hành, đơn vị chuyên trách, đầu mối ứng cứu sự cố và số trực 24/7',
  'Nhân lực: tuyển dụng, đào tạo, thôi việc (motcua account disable đóng tài khoản ngay)',
  'Thiết kế, xây dựng: hồ sơ thiết kế, nghiệm thu, kiểm thử an toàn trước khi đưa vào sử dụng',
  'Vận hành: quản lý mạng, máy chủ, điểm yếu, sự cố, nhật ký, sao lưu, người sử dụng; diễn tập phục hồi hằng năm',
  'Kiểm tra, đánh giá an toàn thông tin định kỳ và trước khi vận hành; báo cáo kết quả',
]
