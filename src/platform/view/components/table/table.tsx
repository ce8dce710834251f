// A table with a caption. Numbers stand right; on narrow screens it scrolls inside its own frame.
import type { ComponentChildren } from 'preact'

export interface Column {
  readonly title: string
  readonly numeric?: boolean
}

export interface TableProps {
  readonly caption: string
  readonly captionHidden?: boolean
  readonly columns: readonly Column[]
  readonly rows: readonly {
    readonly key: string
    readonly cells: readonly ComponentChildren[]
    readonly classes?: string
  }[]
  /** The first cell of a row names it: read out with every other cell of the row. */
  readonly rowHeaders?: boolean
  readonly dense?: boolean
  /** On narrow screens each row becomes a block, every cell with its title. */
  readonly stack?: boolean
}

export function Table(props: TableProps) {
  return (
    // A region that scrolls must be reachable by keyboard (WCAG 2.1.1).
    <div class="table-frame" role="region" aria-label={props.caption} tabindex={0}>
      <table
        class={['table', props.dense ? 'table-dense' : '', props.stack ? 'table-stack' : ''].filter(Boolean).join(' ')}
      >
        <caption class={props.captionHidden ? 'visually-hidden' : undefined}>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map(column => (
              <th scope="col" key={column.title} class={column.numeric ? 'numeric' : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(row => (
            <tr key={row.key} class={row.classes}>
              {row.cells.map((cell, index) => {
                const column = props.columns[index]
                const title = props.stack ? column?.title : undefined
                const classes = column?.numeric ? 'numeric' : undefined
                // Attributes are written out: spreading them into hundreds of cells was half of drawing a page.
                return props.rowHeaders && index === 0 ? (
                  <th key={column?.title} scope="row" data-title={title} class={classes}>
                    {cell}
                  </th>
                ) : (
                  <td key={column?.title} data-title={title} class={classes}>
                    {cell}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
