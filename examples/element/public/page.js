import { button, call, showRooms, takeNewRooms, tried } from '../../rooms.js'

const { parleyUrl } = await call('GET', '/config')
// The element comes from the server of the meetings, and fits it.
await import(`${parleyUrl}/v1/parley.esm.js`)

const EVENTS = [
  'meetingJoined',
  'meetingLeft',
  'meetingClosed',
  'participantJoined',
  'participantLeft',
  'trackMuted',
  'trackUnmuted',
  'chatMessage',
  'commandFailed',
]

function enter(roomUrl, isModerator) {
  const meet = document.createElement('parley-meet')
  meet.roomUrl = roomUrl
  meet.accent = '#7a3cff'
  for (const event of EVENTS) meet.on(event, (detail) => log(event, detail))
  meet.once('meetingClosed', () => {
    meet.remove()
    document.querySelector('#meeting').hidden = true
  })
  document.querySelector('#place').replaceChildren(meet)
  document.querySelector('#commands').replaceChildren(
    button('Microphone', () => meet.microphoneToggle()),
    button('Camera', () => meet.cameraToggle()),
    button('Chat', () => meet.panelOpen('chat')),
    button('Say hello', () => meet.chatSend('Hello from the page around this meeting')),
    button('Leave', () => meet.meetingLeave()),
    ...(isModerator ? [button('End for all', () => meet.meetingEnd())] : []),
  )
  document.querySelector('#meeting').hidden = false
}

function log(event, detail) {
  const line = document.createElement('li')
  line.textContent = `${event} ${detail === null ? '' : JSON.stringify(detail)}`
  document.querySelector('#log').prepend(line)
}

const controlsOf = (room) => [
  button('Join as moderator', () => enter(room.moderatorUrl, true)),
  button('Join as speaker', () => enter(room.speakerUrl, false)),
]

takeNewRooms(controlsOf)
await tried(() => showRooms(controlsOf))
