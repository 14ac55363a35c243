import { link, showRooms, takeNewRooms, tried } from '../../rooms.js'

const controlsOf = (room) => [
  link('Join as moderator', room.moderatorUrl),
  link('Join as speaker', room.speakerUrl),
]

takeNewRooms(controlsOf)
await tried(() => showRooms(controlsOf))
