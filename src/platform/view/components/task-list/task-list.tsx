// The parts of a long form, each with its state.
import { Tag, type Tone } from '../tag/tag.tsx'

export interface TaskItem {
  readonly id: string
  readonly title: string
  readonly href: string | null
  readonly hint?: string | undefined
  readonly status: string
  readonly tone: Tone
}

export function TaskList(props: { items: readonly TaskItem[] }) {
  return (
    <ul class="task-list">
      {props.items.map(item => (
        <li key={item.id} class="task">
          <div class="task-name">
            {item.href === null ? (
              <span>{item.title}</span>
            ) : (
              <a
                href={item.href}
                aria-describedby={item.hint ? `${item.id}-hint ${item.id}-status` : `${item.id}-status`}
              >
                {item.title}
              </a>
            )}
            {item.hint ? (
              <div id={`${item.id}-hint`} class="hint">
                {item.hint}
              </div>
            ) : null}
          </div>
          <div id={`${item.id}-status`}>
            <Tag text={item.status} tone={item.tone} />
          </div>
        </li>
      ))}
    </ul>
  )
}
