// Choosing files to send.
import { describedBy, Field, type FieldProps } from '../field/field.tsx'

export interface FileUploadProps extends FieldProps {
  readonly multiple?: boolean
  readonly accept?: string
}

export function FileUpload(props: FileUploadProps) {
  return (
    <Field {...props}>
      <input
        class={`file-upload${props.error ? ' input-wrong' : ''}`}
        id={props.id}
        name={props.name}
        type="file"
        multiple={props.multiple}
        accept={props.accept}
        aria-describedby={describedBy(props)}
      />
    </Field>
  )
}
