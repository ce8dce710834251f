// Examples of error-summary: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { ErrorSummary } from './error-summary.tsx'

export const errorSummaryExamples = examples([
  {
    name: 'links',
    draw: () => (
      <ErrorSummary
        title="Cần sửa các mục sau"
        errors={[{ href: '#o-2', text: 'Hãy viết bằng số.' }, { text: 'Lỗi chung.' }]}
      />
    ),
  },
])
