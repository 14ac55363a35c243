import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node'
import { randomFillSync } from 'node:crypto'
import type { Bot } from './bots.ts'

export type Colour = readonly [red: number, green: number, blue: number]

const RATE = 48_000
const SAMPLES = RATE / 100
const SIZE = { width: 640, height: 360 }

/** What a bot sends until `stop`. */
export interface Sent {
  stop: () => Promise<void>
}

/** Publishes a picture of one colour, or noise, as camera or screen, 10 frames a second. */
export async function paint(
  { room }: Bot,
  source: 'camera' | 'screen',
  colour: Colour | 'noise',
): Promise<Sent> {
  const { width, height } = SIZE
  const video = new VideoSource(width, height)
  const options = new TrackPublishOptions({
    source: source === 'camera' ? TrackSource.SOURCE_CAMERA : TrackSource.SOURCE_SCREENSHARE,
    simulcast: false,
  })
  const track = LocalVideoTrack.createVideoTrack(source, video)
  const publication = await room.localParticipant?.publishTrack(track, options)
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
    colour === 'noise' ? 255 : (colour[i % 4] ?? 255),
  )
  const timer = setInterval(() => {
    if (colour === 'noise') randomFillSync(pixels)
    video.captureFrame(new VideoFrame(pixels, width, height, VideoBufferType.RGBA))
  }, 100)
  return {
    stop: async () => {
      clearInterval(timer)
      if (publication?.sid !== undefined) await room.localParticipant?.unpublishTrack(publication.sid)
    },
  }
}

/** Publishes a microphone that hears a tone while it is on. */
export async function hum({ room }: Bot): Promise<Sent & { speak: (isOn: boolean) => void }> {
  const source = new AudioSource(RATE, 1)
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
  await room.localParticipant?.publishTrack(LocalAudioTrack.createAudioTrack('tone', source), options)
  const silence = new Int16Array(SAMPLES)
  const tone = Int16Array.from(
    { length: SAMPLES },
    (_, i) => 12_000 * Math.sin((2 * Math.PI * 500 * i) / RATE),
  )
  const now = { isOn: false, isOver: false }
  const send = async () => {
    // The source holds each frame back until it is due.
    while (!now.isOver) await source.captureFrame(new AudioFrame(now.isOn ? tone : silence, RATE, 1, SAMPLES))
  }
  void send().catch(() => {})
  return {
    speak: (isOn) => {
      now.isOn = isOn
    },
    stop: async () => {
      now.isOver = true
    },
  }
}
