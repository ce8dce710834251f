// Examples of textarea: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Textarea } from './textarea.tsx'

export const textareaExamples = examples([
  { name: 'plain', draw: () => <Textarea id="v-1" name="v-1" label="Lý do" /> },
  {
    name: 'error',
    draw: () => <Textarea id="v-2" name="v-2" label="Lý do" hint="Viết ngắn gọn" error="Hãy ghi lý do." />,
  },
])
