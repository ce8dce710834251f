// Facts as name and value, each with the link that changes it.
import type { ComponentChildren } from 'preact'

export interface SummaryRow {
  readonly name: string
  readonly value: ComponentChildren
  readonly change?: { readonly href: string; readonly text: string } | undefined
}

export function SummaryList(props: { rows: readonly SummaryRow[]; compact?: boolean }) {
  return (
    <dl class={props.compact ? 'summary summary-compact' : 'summary'}>
      {props.rows.map(row => (
        <div class="summary-row" key={row.name}>
          <dt>{row.name}</dt>
          <dd>{row.value}</dd>
          {row.change ? (
            <dd class="summary-change">
              <a href={row.change.href}>
                {row.change.text}
                <span class="visually-hidden"> {row.name}</span>
              </a>
            </dd>
          ) : null}
        </div>
      ))}
    </dl>
  )
}
