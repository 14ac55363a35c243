import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node'
import type { ServerProcess } from './server.ts'
import { mintToken } from './site.ts'

const RATE = 48_000
/** Long, so that a crowd costs little; who begins to speak is heard that much later. */
const FRAME_MS = 100
/** Small, so that a crowd of them costs little. */
const PICTURE = { width: 160, height: 90, fps: 5 }

/** Somebody in a meeting without a browser, who takes no media in. */
export interface Extra {
  room: Room
  name: string
  /** Sends a tone when on, silence when off, from the first call until `leave`. */
  speak: (isOn: boolean) => void
  leave: () => Promise<void>
}

interface ExtraOptions {
  /** Publishes a microphone, silent at first. */
  hasAudio?: boolean
  hasVideo?: boolean
}

/** Joins the meeting behind an access link as `name`. */
export async function joinAsExtra(
  server: ServerProcess,
  roomUrl: string,
  name: string,
  { hasAudio = false, hasVideo = false }: ExtraOptions = {},
): Promise<Extra> {
  const room = new Room()
  await room.connect(`${server.url.replace(/^http/, 'ws')}/livekit`, await mintToken(server, roomUrl, name), {
    autoSubscribe: false,
    dynacast: false,
  })
  const life = { isOver: false, isSpeaking: false }
  if (hasAudio) await publishAudio(room, life)
  if (hasVideo) await publishVideo(room, life)
  return {
    room,
    name,
    speak: (isOn) => {
      life.isSpeaking = isOn
    },
    leave: async () => {
      life.isOver = true
      await room.disconnect()
    },
  }
}

interface Life {
  isOver: boolean
  isSpeaking: boolean
}

async function publishAudio(room: Room, life: Life): Promise<void> {
  const source = new AudioSource(RATE, 1)
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
  await room.localParticipant?.publishTrack(LocalAudioTrack.createAudioTrack('tone', source), options)
  const samples = (RATE * FRAME_MS) / 1000
  const silence = new Int16Array(samples)
  const tone = Int16Array.from(
    { length: samples },
    (_, i) => 12_000 * Math.sin((2 * Math.PI * 500 * i) / RATE),
  )
  const send = async () => {
    // The source holds each frame back until it is due.
    while (!life.isOver)
      await source.captureFrame(new AudioFrame(life.isSpeaking ? tone : silence, RATE, 1, samples))
  }
  void send().catch(() => {})
}

async function publishVideo(room: Room, life: Life): Promise<void> {
  const { width, height, fps } = PICTURE
  const source = new VideoSource(width, height)
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false })
  await room.localParticipant?.publishTrack(LocalVideoTrack.createVideoTrack('picture', source), options)
  let frame = 0
  const timer = setInterval(() => {
    if (life.isOver) return clearInterval(timer)
    // A flat colour that changes: cheap to encode, and it moves.
    const pixels = new Uint8Array((width * height * 3) / 2).fill(90 + (frame++ % 60), 0, width * height)
    pixels.fill(128, width * height)
    source.captureFrame(new VideoFrame(pixels, width, height, VideoBufferType.I420))
  }, 1000 / fps)
}
