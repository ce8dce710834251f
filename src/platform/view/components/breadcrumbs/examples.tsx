// Examples of breadcrumbs: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Breadcrumbs } from './breadcrumbs.tsx'

export const breadcrumbsExamples = examples([
  {
    name: 'two levels',
    draw: () => (
      <Breadcrumbs
        label="Đường dẫn"
        items={[
          { text: 'Trang chủ', href: '/' },
          { text: 'Thủ tục', href: '/thu-tuc' },
        ]}
      />
    ),
  },
])
