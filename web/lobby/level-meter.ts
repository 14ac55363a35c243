/** Chrome's way to samples without an AudioContext; not in TypeScript's DOM types yet. */
interface TrackProcessor {
  readable: ReadableStream<AudioData>
}
declare const MediaStreamTrackProcessor:
  | undefined
  | (new (init: { track: MediaStreamTrack }) => TrackProcessor)

const FRAME_MS = 50
const QUIETEST_DB = -60
const LOUDEST_DB = -12

/** How loud samples are, from 0 (silence) to 1, on the scale of the ear. */
export const levelOf = (samples: Float32Array): number => {
  if (samples.length === 0) return 0
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const decibels = 10 * Math.log10(sum / samples.length)
  return Math.min(1, Math.max(0, (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)))
}

/**
 * Calls back about 20 times a second with the level of an audio track until the returned function is called.
 *
 * Before the first click on a page Chrome keeps an AudioContext suspended, though the microphone is open: the
 * samples are then read from the track itself.
 */
export const watchLevel = (track: MediaStreamTrack, onLevel: (level: number) => void): (() => void) => {
  const stops: (() => void)[] = []
  const context = new AudioContext()
  stops.push(() => void context.close().catch(() => {}))
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = setInterval(() => {
    if (context.state !== 'running') return
    analyser.getFloatTimeDomainData(samples)
    onLevel(levelOf(samples))
  }, FRAME_MS)
  stops.push(() => clearInterval(timer))

  const isRunning = () => context.state === 'running'
  void context.resume().catch(() => {})
  if (!isRunning() && typeof MediaStreamTrackProcessor !== 'undefined') {
    stops.push(readTrack(new MediaStreamTrackProcessor({ track }), isRunning, onLevel))
  }
  return () => stops.forEach((stop) => stop())
}

const readTrack = (
  processor: TrackProcessor,
  isNeededNoMore: () => boolean,
  onLevel: (level: number) => void,
): (() => void) => {
  const reader = processor.readable.getReader()
  let shownAt = 0
  const read = async () => {
    while (!isNeededNoMore()) {
      const { value: data, done } = await reader.read()
      if (done) return
      const isDue = performance.now() - shownAt >= FRAME_MS
      if (isDue) {
        shownAt = performance.now()
        const samples = new Float32Array(data.numberOfFrames)
        data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
        onLevel(levelOf(samples))
      }
      data.close()
    }
    await reader.cancel()
  }
  void read().catch(() => {})
  return () => void reader.cancel().catch(() => {})
}
