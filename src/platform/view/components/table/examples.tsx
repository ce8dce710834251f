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
])
