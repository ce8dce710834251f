// The one big fact of a page: a reference, a promised date.
import type { ComponentChildren } from 'preact'

export function Panel(props: { title: string; heading?: 'h1' | 'h2'; children: ComponentChildren }) {
  const Heading = props.heading ?? 'h1'
  return (
    <div class="panel">
      <Heading class="panel-title">{props.title}</Heading>
      <div class="panel-body">{props.children}</div>
    </div>
  )
}
