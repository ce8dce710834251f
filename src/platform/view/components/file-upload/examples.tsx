// Examples of file-upload: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { FileUpload } from './file-upload.tsx'

export const fileUploadExamples = examples([
  { name: 'plain', draw: () => <FileUpload id="f-1" name="f-1" label="Bản vẽ" /> },
  {
    name: 'error',
    draw: () => <FileUpload id="f-2" name="f-2" label="Bản vẽ" hint="PDF, tối đa 50 MB" error="Tệp rỗng." multiple />,
  },
])
