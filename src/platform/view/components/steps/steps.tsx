// A vertical line of steps: done, now, next, each with who and when.
import type { ComponentChildren } from 'preact'

export interface Step {
  readonly key: string
  readonly title: string
  readonly state: 'done' | 'now' | 'next'
  /** Spoken and shown beside the title: "Đã xong", "Đang làm", "Tiếp theo". */
  readonly stateText: string
  readonly detail?: ComponentChildren
}

export function Steps(props: { items: readonly Step[] }) {
  return (
    <ol class="steps">
      {props.items.map(item => (
        <li key={item.key} class={`step step-${item.state}`} aria-current={item.state === 'now' ? 'step' : undefined}>
          <span class="step-title">{item.title}</span> <span class="step-state">{item.stateText}</span>
          {item.detail ? <div class="step-detail">{item.detail}</div> : null}
        </li>
      ))}
    </ol>
  )
}
