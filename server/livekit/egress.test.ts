import { AudioCodec, EncodingOptionsPreset, VideoCodec } from 'livekit-server-sdk'
import { expect, it } from 'vitest'
import { encodingOf } from './egress.ts'

it.each(['H264_720P_30', 'H264_1080P_60', 'PORTRAIT_H264_720P_60', 'PORTRAIT_H264_1080P_30'] as const)(
  'the preset %s is LiveKit’s of that name',
  (preset) => expect(encodingOf(preset)).toBe(EncodingOptionsPreset[preset]),
)

it('every option is passed on; MP4 takes no VP8', () => {
  const video = {
    width: 640,
    height: 360,
    framerate: 15,
    codec: 'VP8',
    bitrate: 700,
    keyFrameInterval: 2,
    depth: 24,
  } as const
  expect(encodingOf({ video, audio: { codec: 'AAC', bitrate: 96, frequency: 44_100 } })).toMatchObject({
    width: 640,
    height: 360,
    framerate: 15,
    videoCodec: VideoCodec.H264_MAIN,
    videoBitrate: 700,
    keyFrameInterval: 2,
    depth: 24,
    audioCodec: AudioCodec.AAC,
    audioBitrate: 96,
    audioFrequency: 44_100,
  })
})
