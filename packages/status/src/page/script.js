// @ts-nocheck: it runs in a browser. It only shows and hides what is there, and loads the page again where that is wanted.
const box = document.querySelector('#search')
const input = box.querySelector('input')
const answer = box.querySelector('output')
const threads = Array.from(document.querySelectorAll('details'), (element) => ({
  element,
  text: element.textContent.toLowerCase(),
}))
const kept = (() => {
  try {
    return window.sessionStorage
  } catch {
    return undefined
  }
})()

function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
  let count = 0
  for (const { element, text } of threads) {
    const fits = words.every((word) => text.includes(word))
    element.hidden = !fits
    if (fits) count++
  }
  answer.textContent = words.length === 0 ? '' : `${count} of ${threads.length} conversations`
}

box.hidden = false
input.addEventListener('input', search)
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== input) {
    event.preventDefault()
    input.focus()
  }
  if (event.key === 'Escape' && document.activeElement === input) {
    input.value = ''
    search()
  }
})

let opened = []
addEventListener('beforeprint', () => {
  opened = threads.filter(({ element }) => !element.open)
  for (const { element } of opened) element.open = true
})
addEventListener('afterprint', () => {
  for (const { element } of opened) element.open = false
})

const seconds = Number(document.documentElement.dataset.renew)
if (seconds > 0) {
  const place = `${location.pathname}#page`
  const before = JSON.parse(kept?.getItem(place) ?? 'null')
  if (before !== null) {
    input.value = before.search
    search()
    const open = new Set(before.open)
    for (const { element } of threads) if (open.has(element.dataset.name)) element.open = true
    scrollTo(0, before.top)
  }
  setInterval(() => {
    // Whoever types, marks or prints is not interrupted.
    if (document.activeElement === input || String(getSelection()) !== '') return
    const open = threads.filter(({ element }) => element.open).map(({ element }) => element.dataset.name)
    kept?.setItem(place, JSON.stringify({ search: input.value, open, top: scrollY }))
    location.reload()
  }, seconds * 1000)
}
