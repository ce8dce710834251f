// Previous and next page.
export interface PaginationProps {
  readonly label: string
  readonly previous: { readonly href: string; readonly text: string } | null
  readonly next: { readonly href: string; readonly text: string } | null
  /** Where one is: "Trang 2". */
  readonly current?: string
}

export function Pagination(props: PaginationProps) {
  if (props.previous === null && props.next === null) return null
  return (
    <nav class="pagination" aria-label={props.label}>
      {props.previous ? (
        <a href={props.previous.href} rel="prev">
          <span aria-hidden="true">← </span>
          {props.previous.text}
        </a>
      ) : null}
      {props.current === undefined ? null : <span>{props.current}</span>}
      {props.next ? (
        <a href={props.next.href} rel="next">
          {props.next.text}
          <span aria-hidden="true"> →</span>
        </a>
      ) : null}
    </nav>
  )
}
