// One choice of many.
import { describedBy, Field, type FieldProps } from '../field/field.tsx'

export interface SelectProps extends FieldProps {
  readonly items: readonly { readonly value: string; readonly label: string }[]
  readonly attributes?: Readonly<Record<string, string>>
}

export function Select(props: SelectProps) {
  return (
    <Field {...props}>
      <select
        class={`input select${props.error ? ' input-wrong' : ''}`}
        id={props.id}
        name={props.name}
        aria-describedby={describedBy(props)}
        {...props.attributes}
      >
        {props.items.map(item => (
          <option key={item.value} value={item.value} selected={item.value === props.value}>
            {item.label}
          </option>
        ))}
      </select>
    </Field>
  )
}
