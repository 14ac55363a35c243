import { button, call, link, showRooms, takeNewRooms, tried } from '../../rooms.js'

const { parleyUrl } = await call('GET', '/config')
await import(`${parleyUrl}/v1/parley.esm.js`)

function controlsOf(room) {
  const state = document.createElement('span')
  state.textContent = room.status === 'active_meeting' ? 'meeting now' : 'empty'
  return [state, link('Join as moderator', room.moderatorUrl), link('Join as speaker', room.speakerUrl)]
}

async function showRecordings() {
  const recordings = (await call('GET', '/recordings')).filter(({ status }) => status === 'complete')
  document.querySelector('#recordings').replaceChildren(
    ...recordings.map((recording) => {
      const item = document.createElement('li')
      const name = Object.assign(document.createElement('strong'), { textContent: recording.roomName })
      const about = `${new Date(recording.startDate).toLocaleString()}, ${Math.round(recording.duration)} s`
      const path = `/recordings/${encodeURIComponent(recording.recordingId)}`
      item.append(
        name,
        about,
        button('Watch', async () => {
          const player = document.createElement('parley-meet')
          player.recordingUrl = (await call('GET', path)).url
          document.querySelector('#player').replaceChildren(player)
        }),
        button('Delete', async () => {
          await call('DELETE', path)
          await showRecordings()
        }),
      )
      return item
    }),
  )
}

new EventSource('/events').addEventListener('message', ({ data }) => {
  const line = document.createElement('li')
  const { event, data: about } = JSON.parse(data)
  line.textContent = `${event} ${about.roomName ?? ''}`
  document.querySelector('#log').prepend(line)
  void tried(() => (event.startsWith('recording') ? showRecordings() : showRooms(controlsOf)))
})

takeNewRooms(controlsOf)
await tried(() => showRooms(controlsOf))
await tried(showRecordings)
