// Island of the search box: procedures as you type, by keyboard or pointer. Without it the box is a plain form.
for (const input of document.querySelectorAll<HTMLInputElement>('input[data-suggest]')) suggest(input)

function suggest(input: HTMLInputElement): void {
  const list = document.createElement('ul')
  list.className = 'suggestions'
  list.id = 'goi-y'
  list.setAttribute('role', 'listbox')
  list.hidden = true
  input.parentElement?.append(list)
  input.setAttribute('role', 'combobox')
  input.setAttribute('aria-autocomplete', 'list')
  input.setAttribute('aria-expanded', 'false')
  input.setAttribute('aria-controls', list.id)
  let chosen = -1
  let asked = 0
  const show = (open: boolean) => {
    list.hidden = !open
    input.setAttribute('aria-expanded', String(open))
    if (!open) input.removeAttribute('aria-activedescendant')
  }
  const choose = (index: number) => {
    chosen = index
    for (const [at, item] of [...list.children].entries()) item.setAttribute('aria-selected', String(at === chosen))
    if (chosen >= 0) input.setAttribute('aria-activedescendant', `goi-y-${chosen}`)
    else input.removeAttribute('aria-activedescendant')
  }
  input.addEventListener('input', async () => {
    const mine = ++asked
    await new Promise(resolve => setTimeout(resolve, 120))
    if (mine !== asked) return
    const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(input.value)}`)
    if (!response.ok || mine !== asked) return
    const items: { title: string; href: string }[] = await response.json()
    list.replaceChildren(...items.map((item, index) => option(item, index)))
    choose(-1)
    show(items.length > 0)
  })
  input.addEventListener('keydown', event => {
    if (list.hidden) return
    if (event.key === 'ArrowDown') choose(Math.min(chosen + 1, list.children.length - 1))
    else if (event.key === 'ArrowUp') choose(Math.max(chosen - 1, -1))
    else if (event.key === 'Escape') show(false)
    else if (event.key === 'Enter' && chosen >= 0) list.children[chosen]?.querySelector('a')?.click()
    else return
    event.preventDefault()
  })
  input.addEventListener('blur', () => setTimeout(() => show(false), 200))
}

function option(item: { title: string; href: string }, index: number): HTMLLIElement {
  const element = document.createElement('li')
  element.id = `goi-y-${index}`
  element.setAttribute('role', 'option')
  const link = document.createElement('a')
  link.href = item.href
  link.textContent = item.title
  link.tabIndex = -1
  element.append(link)
  return element
}
