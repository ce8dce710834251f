// Examples of details: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Details } from './details.tsx'

export const detailsExamples = examples([
  {
    name: 'closed',
    draw: () => (
      <Details summary="Thông tin pháp lý đầy đủ">
        <p>Nội dung.</p>
      </Details>
    ),
  },
  {
    name: 'open',
    draw: () => (
      <Details summary="Đang mở" open>
        <p>Nội dung.</p>
      </Details>
    ),
  },
])
