// A date in three fields: day, month, year. Names are <name>-ngay, -thang, -nam.
import { Fieldset } from '../fieldset/fieldset.tsx'

export interface DateInputProps {
  readonly id: string
  readonly name: string
  readonly legend: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly errorPrefix?: string
  readonly labels: { readonly day: string; readonly month: string; readonly year: string }
  readonly day: string
  readonly month: string
  readonly year: string
}

export function DateInput(props: DateInputProps) {
  const parts = [
    { suffix: 'ngay', label: props.labels.day, value: props.day, length: 2, id: props.id },
    { suffix: 'thang', label: props.labels.month, value: props.month, length: 2, id: `${props.id}-thang` },
    { suffix: 'nam', label: props.labels.year, value: props.year, length: 4, id: `${props.id}-nam` },
  ]
  return (
    <Fieldset
      id={props.id}
      role="group"
      legend={props.legend}
      hint={props.hint}
      error={props.error}
      {...(props.errorPrefix ? { errorPrefix: props.errorPrefix } : {})}
    >
      <div class="date-row" id={`${props.id}-date`}>
        {parts.map(part => (
          <div class="date-part" key={part.suffix}>
            <label class="label label-small" for={part.id}>
              {part.label}
            </label>
            <input
              class={`input input-${part.length === 4 ? 'year' : 'day'}${props.error ? ' input-wrong' : ''}`}
              id={part.id}
              name={`${props.name}-${part.suffix}`}
              type="text"
              inputmode="numeric"
              value={part.value}
            />
          </div>
        ))}
      </div>
    </Fieldset>
  )
}
