import { RoomEvent, Track, type RemoteTrack, type Room } from 'livekit-client'

/** Plays every remote audio track of a room, seen or not: on another page, behind a panel, in a hidden tab. */
export const playRemoteAudio = (room: Room): (() => void) => {
  const outlet = document.createElement('div')
  outlet.hidden = true
  outlet.dataset['audio'] = ''
  document.body.append(outlet)
  const attach = (track: RemoteTrack) => {
    if (track.kind === Track.Kind.Audio) outlet.append(track.attach())
  }
  const detach = (track: RemoteTrack) => {
    if (track.kind === Track.Kind.Audio) track.detach().forEach((element) => element.remove())
  }
  room.on(RoomEvent.TrackSubscribed, attach).on(RoomEvent.TrackUnsubscribed, detach)
  return () => {
    room.off(RoomEvent.TrackSubscribed, attach).off(RoomEvent.TrackUnsubscribed, detach)
    outlet.remove()
  }
}
