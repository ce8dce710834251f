// Examples of pagination: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Pagination } from './pagination.tsx'

export const paginationExamples = examples([
  {
    name: 'middle',
    draw: () => (
      <Pagination
        label="Các trang"
        previous={{ href: '?trang=1', text: 'Trang trước' }}
        next={{ href: '?trang=3', text: 'Trang sau' }}
        current="Trang 2"
      />
    ),
  },
])
