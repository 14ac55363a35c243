import { z } from 'zod'
import { zod3Wording } from '../http/zod-wording.ts'
import { DEPRECATED, PERMISSIONS, type Permission, type PermissionSet } from './permissions.ts'

/** Shapes of rooms on the wire (contract/openvidu-meet.md 1.1, 2.1 to 2.3; contract/parley.md 5). */

const positive = z.number().refine((value) => value > 0, 'Number must be positive')

const VIDEO_CODECS = ['DEFAULT_VC', 'H264_BASELINE', 'H264_MAIN', 'H264_HIGH', 'VP8'] as const
const AUDIO_CODECS = ['DEFAULT_AC', 'OPUS', 'AAC', 'AC_MP3'] as const
const PRESETS = ['H264_720P_30', 'H264_720P_60', 'H264_1080P_30', 'H264_1080P_60'].flatMap((name) => [
  name,
  `PORTRAIT_${name}`,
])
const EncodingObject = z.object({
  video: z.object({
    width: positive,
    height: positive,
    framerate: positive,
    codec: z.enum(VIDEO_CODECS),
    bitrate: positive.meta({ description: 'kbit/s' }),
    keyFrameInterval: positive.meta({ description: 'Seconds' }),
    depth: positive,
  }),
  audio: z.object({
    codec: z.enum(AUDIO_CODECS),
    bitrate: positive.meta({ description: 'kbit/s' }),
    frequency: positive.meta({ description: 'Hz' }),
  }),
})

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
export type Encoding = string | z.infer<typeof EncodingObject>

export const LAYOUTS = ['grid', 'speaker', 'single-speaker'] as const

const switchable = z.object({ enabled: z.boolean() })

export const RoomConfigInput = z.object({
  chat: switchable.optional(),
  recording: z
    .object({ enabled: z.boolean(), layout: z.enum(LAYOUTS).optional(), encoding: Encoding.optional() })
    .optional(),
  virtualBackground: switchable.optional(),
  e2ee: switchable.optional(),
  captions: switchable.optional(),
})

export const RoomConfigView = z
  .object({
    chat: switchable,
    recording: z.object({
      enabled: z.boolean(),
      layout: z.enum(LAYOUTS),
      encoding: z.union([z.enum(PRESETS), EncodingObject]),
    }),
    virtualBackground: switchable,
    e2ee: switchable,
    captions: switchable,
  })
  .meta({ id: 'RoomConfig' })
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

const PERMISSION_FIELDS = Object.fromEntries(
  [...PERMISSIONS, ...Object.keys(DEPRECATED)].map((name) => [name, z.boolean().optional()]),
)

/** Part of a permission set in today's names, the deprecated ones, or both where they agree. */
export const permissionsInput = z
  .object(PERMISSION_FIELDS)
  .superRefine((given, check) => {
    for (const [old, now] of Object.entries(DEPRECATED)) {
      if (given[old] === undefined) continue
      const contrary = now.find((name) => given[name] !== undefined && given[name] !== given[old])
      if (contrary !== undefined)
        check.addIssue({
          code: 'custom',
          path: [old],
          message: `'${old}' and '${contrary}' contradict each other, send only '${contrary}'`,
        })
    }
  })
  .transform((given) => {
    const result: Partial<PermissionSet> = {}
    for (const [old, now] of Object.entries(DEPRECATED)) {
      const value = given[old]
      if (value !== undefined) for (const name of now) result[name] = value
    }
    for (const name of PERMISSIONS) {
      const value = given[name as string]
      if (value !== undefined) result[name satisfies Permission] = value
    }
    return result
  })

const rolePart = z.object({ permissions: permissionsInput })
export const RolesInput = z.object({ moderator: rolePart.optional(), speaker: rolePart.optional() })

export interface AccessFlags {
  moderator: boolean
  speaker: boolean
  recording: boolean
  user: boolean
}
export const DEFAULT_ACCESS: AccessFlags = { moderator: true, speaker: true, recording: true, user: false }

