// Any number of choices.
import { Fieldset } from '../fieldset/fieldset.tsx'
import type { ChoiceItem } from '../radios/radios.tsx'

export interface CheckboxesProps {
  readonly id: string
  readonly name: string
  readonly legend: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly errorPrefix?: string
  readonly items: readonly ChoiceItem[]
  readonly values: readonly string[]
}

export function Checkboxes(props: CheckboxesProps) {
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
                class="choice-input choice-box"
                type="checkbox"
                id={id}
                name={props.name}
                value={item.value}
                checked={props.values.includes(item.value)}
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
