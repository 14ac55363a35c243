import type { Encoding } from '../rooms/config-schema.ts'

/** What a recorder is to make, with every preset spelled out. Rates in kbit/s. */
export interface Picture {
  width: number
  height: number
  frameRate: number
  videoKbps: number
  audioKbps: number
  profile: 'baseline' | 'main' | 'high'
  keyFrameSeconds: number
}

/** LiveKit's presets (livekit_egress.proto, EncodingOptionsPreset). */
const PRESETS: Record<string, { width: number; height: number; frameRate: number; videoKbps: number }> = {
  H264_720P_30: { width: 1280, height: 720, frameRate: 30, videoKbps: 3000 },
  H264_720P_60: { width: 1280, height: 720, frameRate: 60, videoKbps: 4500 },
  H264_1080P_30: { width: 1920, height: 1080, frameRate: 30, videoKbps: 4500 },
  H264_1080P_60: { width: 1920, height: 1080, frameRate: 60, videoKbps: 6000 },
}

/** Spells an encoding out. Sizes are even, as H.264 with 4:2:0 needs them, and within what one machine can draw. */
export function pictureOf(encoding: Encoding): Picture {
  if (typeof encoding === 'string') {
    const isPortrait = encoding.startsWith('PORTRAIT_')
    const preset = PRESETS[encoding.replace('PORTRAIT_', '')] ?? PRESETS.H264_720P_30
    if (preset === undefined) throw new Error('unreachable: the presets are above')
    const { width, height } = preset
    const size = isPortrait ? { width: height, height: width } : { width, height }
    return { ...preset, ...size, audioKbps: 128, profile: 'main', keyFrameSeconds: 1 }
  }
  const { video, audio } = encoding
  const even = (value: number) => Math.max(160, Math.min(3840, Math.round(value / 2) * 2))
  return {
    width: even(video.width),
    height: even(video.height),
    frameRate: Math.max(1, Math.min(60, Math.round(video.framerate))),
    videoKbps: Math.max(100, Math.min(50_000, video.bitrate)),
    audioKbps: Math.max(16, Math.min(510, audio.bitrate)),
    profile: video.codec === 'H264_BASELINE' ? 'baseline' : video.codec === 'H264_HIGH' ? 'high' : 'main',
    keyFrameSeconds: Math.max(1, Math.min(10, video.keyFrameInterval)),
  }
}

/** MIME types for MediaRecorder, best first: H.264 of the wished profile, any H.264, and VP9 where there is none. */
export function mimeTypesFor({ width, height, frameRate, profile }: Picture): string[] {
  const load = width * height * frameRate
  // Levels 3.1, 4.0, 4.2 and 5.1 (ITU-T H.264, table A-1).
  const level =
    load <= 1280 * 720 * 30 ? '1F' : load <= 1920 * 1088 * 30 ? '28' : load <= 1920 * 1088 * 60 ? '2A' : '33'
  const start = { baseline: '42E0', main: '4D00', high: '6400' }
  const wished = start[profile]
  return [
    ...[wished, ...Object.values(start)].map((one) => `video/mp4;codecs=avc1.${one}${level},opus`),
    'video/mp4;codecs=vp09.00.40.08,opus',
    'video/mp4;codecs=vp9,opus',
  ]
}

/** The encoding as it is told to clients: what was asked for, with what the recorder does otherwise. */
export function encodingUsed(
  asked: Encoding,
  picture: Picture,
  used: { isH264: boolean; hasAac: boolean },
): Encoding {
  if (typeof asked === 'string' && used.isH264) return asked
  const wishes = typeof asked === 'string' ? null : asked
  const codec = wishes?.video.codec ?? 'H264_MAIN'
  return {
    video: {
      width: picture.width,
      height: picture.height,
      framerate: picture.frameRate,
      codec: !used.isH264 ? 'DEFAULT_VC' : codec === 'VP8' ? 'H264_MAIN' : codec,
      bitrate: picture.videoKbps,
      keyFrameInterval: picture.keyFrameSeconds,
      depth: 24,
    },
    audio: {
      codec: used.hasAac ? 'AAC' : 'OPUS',
      bitrate: picture.audioKbps,
      frequency: 48_000,
    },
  }
}