export const AccessInput = z.object({
  anonymous: z
    .object({
      moderator: switchable.optional(),
      speaker: switchable.optional(),
      recording: switchable.optional(),
    })
    .optional(),
  user: switchable.optional(),
})
export const accessFlags = (
  base: AccessFlags,
  change: z.output<typeof AccessInput> | undefined,
): AccessFlags => ({
  moderator: change?.anonymous?.moderator?.enabled ?? base.moderator,
  speaker: change?.anonymous?.speaker?.enabled ?? base.speaker,
  recording: change?.anonymous?.recording?.enabled ?? base.recording,
  user: change?.user?.enabled ?? base.user,
})

export const RoomSettings = z.object({
  waitingRoom: z.enum(['off', 'guests', 'everyone']),
  chatHistory: z.enum(['keep', 'meeting', 'none']),
  attachments: z.boolean(),
  maxParticipants: z.number().int().min(1).max(1000).nullable(),
  locks: z.object({ audio: z.boolean(), video: z.boolean(), screen: z.boolean(), chat: z.boolean() }),
  recordingConsentText: z.string().max(2000).nullable(),
})
export type RoomSettings = z.infer<typeof RoomSettings>
export const DEFAULT_SETTINGS: RoomSettings = {
  waitingRoom: 'off',
  chatHistory: 'meeting',
  attachments: true,
  maxParticipants: null,
  locks: { audio: false, video: false, screen: false, chat: false },
  recordingConsentText: null,
}

const HOUR_MS = 3_600_000
const MEETING_POLICIES = ['fail', 'force', 'when_meeting_ends'] as const
const RECORDING_POLICIES = ['fail', 'force', 'close'] as const

const AutoDeletionPolicy = z
  .object({ withMeeting: z.enum(MEETING_POLICIES), withRecordings: z.enum(RECORDING_POLICIES) })
  .superRefine((policy, check) => {
    for (const name of ['withMeeting', 'withRecordings'] as const) {
      if (policy[name] === 'fail')
        check.addIssue({
          code: 'custom',
          path: [name],
          message: `FAIL policy is not allowed for ${name} auto-deletion policy`,
        })
    }
  })

export const CreateRoom = z.object({
  roomName: z
    .string()
    .refine((name) => name.length <= 50, 'roomName cannot exceed 50 characters')
    .transform((name) => name.trim().replace(/\s+/g, ' '))
    .transform((name) => (name === '' ? 'Room' : name))
    .default('Room')
    .meta({ examples: ['Daily'] }),
  autoDeletionDate: z
    .number()
    .refine((at) => at > 0, 'autoDeletionDate must be a positive integer')
    .refine(
      (at) => at <= 0 || at >= Date.now() + HOUR_MS,
      'autoDeletionDate must be at least 1h in the future',
    )
    .optional()
    .meta({ description: 'Milliseconds since the epoch, at least an hour ahead' }),
  autoDeletionPolicy: AutoDeletionPolicy.optional(),
  config: RoomConfigInput.optional(),
  roles: RolesInput.optional(),
  access: AccessInput.optional(),
  settings: RoomSettings.partial().optional(),
})

export const PutConfig = z.object({ config: RoomConfigInput })
export const PutStatus = z.object({ status: z.enum(['open', 'closed']) })
export const PutRoles = z.object({ roles: RolesInput })
export const PutAccess = z.object({ access: AccessInput })
export const PutSettings = RoomSettings.extend({ locks: RoomSettings.shape.locks.partial() }).partial()
export const RotateAccess = z.object({ role: z.enum(['moderator', 'speaker', 'recording']) })

/** At most 100 characters, of which only `[A-Za-z0-9_-]` count. */
export const RoomIdText = z
  .string()
  .refine((id) => id.length <= 100, 'roomId cannot exceed 100 characters')
  .transform((id) => id.replace(/[^A-Za-z0-9_-]/g, ''))
  .refine((id) => id.length > 0, 'roomId cannot be empty after sanitization')
export const RoomParams = z.object({ roomId: RoomIdText })

const commaList = z
  .string()
  .optional()
  .transform((text) =>
    text === undefined
      ? []
      : text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
  )

export const truth = z
  .string()
  .refine((text) => /^(true|false)$/i.test(text), 'Expected boolean, received string')
  .transform((text) => text.toLowerCase() === 'true')

