// The field for six digits that come from a device, a message or a mailbox.
import { Button } from '../../../platform/view/components/button/button.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'

export function CodeForm(props: { action: string; label: string; submit: string; error: string | undefined }) {
  return (
    <form method="post" action={props.action} noValidate>
      <TextInput
        id="ma"
        name="ma"
        label={props.label}
        error={props.error}
        inputmode="numeric"
        autocomplete="one-time-code"
        width="narrow"
      />
      <Button text={props.submit} />
    </form>
  )
}
