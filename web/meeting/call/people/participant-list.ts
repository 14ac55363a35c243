import { RoomEvent, type Participant, type Room } from 'livekit-client'

interface Watcher {
  subscribe: (onChange: () => void) => () => void
  getSnapshot: () => readonly Participant[]
}

const EVENTS = [
  RoomEvent.Connected,
  RoomEvent.Reconnected,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
] as const

const watchers = new WeakMap<Room, Watcher>()

/** The store of who is in a room; the same array until somebody comes or goes. */
export const watchParticipants = (room: Room): Watcher => {
  const known = watchers.get(room)
  if (known) return known
  const read = (): Participant[] => [room.localParticipant, ...room.remoteParticipants.values()]
  let list = read()
  const watcher: Watcher = {
    subscribe: (onChange) => {
      for (const event of EVENTS) room.on(event, onChange)
      return () => {
        for (const event of EVENTS) room.off(event, onChange)
      }
    },
    getSnapshot: () => {
      const now = read()
      if (now.length !== list.length || now.some((participant, index) => participant !== list[index]))
        list = now
      return list
    },
  }
  watchers.set(room, watcher)
  return watcher
}
