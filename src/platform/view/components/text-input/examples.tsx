// Examples of text-input: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { TextInput } from './text-input.tsx'

export const textInputExamples = examples([
  { name: 'plain', draw: () => <TextInput id="o-1" name="o-1" label="Họ và tên" /> },
  {
    name: 'hint and error',
    draw: () => (
      <TextInput
        id="o-2"
        name="o-2"
        label="Diện tích"
        hint="Theo giấy chứng nhận"
        error="Hãy viết bằng số."
        value="abc"
        suffix="m²"
        width="narrow"
      />
    ),
  },
])
