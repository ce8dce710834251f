// One choice of a few. The first radio carries the group's id, so that the error summary lands on it.
import { Fieldset } from '../fieldset/fieldset.tsx'

export interface ChoiceItem {
  readonly value: string
  readonly label: string
  readonly hint?: string | undefined
}

export interface RadiosProps {
  readonly id: string
  readonly name: string
  readonly legend: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly errorPrefix?: string
  readonly items: readonly ChoiceItem[]
  readonly value?: string
}

export function Radios(props: RadiosProps) {
  return (
    <Fieldset
      id={props.id}
      legend={props.legend}
      hint={props.hint}
      error={props.error}
      {...(props.errorPrefix ? { errorPrefix: props.errorPrefix } : {})}
    >
      <div class="choices">
        {props.items.map((item, index) => {
          const id = index === 0 ? props.id : `${props.id}-${index + 1}`
          return (
            <div class="choice" key={item.value}>
              <input
                class="choice-input"
                type="radio"
                id={id}
                name={props.name}
                value={item.value}
                checked={item.value === props.value}
                aria-describedby={item.hint ? `${id}-item-hint` : undefined}
              />
              <label class="choice-label" for={id}>
                {item.label}
              </label>
              {item.hint ? (
                <div class="hint choice-hint" id={`${id}-item-hint`}>
                  {item.hint}
                </div>
              ) : null}
            </div>
          )
        })}
      </div>
    </Fieldset>
  )
}
