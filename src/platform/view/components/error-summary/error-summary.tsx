// What must be corrected, at the top of the page, each line linked to its field. Takes the focus when the page opens.
export interface ErrorSummaryProps {
  readonly title: string
  readonly errors: readonly { readonly href?: string; readonly text: string }[]
}

export function ErrorSummary(props: ErrorSummaryProps) {
  return (
    <div class="error-summary" data-focus tabindex={-1}>
      <div role="alert">
        <h2 class="error-summary-title">{props.title}</h2>
        <ul class="error-summary-list">
          {props.errors.map(error => (
            <li key={error.href}>{error.href === undefined ? error.text : <a href={error.href}>{error.text}</a>}</li>
          ))}
        </ul>
      </div>
    </div>
  )
}
