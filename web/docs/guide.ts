import './docs.css'
import './guide.css'

/** The address that examples in our repository have. Here they have this server's. */
const EXAMPLE = 'http://localhost:6080'
const server = location.href.slice(0, location.href.indexOf('/api/v1/docs'))

// On a narrow screen the list is one line that is longer than the screen.
document.querySelector('.side [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })

/** This server's address in each block of code, and a button that copies it. */
for (const block of document.querySelectorAll('pre')) {
  const code = block.querySelector('code')
  if (code !== null) code.textContent = code.textContent.replaceAll(EXAMPLE, server)
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.addEventListener('click', () => {
    void copy(code?.textContent ?? '').then((isDone) => {
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
