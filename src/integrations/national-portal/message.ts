// Messages of the national portal's synchronisation (DongBoHoSoMC, CapNhatTienDoHoSoMC) as they are documented.
import { z } from 'zod'
import { isCitizenNumber, isEmail, normalisePhone } from '../../platform/identifiers.ts'
import { normalise } from '../../platform/text.ts'

const text = z.string().max(4000).transform(normalise)
const optional = text.optional().default('')
/** No electronic dossier is older, and no deadline is further away: a slip of a digit is no date. */
const EARLIEST = new Date('1990-01-01T00:00:00+07:00')
const LATEST = new Date('2100-01-01T00:00:00+07:00')
/** yyyyMMddHHmmss in Việt Nam's time. */
const instant = z
  .string()
  .regex(/^\d{14}$/, 'dates are yyyyMMddHHmmss')
  .transform(
    value =>
      new Date(
        `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6, 8)}T${value.slice(8, 10)}:${value.slice(10, 12)}:${value.slice(12, 14)}+07:00`,
      ),
  )
  .refine(value => value >= EARLIEST && value < LATEST, 'no such date, or none of this age')
const optionalInstant = z
  .union([z.literal('').transform(() => null), instant])
  .optional()
  .default(null)

const attachment = z.object({
  TepDinhKemId: optional,
  TenTepDinhKem: text,
  IsDeleted: optional,
  MaThanhPhanHoSo: optional,
  /** Path of the file inside the drop folder. */
  DuongDanTaiTepTin: text,
})

/** One item of DongBoHoSoMC. Keys it does not know are ignored: the portal adds new ones. */
export const dossierItem = z.object({
  MaHoSo: z
    .string()
    .min(4)
    .max(60)
    .regex(/^[0-9A-Za-z.-]+$/),
  MaTTHC: text,
  ChuHoSo: text.pipe(z.string().min(1, 'ChuHoSo is empty')),
  LoaiDoiTuong: z.enum(['1', '2', '3', '4']).optional().default('1'),
  SoGiayToChuHoSo: optional.refine(
    value => value === '' || isCitizenNumber(value),
    'SoGiayToChuHoSo is not a personal identification number',
  ),
  Email: optional.refine(value => value === '' || isEmail(value), 'Email is not an address'),
  SoDienThoai: optional
    .transform(value => (value === '' ? '' : (normalisePhone(value) ?? '?')))
    .refine(value => value !== '?', 'SoDienThoai is not a phone number'),
  TrichYeuHoSo: optional,
  NgayTiepNhan: optionalInstant,
  NgayNopHoSo: optionalInstant,
  NgayHenTra: optionalInstant,
  NgayTra: optionalInstant,
  NgayKetThucXuLy: optionalInstant,
  TrangThaiHoSo: z
    .string()
    .regex(/^(10|[1-9])$/)
    .transform(Number)
    .optional()
    .default(1),
  /** Identifier of the deciding agency, QĐ 20/2020. */
  DonViXuLy: optional,
  /** Answers of the interactive form as JSON text, by field. */
  ThongTinKhac: optional,
  TaiLieuNop: z.array(attachment).max(200).optional().default([]),
})
export type DossierItem = z.infer<typeof dossierItem>

/** A file of the drop: one call of DongBoHoSoMC. */
export const dropFile = z.object({
  isUpdating: z.enum(['True', 'False']).optional(),
  data: z.array(z.unknown()).min(1).max(1000),
})

/** One item of CapNhatTienDoHoSoMC. */
export interface ProgressItem {
  readonly MaHoSo: string
  readonly NguoiXuLy: string
  readonly ChucDanh: string
  readonly ThoiDiemXuLy: string
  readonly PhongBanXuLy: string
  readonly NoiDungXuLy: string
  readonly TrangThai: string
  readonly NgayKetThucTheoQuyDinh: string
}

/** An instant as the portal writes it. */
export function portalTime(at: Date): string {
  return new Date(at.getTime() + 7 * 3_600_000).toISOString().replace(/[-:T]/g, '').slice(0, 14)
}
