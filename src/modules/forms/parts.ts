// The parts of compound answers; apart from the schema, so that the browser gets no validator library.
import type { FieldType } from './form.ts'

/** The parts of a compound answer, in the order they are asked. */
export const PARTS: Readonly<Partial<Record<FieldType, readonly string[]>>> = {
  address: ['tinh', 'xa', 'duong'],
  person: ['ho-ten', 'so-dinh-danh', 'ngay-sinh', 'dien-thoai'],
  organisation: ['ten', 'ma-so', 'dai-dien', 'dien-thoai'],
}
