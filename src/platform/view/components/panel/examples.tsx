// Examples of panel: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Panel } from './panel.tsx'

export const panelExamples = examples([
  {
    name: 'reference',
    draw: () => (
      <Panel title="Đã gửi hồ sơ" heading="h2">
        <p class="big">7K2M9QXTRW</p>
      </Panel>
    ),
  },
])
