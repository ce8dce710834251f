// Island of form pages: shows fields whose condition holds, fills computed values, fetches communes. Nothing depends on it.
import { decodeNumber } from '../decode.ts'
import { computeField, holds } from '../evaluate.ts'
import type { Answer, Condition, Field } from '../form.ts'

const form = document.querySelector<HTMLFormElement>('form[data-island="form"]')
if (form !== null) start(form)

function start(element: HTMLFormElement): void {
  const saved: Record<string, Answer> = JSON.parse(element.dataset.answers ?? '{}')
  const update = () => {
    const answers = { ...saved, ...readAnswers(element) }
    for (const block of element.querySelectorAll<HTMLElement>('[data-when]')) {
      const condition: Condition = JSON.parse(block.dataset.when ?? '{}')
      block.toggleAttribute('data-when-hidden', !holds(condition, answers))
    }
  }
  const compute = () => {
    const answers = { ...saved, ...readAnswers(element) }
    for (const block of element.querySelectorAll<HTMLElement>('[data-compute]')) {
      const field: Field = JSON.parse(block.dataset.compute ?? '{}')
      const output = block.querySelector('output')
      if (output === null) continue
      const [whole = '0', decimals] = String(computeField(field, answers)).split('.')
      const unit = field.unit === undefined ? '' : ` ${field.unit.vi}`
      output.textContent = `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, '.')}${decimals === undefined ? '' : `,${decimals}`}${unit}`
    }
  }
  element.addEventListener('input', compute)
  element.addEventListener('change', update)
  update()
  for (const select of element.querySelectorAll<HTMLSelectElement>('select[data-communes]')) {
    select.addEventListener('change', () => void loadCommunes(element, select))
  }
  for (const button of element.querySelectorAll<HTMLElement>('[data-communes-button]'))
    button.parentElement?.setAttribute('hidden', '')
}

function readAnswers(element: HTMLFormElement): Record<string, Answer> {
  const answers: Record<string, Answer> = {}
  for (const control of element.elements) {
    if (control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement)
      answers[control.name] = control.value
    else if (control instanceof HTMLInputElement && control.type === 'radio') {
      if (control.checked) answers[control.name] = control.value
      else answers[control.name] ??= ''
    } else if (control instanceof HTMLInputElement && control.type === 'checkbox') {
      const list = (answers[control.name] as readonly string[] | undefined) ?? []
      answers[control.name] = control.checked ? [...list, control.value] : list
    } else if (control instanceof HTMLInputElement && control.type !== 'hidden') {
      answers[control.name] =
        control.inputMode === 'decimal' || control.inputMode === 'numeric' ? decodeNumber(control.value) : control.value
    }
  }
  return answers
}

async function loadCommunes(element: HTMLFormElement, province: HTMLSelectElement): Promise<void> {
  const communes = element.elements.namedItem(province.dataset.communes ?? '')
  if (!(communes instanceof HTMLSelectElement)) return
  const chosen = province.value
  // Those of another province are no choice, not even while the right ones are on their way.
  const first = communes.options[0]
  if (first !== undefined) first.textContent = element.dataset.choose ?? first.textContent
  const offer = (list: readonly { code: string; name: string }[]) =>
    communes.replaceChildren(
      ...(first === undefined ? [] : [first]),
      ...list.map(place => new Option(place.name, place.code)),
    )
  offer([])
  try {
    const response = await fetch(`/dia-gioi/xa?tinh=${encodeURIComponent(chosen)}`, {
      headers: { accept: 'application/json' },
    })
    if (!response.ok) throw new Error(String(response.status))
    const list = await response.json()
    // Whoever goes through the provinces by the keys asks for many: answers come in any order, and one of them counts.
    if (province.value === chosen) offer(list)
  } catch {
    // The way without script still works.
    for (const button of element.querySelectorAll('[data-communes-button]'))
      button.parentElement?.removeAttribute('hidden')
  }
}
