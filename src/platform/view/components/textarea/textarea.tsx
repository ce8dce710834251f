// Several lines of text.
import { describedBy, Field, type FieldProps } from '../field/field.tsx'

export interface TextareaProps extends FieldProps {
  readonly rows?: number
  readonly maxLength?: number
}

export function Textarea(props: TextareaProps) {
  return (
    <Field {...props}>
      <textarea
        class={`input textarea${props.error ? ' input-wrong' : ''}`}
        id={props.id}
        name={props.name}
        rows={props.rows ?? 5}
        maxLength={props.maxLength}
        aria-describedby={describedBy(props)}
      >
        {props.value ?? ''}
      </textarea>
    </Field>
  )
}
