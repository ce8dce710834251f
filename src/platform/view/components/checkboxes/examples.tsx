// Examples of checkboxes: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Checkboxes } from './checkboxes.tsx'

export const checkboxesExamples = examples([
  {
    name: 'plain',
    draw: () => (
      <Checkboxes
        id="c-1"
        name="c-1"
        legend="Giấy tờ"
        values={['don']}
        items={[
          { value: 'don', label: 'Đơn' },
          { value: 've', label: 'Bản vẽ' },
        ]}
      />
    ),
  },
  {
    name: 'hint and error',
    draw: () => (
      <Checkboxes
        id="c-2"
        name="c-2"
        legend="Giấy tờ"
        hint="Chọn mọi mục đúng"
        error="Hãy chọn ít nhất một mục."
        values={[]}
        items={[{ value: 'don', label: 'Đơn' }]}
      />
    ),
  },
])