export const FieldsQuery = z.object({ fields: commaList, extraFields: commaList })

export const matchMode = z.enum(['exact', 'prefix', 'partial', 'regex']).default('exact')
export const pagination = z.object({
  isTruncated: z.boolean(),
  nextPageToken: z.string().optional(),
  maxItems: z.number(),
})

/** Paging that every list takes (contract 0.6). */
export const PageQuery = {
  maxItems: z
    .string()
    .superRefine((text, check) => {
      const value = Number(text)
      if (Number.isNaN(value)) check.addIssue({ code: 'custom', message: 'Expected number, received nan' })
      else if (value < 1) check.addIssue({ code: 'custom', message: 'maxItems must be a positive number' })
    })
    .transform((text) => Math.min(100, Math.floor(Number(text))))
    .default(10),
  nextPageToken: z.string().max(500).optional(),
  sortOrder: z.enum(['asc', 'desc']).default('desc'),
}

export const ListRooms = FieldsQuery.extend({
  roomName: z.string().optional(),
  roomNameMatchMode: matchMode,
  roomNameCaseInsensitive: truth.default(false),
  status: z.enum(['open', 'active_meeting', 'closed']).optional(),
  owner: z.string().min(1, 'owner cannot be empty').optional(),
  member: z.string().min(1, 'member cannot be empty').optional(),
  userAccess: truth.optional(),
  ...PageQuery,
  sortField: z.enum(['creationDate', 'roomName', 'autoDeletionDate']).default('creationDate'),
})

export const DeletePolicies = FieldsQuery.extend({
  withMeeting: z.enum(MEETING_POLICIES).default('fail'),
  withRecordings: z.enum(RECORDING_POLICIES).default('fail'),
})
export const DeleteRooms = DeletePolicies.extend({
  roomIds: z
    .string()
    .optional()
    .transform((text) => [
      ...new Set(
        (text ?? '')
          .split(',')
          .map((part) => part.replace(/[^A-Za-z0-9_-]/g, ''))
          .filter((part) => part !== '' && part.length <= 100),
      ),
    ])
    .refine((ids) => ids.length > 0, 'At least one valid roomId is required after sanitization'),
})

const PermissionsView = z.record(z.string(), z.boolean())
const link = z.object({ enabled: z.boolean(), url: z.string().optional() })

export const RoomRolesView = z
  .object({
    moderator: z.object({ permissions: PermissionsView }),
    speaker: z.object({ permissions: PermissionsView }),
  })
  .meta({ id: 'RoomRoles' })
export const RoomAccessView = z
  .object({
    anonymous: z.object({ moderator: link, speaker: link, recording: link }),
    user: z.object({ enabled: z.boolean(), url: z.string() }),
  })
  .meta({ id: 'RoomAccess' })

export const RoomView = z
  .object({
    roomId: z.string(),
    roomName: z.string(),
    owner: z.string(),
    creationDate: z.number(),
    autoDeletionDate: z.number().optional(),
    autoDeletionPolicy: z.object({ withMeeting: z.string(), withRecordings: z.string() }).optional(),
    config: RoomConfigView.optional(),
    roles: RoomRolesView.optional(),
    access: RoomAccessView,
    status: z.enum(['open', 'active_meeting', 'closed']),
    rolesUpdatedAt: z.number(),
    meetingEndAction: z.enum(['none', 'close', 'delete']),
    moderatorUrl: z.string().optional(),
    speakerUrl: z.string().optional(),
    _extraFields: z.array(z.string()).optional(),
  })
  .partial()
  .meta({
    id: 'Room',
    description: 'A lasting place with links and settings; `fields` chooses what is shown',
  })
export type RoomView = z.infer<typeof RoomView>

export const RoomList = z.object({
  rooms: z.array(RoomView),
  pagination,
  _extraFields: z.array(z.string()),
})

export const RoomDeleted = z.object({
  successCode: z.string(),
  message: z.string(),
  room: RoomView.optional(),
})
export const RoomsDeleted = z.object({
  message: z.string(),
  deleted: z.array(RoomDeleted.extend({ roomId: z.string() })),
  failed: z.array(z.object({ roomId: z.string(), error: z.string(), message: z.string() })),
})
