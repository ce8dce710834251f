// A group of controls under one legend, with hint and error for the whole group.
import type { ComponentChildren } from 'preact'
import { ErrorMessage } from '../field/field.tsx'

export interface FieldsetProps {
  readonly id: string
  readonly legend: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly errorPrefix?: string
  readonly role?: 'group'
  readonly children: ComponentChildren
}

export function Fieldset(props: FieldsetProps) {
  const ids = [props.hint ? `${props.id}-hint` : '', props.error ? `${props.id}-error` : ''].filter(Boolean)
  return (
    <div class={props.error ? 'field field-wrong' : 'field'}>
      <fieldset class="fieldset" role={props.role} aria-describedby={ids.length > 0 ? ids.join(' ') : undefined}>
        <legend class="legend">{props.legend}</legend>
        {props.hint ? (
          <div id={`${props.id}-hint`} class="hint">
            {props.hint}
          </div>
        ) : null}
        {props.error ? <ErrorMessage id={`${props.id}-error`} text={props.error} prefix={props.errorPrefix} /> : null}
        {props.children}
      </fieldset>
    </div>
  )
}
