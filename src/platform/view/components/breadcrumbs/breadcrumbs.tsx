// The way back up.
export function Breadcrumbs(props: {
  label: string
  items: readonly { readonly text: string; readonly href: string }[]
}) {
  return (
    <nav class="breadcrumbs" aria-label={props.label}>
      <ol>
        {props.items.map(item => (
          <li key={item.href}>
            <a href={item.href}>{item.text}</a>
          </li>
        ))}
      </ol>
    </nav>
  )
}
