// One line of text.
import { describedBy, Field, type FieldProps } from '../field/field.tsx'

export interface TextInputProps extends FieldProps {
  readonly type?: 'text' | 'email' | 'tel' | 'password' | 'search' | 'url'
  readonly autocomplete?: string
  readonly inputmode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email'
  readonly width?: 'narrow' | 'medium' | 'full'
  readonly suffix?: string | undefined
  readonly spellcheck?: boolean
  readonly maxLength?: number
  /** Shown, sent and read out, not to be changed. */
  readonly fixed?: boolean
}

export function TextInput(props: TextInputProps) {
  const input = (
    <input
      class={`input input-${props.width ?? 'full'}${props.error ? ' input-wrong' : ''}`}
      id={props.id}
      name={props.name}
      type={props.type ?? 'text'}
      value={props.value}
      autocomplete={props.autocomplete}
      inputmode={props.inputmode}
      spellcheck={props.spellcheck}
      maxLength={props.maxLength}
      readOnly={props.fixed}
      aria-describedby={describedBy(props)}
    />
  )
  return (
    <Field {...props}>
      {props.suffix ? (
        <div class="input-row">
          {input}
          <span class="suffix" aria-hidden="true">
            {props.suffix}
          </span>
        </div>
      ) : (
        input
      )}
    </Field>
  )
}
