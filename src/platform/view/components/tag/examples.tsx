// Examples of tag: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Tag } from './tag.tsx'

export const tagExamples = examples([
  {
    name: 'all tones',
    draw: () => (
      <p>
        <Tag text="Mới" /> <Tag text="Xong" tone="good" /> <Tag text="Sắp đến hạn" tone="now" />{' '}
        <Tag text="Bổ sung" tone="warn" /> <Tag text="Quá hạn" tone="late" /> <Tag text="Đang làm" tone="info" />
      </p>
    ),
  },
])
