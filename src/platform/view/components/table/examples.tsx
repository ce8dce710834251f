// Examples of table: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Table } from './table.tsx'

export const tableExamples = examples([
  {
    name: 'numbers',
    draw: () => (
      <Table
        caption="Tiến độ"
        columns={[{ title: 'Cơ quan' }, { title: 'Tiếp nhận', numeric: true }]}
        rows={[{ key: '1', cells: ['Sở Xây dựng', '1.250'] }]}
      />
    ),
  },
  {
    name: 'rows with a name',
    draw: () => (
      <Table
        caption="Hồ sơ đang chờ"
        rowHeaders
        stack
        columns={[{ title: 'Mã hồ sơ' }, { title: 'Người nộp' }]}
        rows={[{ key: '1', cells: [<a href="#ho-so">H99.01-261120-0001</a>, 'Nguyễn Văn Thử'] }]}
      />
    ),
  },
])
