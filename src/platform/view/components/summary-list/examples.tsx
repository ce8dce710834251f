// Examples of summary-list: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { SummaryList } from './summary-list.tsx'

export const summaryListExamples = examples([
  {
    name: 'with change',
    draw: () => (
      <SummaryList
        rows={[
          { name: 'Họ và tên', value: 'Nguyễn Thị Mẫu', change: { href: '/', text: 'Sửa' } },
          { name: 'Điện thoại', value: '0912 000 123' },
        ]}
      />
    ),
  },
])
