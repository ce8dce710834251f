// Examples of date-input: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { DateInput } from './date-input.tsx'

export const dateInputExamples = examples([
  {
    name: 'plain',
    draw: () => (
      <DateInput
        id="d-1"
        name="d-1"
        legend="Ngày sinh"
        labels={{ day: 'Ngày', month: 'Tháng', year: 'Năm' }}
        day="5"
        month="1"
        year="1990"
      />
    ),
  },
  {
    name: 'error',
    draw: () => (
      <DateInput
        id="d-2"
        name="d-2"
        legend="Ngày sinh"
        hint="Ví dụ 05/01/1990"
        error="Không có ngày này."
        labels={{ day: 'Ngày', month: 'Tháng', year: 'Năm' }}
        day="31"
        month="2"
        year="1990"
      />
    ),
  },
])
