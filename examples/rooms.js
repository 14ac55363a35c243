// The list of rooms on each example's page, with a form to make one. `open` adds what can be done with a room.

export async function call(method, route, body) {
  const response = await fetch(route, { method, ...(body && { body: JSON.stringify(body) }) })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message)
  return answer
}

export function button(text, act) {
  const element = Object.assign(document.createElement('button'), { textContent: text, type: 'button' })
  element.addEventListener('click', () => tried(act))
  return element
}

export function link(text, href) {
  return Object.assign(document.createElement('a'), { textContent: text, href })
}

/** Does something, and says on the page if it fails. */
export async function tried(act) {
  const problem = document.querySelector('#problem')
  problem.textContent = ''
  try {
    await act()
  } catch (error) {
    problem.textContent = error.message
  }
}

export async function showRooms(controlsOf) {
  const list = document.querySelector('#rooms')
  const rooms = await call('GET', '/rooms')
  list.replaceChildren(
    ...rooms.map((room) => {
      const item = document.createElement('li')
      item.dataset.room = room.roomId
      const name = Object.assign(document.createElement('strong'), { textContent: room.roomName })
      const remove = button('Delete', async () => {
        await call('DELETE', `/rooms/${encodeURIComponent(room.roomId)}`)
        await showRooms(controlsOf)
      })
      item.append(name, ...controlsOf(room), remove)
      return item
    }),
  )
}

export function takeNewRooms(controlsOf) {
  const form = document.querySelector('#new-room')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void tried(async () => {
      await call('POST', '/rooms', { roomName: form.elements.roomName.value })
      form.reset()
      await showRooms(controlsOf)
    })
  })
}
