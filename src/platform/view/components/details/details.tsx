// Text that most people do not need, folded.
import type { ComponentChildren } from 'preact'

export function Details(props: { summary: string; open?: boolean; children: ComponentChildren }) {
  return (
    <details class="details" open={props.open}>
      <summary>{props.summary}</summary>
      <div class="details-body">{props.children}</div>
    </details>
  )
}
