// Examples of notice: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Notice } from './notice.tsx'

export const noticeExamples = examples([
  {
    name: 'good',
    draw: () => (
      <Notice tone="good" id="n-1" title="Đã tiếp nhận">
        <p>Mã hồ sơ đã có.</p>
      </Notice>
    ),
  },
  {
    name: 'info',
    draw: () => (
      <Notice tone="info" id="n-2" title="Cách nộp">
        <p>Nộp trực tiếp.</p>
      </Notice>
    ),
  },
  {
    name: 'warn',
    draw: () => (
      <Notice tone="warn" id="n-3" title="Cần bổ sung">
        <p>Thiếu bản vẽ.</p>
      </Notice>
    ),
  },
])
