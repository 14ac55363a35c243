import { z } from 'zod'
import { zod3Wording } from '../http/zod-wording.ts'

/** A room's config on the wire (contract/openvidu-meet.md 2.2). */

const positive = (description: string, example: number) =>
  z
    .number()
    .refine((value) => value > 0, 'Number must be positive')
    .meta({ description, examples: [example], exclusiveMinimum: 0 })

const VIDEO_CODECS = ['DEFAULT_VC', 'H264_BASELINE', 'H264_MAIN', 'H264_HIGH', 'VP8'] as const
const AUDIO_CODECS = ['DEFAULT_AC', 'OPUS', 'AAC', 'AC_MP3'] as const
const PRESETS = ['H264_720P_30', 'H264_720P_60', 'H264_1080P_30', 'H264_1080P_60'].flatMap((name) => [
  name,
  `PORTRAIT_${name}`,
])
const EncodingObject = z.object({
  video: z
    .object({
      width: positive('Pixels', 1280),
      height: positive('Pixels', 720),
      framerate: positive('Frames a second', 30),
      codec: z.enum(VIDEO_CODECS).meta({ description: 'Video codec' }),
      bitrate: positive('kbit/s', 3000),
      keyFrameInterval: positive('Seconds between key frames', 4),
      depth: positive('Bits a pixel', 24),
    })
    .meta({ description: 'The picture' }),
  audio: z
    .object({
      codec: z.enum(AUDIO_CODECS).meta({ description: 'Audio codec' }),
      bitrate: positive('kbit/s', 128),
      frequency: positive('Hz', 44_100),
    })
    .meta({ description: 'The sound' }),
})
/** As it is sent. */
const { $schema: _, ...ENCODING_INPUT } = z.toJSONSchema(EncodingObject, { io: 'input' })
const EncodingParts = EncodingObject.meta({
  id: 'Encoding',
  description: 'How a recording is encoded, spelled out',
})
const ENCODING = 'How recordings are encoded: the name of a preset, or every field spelled out'

/** A preset's name or every field spelled out; anything else is told in OpenVidu's words. */
export const Encoding = z
  .unknown()
  .superRefine((value, check) => {
    const fault = (message: string, path: string[] = []) => check.addIssue({ code: 'custom', message, path })
    if (typeof value === 'string') {
      if (!PRESETS.includes(value)) fault(`Invalid encoding preset. Must be one of: ${PRESETS.join(', ')}`)
      return
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fault('Encoding must be either a preset string or an encoding configuration object')
      return
    }
    const given = value as Record<string, unknown>
    if (given.video === undefined || given.audio === undefined) {
      fault('Both video and audio configuration must be provided when using encoding options')
      return
    }
    for (const part of ['video', 'audio'] as const) {
      const fields = Object.keys(EncodingObject.shape[part].shape)
      const section = given[part]
      if (typeof section !== 'object' || section === null) continue
      const missing = fields.filter((field) => (section as Record<string, unknown>)[field] === undefined)
      if (missing.length > 0)
        fault(`When ${part} encoding is provided, required fields are missing: ${missing.join(', ')}`, [part])
    }
    const parsed = EncodingObject.safeParse(value, { error: zod3Wording })
    for (const issue of parsed.error?.issues ?? []) fault(issue.message, issue.path.map(String))
  })
  .transform((value) => (typeof value === 'string' ? value : EncodingObject.parse(value)))
  .meta({
    description: ENCODING,
    examples: ['H264_720P_30'],
    override: { anyOf: [{ type: 'string', enum: PRESETS }, ENCODING_INPUT] },
  })
export type Encoding = string | z.infer<typeof EncodingObject>

/** What was understood, as answers show it. */
export const EncodingView = z
  .union([z.enum(PRESETS), EncodingParts])
  .meta({ description: ENCODING, examples: ['H264_720P_30'] })

export const LAYOUTS = ['grid', 'speaker', 'single-speaker'] as const

const switchable = (description: string) =>
  z.object({ enabled: z.boolean().meta({ description: 'Whether it is on' }) }).meta({ description })
const CHAT = switchable('The chat in the meeting')
const BACKGROUND = switchable('Blurred and virtual backgrounds')
const E2EE = switchable(
  'End-to-end encryption; it switches recording off. The call page does not encrypt end to end yet',
)
const CAPTIONS = switchable('Live captions')
const RECORDING = 'Whether and how meetings may be recorded'
const isRecordingOn = z.boolean().meta({ description: 'Whether meetings may be recorded' })
const layout = z.enum(LAYOUTS).meta({ description: 'How a recording arranges the participants' })

export const RoomConfigInput = z
  .object({
    chat: CHAT.optional(),
    recording: z
      .object({ enabled: isRecordingOn, layout: layout.optional(), encoding: Encoding.optional() })
      .optional()
      .meta({ description: RECORDING }),
    virtualBackground: BACKGROUND.optional(),
    e2ee: E2EE.optional(),
    captions: CAPTIONS.optional(),
  })
  .meta({ id: 'RoomConfigChange', description: 'Parts of a config; what is absent stays as it is' })

export const RoomConfigView = z
  .object({
    chat: CHAT,
    recording: z
      .object({
        enabled: isRecordingOn,
        layout,
        encoding: EncodingView,
      })
      .meta({ description: RECORDING }),
    virtualBackground: BACKGROUND,
    e2ee: E2EE,
    captions: CAPTIONS,
  })
  .meta({ id: 'RoomConfig', description: 'What a meeting in the room can do' })
export type RoomConfig = z.infer<typeof RoomConfigView>

export const DEFAULT_CONFIG: RoomConfig = {
  chat: { enabled: true },
  recording: { enabled: true, layout: 'grid', encoding: 'H264_720P_30' },
  virtualBackground: { enabled: true },
  e2ee: { enabled: false },
  captions: { enabled: true },
}

/** Lays a partial config over a whole one; end-to-end encryption rules recording out. */
export function mergeConfig(base: RoomConfig, change: z.output<typeof RoomConfigInput>): RoomConfig {
  const merged: RoomConfig = {
    chat: { ...base.chat, ...change.chat },
    recording: { ...base.recording, ...definedOnly(change.recording ?? {}) },
    virtualBackground: { ...base.virtualBackground, ...change.virtualBackground },
    e2ee: { ...base.e2ee, ...change.e2ee },
    captions: { ...base.captions, ...change.captions },
  }
  if (merged.e2ee.enabled) merged.recording.enabled = false
  return merged
}
const definedOnly = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
