// Examples of select: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Select } from './select.tsx'

export const selectExamples = examples([
  {
    name: 'plain',
    draw: () => (
      <Select
        id="s-1"
        name="s-1"
        label="Tỉnh"
        value="44"
        items={[
          { value: '', label: 'Hãy chọn' },
          { value: '44', label: 'Tỉnh Quảng Trị' },
        ]}
      />
    ),
  },
  {
    name: 'error',
    draw: () => (
      <Select id="s-2" name="s-2" label="Tỉnh" error="Hãy chọn tỉnh." items={[{ value: '', label: 'Hãy chọn' }]} />
    ),
  },
])
