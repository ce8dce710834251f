// Examples of radios: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Radios } from './radios.tsx'

export const radiosExamples = examples([
  {
    name: 'plain',
    draw: () => (
      <Radios
        id="r-1"
        name="r-1"
        legend="Loại công trình"
        value="moi"
        items={[
          { value: 'moi', label: 'Xây mới' },
          { value: 'sua', label: 'Sửa chữa', hint: 'Có thay đổi kết cấu' },
        ]}
      />
    ),
  },
  {
    name: 'error',
    draw: () => (
      <Radios
        id="r-2"
        name="r-2"
        legend="Loại công trình"
        error="Hãy chọn một mục."
        items={[
          { value: 'moi', label: 'Xây mới' },
          { value: 'sua', label: 'Sửa chữa' },
        ]}
      />
    ),
  },
])
