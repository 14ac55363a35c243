import './docs.css'
import './guide.css'

/** A button on each block of code. */
for (const block of document.querySelectorAll('pre')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.addEventListener('click', () => {
    void copy(block.querySelector('code')?.textContent ?? '').then((isDone) => {
      button.textContent = isDone ? 'Copied' : 'Select it and press Ctrl+C'
      setTimeout(() => (button.textContent = 'Copy'), 2000)
    })
  })
  const header = document.createElement('header')
  header.append(block.dataset.language ?? '', button)
  const frame = document.createElement('div')
  frame.className = 'block'
  block.replaceWith(frame)
  frame.append(header, block)
}

/** Browsers give the clipboard only on https and localhost. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
