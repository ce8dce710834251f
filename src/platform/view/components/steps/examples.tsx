// Examples of steps: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Steps } from './steps.tsx'

export const stepsExamples = examples([
  {
    name: 'three states',
    draw: () => (
      <Steps
        items={[
          { key: '1', title: 'Tiếp nhận', state: 'done', stateText: 'Đã xong', detail: '08:30 ngày 05/01/2026' },
          { key: '2', title: 'Thẩm định', state: 'now', stateText: 'Đang làm' },
          { key: '3', title: 'Trả kết quả', state: 'next', stateText: 'Tiếp theo' },
        ]}
      />
    ),
  },
])
