// On every page: tells the style sheet that script runs, and moves the focus to an error summary.
document.documentElement.classList.remove('no-script')
for (const element of document.querySelectorAll<HTMLElement>('.no-script-only')) element.hidden = true
document.querySelector<HTMLElement>('[data-focus]')?.focus()
for (const form of document.querySelectorAll('form[method="post"]')) {
  // A second press while the first is under way; the server's key catches what slips through.
  form.addEventListener('submit', event => {
    // What opens another window leaves this form as it is.
    if ((event as SubmitEvent).submitter?.getAttribute('formtarget') === '_blank') return
    if (form.hasAttribute('data-sent')) event.preventDefault()
    form.setAttribute('data-sent', '')
    setTimeout(() => form.removeAttribute('data-sent'), 3000)
  })
}
// A link that says it is a button must answer to Space as one does.
document.addEventListener('keydown', event => {
  const link = (event.target as Element | null)?.closest<HTMLAnchorElement>('a[role="button"]')
  if (event.key !== ' ' || link == null) return
  event.preventDefault()
  link.click()
})
