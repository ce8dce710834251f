// A message about the page: done, to know, or to beware of.
import type { ComponentChildren } from 'preact'

export interface NoticeProps {
  readonly title: string
  readonly tone: 'good' | 'info' | 'warn'
  readonly id?: string
  readonly children?: ComponentChildren
}

/** `good` is announced and takes the focus: it tells that the last action worked. */
export function Notice(props: NoticeProps) {
  const id = props.id ?? 'notice-title'
  return (
    <section
      class={`notice notice-${props.tone}`}
      role={props.tone === 'good' ? 'alert' : undefined}
      aria-labelledby={id}
    >
      <h2 class="notice-title" id={id}>
        {props.title}
      </h2>
      {props.children}
    </section>
  )
}
