import { Room, RoomEvent } from 'livekit-client'
import { drawScene, type SceneLayout } from './scene.ts'

export interface RecorderOptions {
  url: string
  token: string
  layout: SceneLayout
  roomName: string
  width: number
  height: number
  frameRate: number
  videoKbps: number
  audioKbps: number
  keyFrameSeconds: number
  /** Best first. */
  mimeTypes: string[]
}

const CHUNK_MS = 1000
/** When the picture for lists is taken, after the start: early, and again when more of it is there. */
const THUMBNAIL_AT_MS = [1500, 8000]
const THUMBNAIL_WIDTH = 480

/** Joins the meeting, draws it, and records this tab. */
export function record(container: HTMLElement) {
  let recorder: MediaRecorder | null = null
  let meeting: Room | null = null
  let sent: Promise<void> = Promise.resolve()

  return {
    /** Resolves when it really records. */
    async start(options: RecorderOptions): Promise<{ mimeType: string }> {
      const mimeType = options.mimeTypes.find((type) => MediaRecorder.isTypeSupported(type))
      if (mimeType === undefined) throw new Error('This browser can record no MP4')
      // Asked for first: it needs the user's gesture that this call counts as, and that passes.
      const capture = navigator.mediaDevices.getDisplayMedia({
        preferCurrentTab: true,
        video: { width: options.width, height: options.height, frameRate: options.frameRate },
        audio: {
          echoCancellation: false,
          autoGainControl: false,
          noiseSuppression: false,
          channelCount: 2,
          // Captured, but not played on whatever loudspeakers this machine has.
          suppressLocalAudioPlayback: true,
        },
      } as DisplayMediaStreamOptions)
      const room = await show(container, options)
      meeting = room
      const stream = await capture
      keepDrawing()
      keepSounding()
      const settings: MediaRecorderOptions & { videoKeyFrameIntervalDuration: number } = {
        mimeType,
        videoBitsPerSecond: options.videoKbps * 1000,
        audioBitsPerSecond: options.audioKbps * 1000,
        // Chromium writes a fragment for each key frame: this is what a crash can lose.
        videoKeyFrameIntervalDuration: options.keyFrameSeconds * 1000,
      }
      const media = new MediaRecorder(stream, settings)
      recorder = media
      media.ondataavailable = ({ data }) => {
        if (data.size > 0) sent = sent.then(async () => window.parleyChunk?.(await toBase64(data)))
      }
      media.addEventListener(
        'error',
        () => void window.parleyEnded?.('The browser could not record any further'),
      )
      room.once(RoomEvent.Disconnected, () => void window.parleyEnded?.('The meeting ended'))
      await new Promise<void>((resolve) => {
        media.onstart = () => resolve()
        media.start(CHUNK_MS)
      })
      for (const ms of THUMBNAIL_AT_MS) setTimeout(() => void takeThumbnail(stream), ms)
      return { mimeType }
    },

    /** Resolves when everything has been sent. */
    async stop(): Promise<void> {
      const media = recorder
      if (media !== null && media.state !== 'inactive') {
        await new Promise<void>((resolve) => {
          media.onstop = () => resolve()
          media.stop()
        })
      }
      // Closed without a word, the page would be in the meeting until LiveKit misses it, and hold up its end.
      await Promise.all([meeting?.disconnect(), sent])
    },
  }
}

async function show(
  container: HTMLElement,
  { url, token, layout, roomName }: Pick<RecorderOptions, 'url' | 'token' | 'layout' | 'roomName'>,
): Promise<Room> {
  const room = new Room({
    adaptiveStream: { pixelDensity: 1 },
    dynacast: false,
    disconnectOnPageLeave: false,
  })
  drawScene(room, container, layout, roomName)
  await room.connect(url, token, { autoSubscribe: true })
  return room
}

/** A still page gives no frames, and the file would seem to stop: one pixel keeps changing. */
function keepDrawing(): void {
  const dot = document.createElement('i')
  dot.className = 'pulse'
  document.body.append(dot)
  setInterval(() => dot.toggleAttribute('data-on'), 250)
}

/** A tab without sound gives no samples, and the file would wait for them: it plays silence. */
function keepSounding(): void {
  const context = new AudioContext()
  const silence = context.createConstantSource()
  const gain = context.createGain()
  gain.gain.value = 0
  silence.connect(gain).connect(context.destination)
  silence.start()
}

async function toBase64(data: Blob): Promise<string> {
  const bytes = new Uint8Array(await data.arrayBuffer())
  let text = ''
  // Spread over a call, so not too many at once.
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

async function takeThumbnail(stream: MediaStream): Promise<void> {
  const [track] = stream.getVideoTracks()
  if (track === undefined || track.readyState !== 'live') return
  const video = document.createElement('video')
  video.muted = true
  const copy = new MediaStream([track.clone()])
  video.srcObject = copy
  try {
    await video.play()
    const canvas = document.createElement('canvas')
    const scale = Math.min(1, THUMBNAIL_WIDTH / video.videoWidth)
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.72))
    if (blob !== null) await window.parleyThumbnail?.(await toBase64(blob))
  } catch {
    // A recording without a picture in the list is still a recording.
  } finally {
    for (const one of copy.getTracks()) one.stop()
    video.srcObject = null
  }
}

const LAYOUTS: Record<string, SceneLayout> = {
  grid: 'grid',
  speaker: 'speaker',
  'single-speaker': 'single-speaker',
}

/** LiveKit Egress opens a template with these, and listens to the console (docs.livekit.io, custom templates). */
export async function showForEgress(container: HTMLElement, query: URLSearchParams): Promise<void> {
  const [url, token] = [query.get('url'), query.get('token')]
  if (url === null || token === null) return
  // The egress tells its own names for what it shows in light or dark.
  const layout = LAYOUTS[(query.get('layout') ?? '').replace(/-(light|dark)$/, '')] ?? 'grid'
  const room = await show(container, { url, token, layout, roomName: '' })
  room.once(RoomEvent.Disconnected, () => console.log('END_RECORDING'))
  console.log('START_RECORDING')
}
