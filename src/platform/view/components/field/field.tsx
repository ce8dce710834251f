// What surrounds every control: label, hint and error, tied to it by id.
import type { ComponentChildren } from 'preact'

export interface FieldProps {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** Spoken before an error: "Lỗi:". */
  readonly errorPrefix?: string
  readonly value?: string
  readonly labelIsHeading?: boolean
}

/** The ids that describe a control, for aria-describedby; undefined when there are none. */
export function describedBy(props: Pick<FieldProps, 'id' | 'hint' | 'error'>): string | undefined {
  const ids = [props.hint ? `${props.id}-hint` : '', props.error ? `${props.id}-error` : ''].filter(Boolean)
  return ids.length > 0 ? ids.join(' ') : undefined
}

export function ErrorMessage(props: { id: string; text: string; prefix?: string | undefined }) {
  return (
    <p id={props.id} class="error-message">
      <span class="visually-hidden">{props.prefix ?? 'Lỗi:'} </span>
      {props.text}
    </p>
  )
}

/** A label, hint, error and the control given as children. */
export function Field(props: FieldProps & { children: ComponentChildren }) {
  const label = (
    <label class="label" for={props.id}>
      {props.label}
    </label>
  )
  return (
    <div class={props.error ? 'field field-wrong' : 'field'}>
      {props.labelIsHeading ? <h1 class="label-heading">{label}</h1> : label}
      {props.hint ? (
        <div id={`${props.id}-hint`} class="hint">
          {props.hint}
        </div>
      ) : null}
      {props.error ? <ErrorMessage id={`${props.id}-error`} text={props.error} prefix={props.errorPrefix} /> : null}
      {props.children}
    </div>
  )
}
