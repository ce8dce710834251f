// Island of the desk: j and k walk the rows, Enter opens, / goes to the search box; letter fields follow the chosen outcome.
const rows = [...document.querySelectorAll<HTMLTableRowElement>('.work-row')]
let cursor = -1

function moveTo(index: number): void {
  cursor = Math.max(0, Math.min(index, rows.length - 1))
  for (const [at, row] of rows.entries()) row.classList.toggle('row-cursor', at === cursor)
  rows[cursor]?.querySelector<HTMLAnchorElement>('[data-row-link]')?.focus()
}

document.addEventListener('keydown', event => {
  const target = event.target
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return
  if (event.key === 'j' && rows.length > 0) moveTo(cursor + 1)
  else if (event.key === 'k' && rows.length > 0) moveTo(cursor - 1)
  else if (event.key === '/') {
    const box = document.querySelector<HTMLInputElement>('[data-search]')
    if (box === null) return
    event.preventDefault()
    box.focus()
  }
})

const groups = [...document.querySelectorAll<HTMLElement>('[data-for-outcome]')]
const radios = [...document.querySelectorAll<HTMLInputElement>('input[name="ket-qua"]')]
function showLetter(): void {
  const chosen = radios.find(radio => radio.checked)?.value
  for (const group of groups) group.hidden = group.dataset.forOutcome !== chosen
}
if (groups.length > 0) {
  for (const radio of radios) radio.addEventListener('change', showLetter)
  showLetter()
}
