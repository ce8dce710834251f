// Who may be tried in the demo. All people are fictional.
import type { DemoAccount } from '../modules/identity/index.ts'

export const DEMO_PASSWORD = 'motcua-thu-nghiem'
/** One second-factor secret for all demo accounts that must have one; the sign-in page shows the running code. */
export const DEMO_SECOND_FACTOR = 'MOTCUADEMO234567MOTCUADEMO234567'

export interface DemoPerson {
  readonly name: string
  readonly idNumber: string
  readonly birthDate: string
  readonly phone: string
  readonly email: string
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  {
    name: 'Nguyễn Thị Mẫu',
    idNumber: '044185000123',
    birthDate: '1985-03-12',
    phone: '0912000123',
    email: 'mau@example.vn',
  },
  {
    name: 'Trần Văn Thử',
    idNumber: '044090000456',
    birthDate: '1990-11-02',
    phone: '0912000456',
    email: 'thu@example.vn',
  },
]

const PERSON: DemoAccount = { login: '0912000123', role: 'Công dân Nguyễn Thị Mẫu' }
const ADMINISTRATOR: DemoAccount = { login: 'quantri', role: 'Quản trị hệ thống' }
/** Only the province of the repository's own demo has these. */
const IN_MAU: readonly DemoAccount[] = [
  { login: 'motcua1', role: 'Cán bộ một cửa, phường Trung Tâm' },
  { login: 'chuyenvien1', role: 'Chuyên viên xây dựng, phường Trung Tâm' },
  { login: 'truongphong1', role: 'Trưởng phòng, phường Trung Tâm' },
  { login: 'chutich1', role: 'Chủ tịch, phường Trung Tâm' },
  { login: 'vanthu1', role: 'Văn thư, phường Trung Tâm' },
  { login: 'tuphap1', role: 'Công chức tư pháp - hộ tịch, phường Trung Tâm' },
  { login: 'chanhvp1', role: 'Chánh Văn phòng (ký nháy tư pháp - hộ tịch), phường Trung Tâm' },
  { login: 'phochutich1', role: 'Phó Chủ tịch (ký nháy văn hóa - xã hội), phường Trung Tâm' },
  { login: 'motcua-tinh', role: 'Cán bộ một cửa, Trung tâm cấp tỉnh' },
  { login: 'chuyenvien-y-te', role: 'Chuyên viên, Sở Y tế' },
  { login: 'truongphong-y-te', role: 'Trưởng phòng, Sở Y tế' },
  { login: 'giamdoc-y-te', role: 'Giám đốc, Sở Y tế' },
  { login: 'vanthu-y-te', role: 'Văn thư, Sở Y tế' },
]

/** Who may be tried in the demo of a province. */
export const demoAccounts = (province: string): readonly DemoAccount[] =>
  province === 'mau' ? [PERSON, ...IN_MAU, ADMINISTRATOR] : [PERSON, ADMINISTRATOR]

/** Who is tried first where no account may open with the demo's password; that others were made with it shows in their hashes. */
export const DEMO_LOGINS: readonly string[] = [
  ...demoAccounts('mau').map(account => account.login),
  ...DEMO_PEOPLE.map(person => person.phone),
].filter((login, index, all) => all.indexOf(login) === index)
