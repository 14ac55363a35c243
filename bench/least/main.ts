/**
 * The least that a page on livekit-client can do: no framework, nothing drawn but the videos, and everything ahead of
 * the click that may be done there. What it needs is what no page on this client and this server can fall below.
 */
import { LocalAudioTrack, LocalVideoTrack, Room, RoomEvent, Track } from 'livekit-client'

class Microphone extends LocalAudioTrack {
  /** It opens an AudioContext, which costs tens of milliseconds. */
  override checkForSilence(): Promise<boolean> {
    return Promise.resolve(false)
  }
}

const find = (id: string) => document.querySelector<HTMLElement>(`#${id}`)
const own = document.querySelector('video')
const field = document.querySelector('input')

const warmUp = async (): Promise<void> => {
  const first = new RTCPeerConnection()
  first.createDataChannel('')
  for (const kind of ['audio', 'video']) first.addTransceiver(kind, { direction: 'recvonly' })
  await first.createOffer()
  first.close()
}

const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } })
const [sound] = media.getAudioTracks()
const [picture] = media.getVideoTracks()
if (own) own.srcObject = new MediaStream(media.getVideoTracks())
const room = new Room({ adaptiveStream: true, dynacast: true })
room.on(RoomEvent.TrackSubscribed, (track) => {
  const element = track.attach()
  element.style.width = '600px'
  find('others')?.append(element)
})
await warmUp()

find('join')?.addEventListener('click', () => void join())

const join = async (): Promise<void> => {
  const name = encodeURIComponent(field?.value ?? '')
  const response = await fetch(`/token${location.search}&name=${name}`)
  const { serverUrl, token } = (await response.json()) as { serverUrl: string; token: string }
  room.once(RoomEvent.SignalConnected, () => {
    if (!sound || !picture) return
    const microphone = new Microphone(sound, undefined, false)
    microphone.source = Track.Source.Microphone
    const camera = new LocalVideoTrack(picture, undefined, false)
    camera.source = Track.Source.Camera
    for (const track of [microphone, camera]) void room.localParticipant.publishTrack(track)
  })
  await room.connect(serverUrl, token)
  performance.mark('connected')
}
