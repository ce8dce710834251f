// Island of the verification page: a file may be dropped anywhere on the box. The form works without it.
const box = document.querySelector<HTMLElement>('[data-drop]')
const input = box?.querySelector<HTMLInputElement>('input[type="file"]')
if (box !== null && input !== null && input !== undefined) {
  const over = (on: boolean) => (event: DragEvent) => {
    event.preventDefault()
    box.classList.toggle('drop-over', on)
  }
  box.addEventListener('dragover', over(true))
  box.addEventListener('dragleave', over(false))
  box.addEventListener('drop', event => {
    over(false)(event)
    if (event.dataTransfer !== null && event.dataTransfer.files.length > 0) {
      input.files = event.dataTransfer.files
      input.form?.requestSubmit()
    }
  })
}
