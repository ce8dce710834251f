// A button that acts, or a link that looks like one because it leads on.
export interface ButtonProps {
  readonly text: string
  readonly href?: string
  readonly name?: string
  readonly value?: string
  readonly secondary?: boolean
  readonly danger?: boolean
  readonly disabled?: boolean
  /** Sent to another address than the form's. */
  readonly formAction?: string
  /** Leaves the browser's own checks out, for "save for later" and "add another". */
  readonly noValidate?: boolean
  readonly attributes?: Readonly<Record<string, string>>
}

export function Button(props: ButtonProps) {
  const classes = ['button', props.secondary ? 'button-secondary' : '', props.danger ? 'button-danger' : '']
    .filter(Boolean)
    .join(' ')
  if (props.href !== undefined) {
    return (
      <a href={props.href} role="button" draggable={false} class={classes} {...props.attributes}>
        {props.text}
      </a>
    )
  }
  return (
    <button
      type="submit"
      class={classes}
      name={props.name}
      value={props.value}
      disabled={props.disabled}
      aria-disabled={props.disabled ? 'true' : undefined}
      formaction={props.formAction}
      formnovalidate={props.noValidate}
      {...props.attributes}
    >
      {props.text}
    </button>
  )
}
