import { z } from 'zod'
import {
  commaParts,
  extraFieldNames,
  FieldsQuery,
  matchMode,
  PageQuery,
  pagination,
  truth,
} from '../http/lists.ts'
import { RoomConfigInput, RoomConfigView } from './config-schema.ts'
import { permissionsInput, PermissionsView } from './permission-schema.ts'

/** Shapes of rooms on the wire (contract/openvidu-meet.md 1.1, 2.1 to 2.3; contract/parley.md 5). */

const rolePart = (who: string) =>
  z
    .object({ permissions: permissionsInput.meta({ description: `What ${who} may do; absent ones stay` }) })
    .optional()
    .meta({ description: `What ${who} may do` })
export const RolesInput = z
  .object({ moderator: rolePart('moderators'), speaker: rolePart('speakers') })
  .meta({ id: 'RoomRolesChange', description: 'What changes for each role' })

export interface AccessFlags {
  moderator: boolean
  speaker: boolean
  recording: boolean
  user: boolean
}
export const DEFAULT_ACCESS: AccessFlags = { moderator: true, speaker: true, recording: true, user: false }

const ENABLED = { description: 'Whether it lets anybody in' }
const switchable = (description: string) =>
  z
    .object({ enabled: z.boolean().meta(ENABLED) })
    .optional()
    .meta({ description })
export const AccessInput = z
  .object({
    anonymous: z
      .object({
        moderator: switchable('The link for moderators'),
        speaker: switchable('The link for speakers'),
        recording: switchable("The link to the room's recordings"),
      })
      .optional()
      .meta({ description: 'Links for people without an account' }),
    user: switchable('Every signed-in user of the organization'),
  })
  .meta({ id: 'RoomAccessChange', description: 'Access links to switch on or off; absent ones stay' })
export const accessFlags = (
  base: AccessFlags,
  change: z.output<typeof AccessInput> | undefined,
): AccessFlags => ({
  moderator: change?.anonymous?.moderator?.enabled ?? base.moderator,
  speaker: change?.anonymous?.speaker?.enabled ?? base.speaker,
  recording: change?.anonymous?.recording?.enabled ?? base.recording,
  user: change?.user?.enabled ?? base.user,
})

const lock = (what: string) => z.boolean().meta({ description: `Only moderators may ${what}` })
const locks = z.object({
  audio: lock('switch a microphone on'),
  video: lock('switch a camera on'),
  screen: lock('share a screen'),
  chat: lock('write in the chat'),
})
export const RoomSettings = z
  .object({
    waitingRoom: z
      .enum(['off', 'guests', 'everyone'])
      .meta({ description: 'Who waits until a moderator lets them in' }),
    chatHistory: z
      .enum(['keep', 'meeting', 'none'])
      .meta({ description: 'How long messages stay: for good, until the meeting ends, not at all' }),
    attachments: z.boolean().meta({ description: 'Whether files may be sent in the chat' }),
    maxParticipants: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .nullable()
      .meta({ description: 'How many may be in a meeting at once; null = no limit', examples: [50] }),
    locks: locks.meta({ description: 'What only moderators may do' }),
    recordingConsentText: z
      .string()
      .max(2000)
      .nullable()
      .meta({
        description: 'What everybody has to agree to before a recording; null = nothing',
        examples: ['This meeting may be recorded.'],
      }),
  })
  .meta({ id: 'RoomSettings', description: "Parley's own settings of a room" })
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
/** ECMA-262, section 21.4.1.1. */
const LAST_DATE = 8.64e15
const MEETING_POLICIES = ['fail', 'force', 'when_meeting_ends'] as const
const RECORDING_POLICIES = ['fail', 'force', 'close'] as const

const WITH_MEETING = 'While a meeting runs: refuse, end it, or wait for its end'
const WITH_RECORDINGS = 'With recordings: refuse, delete them too, or close the room instead'
const AutoDeletionPolicy = z
  .object({
    withMeeting: z
      .enum(MEETING_POLICIES)
      .meta({ description: WITH_MEETING, override: { enum: ['force', 'when_meeting_ends'] } }),
    withRecordings: z
      .enum(RECORDING_POLICIES)
      .meta({ description: WITH_RECORDINGS, override: { enum: ['force', 'close'] } }),
  })
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

export const CreateRoom = z
  .object({
    roomName: z
      .string()
      .refine((name) => name.length <= 50, 'roomName cannot exceed 50 characters')
      .transform((name) => name.trim().replace(/\s+/g, ' '))
      .transform((name) => (name === '' ? 'Room' : name))
      .default('Room')
      .meta({
        description: 'What people see; at most 50 UTF-16 code units, of which most emoji take two',
        examples: ['Daily'],
        maxLength: 50,
      }),
    autoDeletionDate: z
      .number()
      .refine((at) => at > 0, 'autoDeletionDate must be a positive integer')
      .refine(
        (at) => at <= 0 || at >= Date.now() + HOUR_MS,
        'autoDeletionDate must be at least 1h in the future',
      )
      .refine((at) => at <= LAST_DATE, 'autoDeletionDate is beyond what a date can be')
      .transform(Math.floor)
      .optional()
      .meta({
        description:
          'When the room is deleted by itself: milliseconds since the epoch, at least an hour ahead',
        examples: [4_102_444_800_000],
        exclusiveMinimum: 0,
        maximum: LAST_DATE,
      }),
    autoDeletionPolicy: AutoDeletionPolicy.optional().meta({
      description:
        'What happens to a meeting and to recordings then; counts only with a date. Default: `when_meeting_ends`, `close`',
    }),
    config: RoomConfigInput.optional().meta({ description: 'What a meeting in it can do' }),
    roles: RolesInput.optional().meta({ description: 'What moderators and speakers may do' }),
    access: AccessInput.optional().meta({ description: 'Which links let people in' }),
    settings: RoomSettings.partial().optional().meta({ description: "Parley's own settings" }),
  })
  .meta({ id: 'CreateRoom', description: 'A room to make; everything has a default' })

export const PutConfig = z.object({
  config: RoomConfigInput.meta({ description: 'What changes; an `encoding` is replaced as a whole' }),
})
export const PutStatus = z.object({
  status: z.enum(['open', 'closed']).meta({ description: 'Whether people may join' }),
})
export const PutRoles = z.object({ roles: RolesInput.meta({ description: 'What changes' }) })
export const PutAccess = z.object({ access: AccessInput.meta({ description: 'What changes' }) })
export const PutSettings = RoomSettings.extend({
  locks: locks.partial().meta({ description: 'What only moderators may do; absent ones stay' }),
})
  .partial()
  .meta({ id: 'RoomSettingsChange', description: 'What changes; the others stay as they are' })
export const RotateAccess = z.object({
  role: z.enum(['moderator', 'speaker', 'recording']).meta({ description: 'Which link gets a new secret' }),
})

/** At most 100 characters, of which only `[A-Za-z0-9_-]` count. */
export const RoomIdText = z
  .string()
  .refine((id) => id.length <= 100, 'roomId cannot exceed 100 characters')
  .transform((id) => id.replace(/[^A-Za-z0-9_-]/g, ''))
  .refine((id) => id.length > 0, 'roomId cannot be empty after sanitization')
  .meta({
    description: 'Id of the room',
    examples: ['daily-k3j9x0q2ab7c1de'],
    minLength: 1,
    maxLength: 100,
    pattern: '[A-Za-z0-9_-]',
  })
export const RoomParams = z.object({ roomId: RoomIdText })

export const ListRooms = FieldsQuery.extend({
  roomName: z
    .string()
    .optional()
    .meta({ description: 'Only rooms of this name; empty: all', examples: ['Daily'] }),
  roomNameMatchMode: matchMode.meta({
    description: 'How `roomName` compares; `regex` is an RE2 pattern of at most 256 characters',
  }),
  roomNameCaseInsensitive: truth
    .default(false)
    .meta({ description: 'Whether capitals make no difference to `roomName`' }),
  status: z
    .enum(['open', 'active_meeting', 'closed'])
    .optional()
    .meta({ description: 'Only rooms in this state' }),
  owner: z
    .string()
    .min(1, 'owner cannot be empty')
    .optional()
    .meta({ description: 'Only rooms of this user, or of the other two below', examples: ['admin'] }),
  member: z
    .string()
    .min(1, 'member cannot be empty')
    .optional()
    .meta({ description: 'Only rooms of which this user is a member', examples: ['ada_lovelace'] }),
  userAccess: truth.optional().meta({
    description: 'Only rooms that every user of the organization may enter; `false` does not filter',
  }),
  ...PageQuery,
  sortField: z
    .enum(['creationDate', 'roomName', 'autoDeletionDate'])
    .default('creationDate')
    .meta({ description: 'What the list is sorted by' }),
})

export const DeletePolicies = FieldsQuery.extend({
  withMeeting: z.enum(MEETING_POLICIES).default('fail').meta({ description: WITH_MEETING }),
  withRecordings: z.enum(RECORDING_POLICIES).default('fail').meta({ description: WITH_RECORDINGS }),
})
export const DeleteRooms = DeletePolicies.extend({
  roomIds: z
    .string()
    .optional()
    .transform((text) => [
      ...new Set(
        commaParts(text)
          .map((part) => part.replace(/[^A-Za-z0-9_-]/g, ''))
          .filter((part) => part !== '' && part.length <= 100),
      ),
    ])
    .refine((ids) => ids.length > 0, 'At least one valid roomId is required after sanitization')
    .meta({
      description: 'Ids of the rooms, separated by commas',
      examples: ['daily-k3j9x0q2ab7c1de,weekly-0f4m2p8s6t1v3xz'],
      override: { minLength: 1, pattern: '[A-Za-z0-9_-]' },
      param: { required: true },
    }),
})

const link = (description: string, end: string) =>
  z
    .object({
      enabled: z.boolean().meta(ENABLED),
      url: z
        .string()
        .optional()
        .meta({
          description: 'The link; absent for who may not share it',
          examples: [`https://meet.example.com/room/daily-k3j9x0q2ab7c1de${end}`],
        }),
    })
    .meta({ description })
const role = (who: string) =>
  z
    .object({ permissions: PermissionsView.meta({ description: `What ${who} may do` }) })
    .meta({ description: `What ${who} may do` })

export const RoomRolesView = z
  .object({ moderator: role('moderators'), speaker: role('speakers') })
  .meta({ id: 'RoomRoles', description: 'What each role may do' })
export const RoomAccessView = z
  .object({
    anonymous: z
      .object({
        moderator: link('The link for moderators', '?secret=0a1b2c3d4e'),
        speaker: link('The link for speakers', '?secret=5f6a7b8c9d'),
        recording: link("The link to the room's recordings", '/recordings?secret=e0f1a2b3c4'),
      })
      .meta({ description: 'Links for people without an account' }),
    user: z
      .object({
        enabled: z.boolean().meta(ENABLED),
        url: z.string().meta({
          description: 'The link for signed-in users',
          examples: ['https://meet.example.com/room/daily-k3j9x0q2ab7c1de'],
        }),
      })
      .meta({ description: 'Every signed-in user of the organization' }),
  })
  .meta({ id: 'RoomAccess', description: 'Who gets in, and by which links' })

const at = (description: string) =>
  z
    .number()
    .meta({ description: `${description}: milliseconds since the epoch`, examples: [1_767_225_600_000] })

export const RoomView = z
  .object({
    roomId: z.string().meta({ description: 'Id of the room', examples: ['daily-k3j9x0q2ab7c1de'] }),
    roomName: z.string().meta({ description: 'What people see', examples: ['Daily'] }),
    owner: z
      .string()
      .meta({ description: 'User to whom it belongs; `admin` if a key made it', examples: ['admin'] }),
    creationDate: at('When it was made'),
    autoDeletionDate: at('When it is deleted by itself').optional(),
    autoDeletionPolicy: z
      .object({
        withMeeting: z
          .string()
          .meta({ description: 'What happens to a running meeting', examples: ['when_meeting_ends'] }),
        withRecordings: z.string().meta({ description: 'What happens to recordings', examples: ['close'] }),
      })
      .optional()
      .meta({ description: 'Only with a date' }),
    config: RoomConfigView.optional(),
    roles: RoomRolesView.optional(),
    access: RoomAccessView,
    status: z
      .enum(['open', 'active_meeting', 'closed'])
      .meta({ description: 'Whether people may join, and whether somebody is in it' }),
    rolesUpdatedAt: at('When roles or access changed last; tokens made before count no more'),
    meetingEndAction: z
      .enum(['none', 'close', 'delete'])
      .meta({ description: 'What happens to the room when the running meeting ends' }),
    moderatorUrl: z
      .string()
      .optional()
      .meta({
        description: 'The same as `access.anonymous.moderator.url`, for clients of OpenVidu Meet 3.4 to 3.7',
        examples: ['https://meet.example.com/room/daily-k3j9x0q2ab7c1de?secret=0a1b2c3d4e'],
      }),
    speakerUrl: z
      .string()
      .optional()
      .meta({
        description: 'The same as `access.anonymous.speaker.url`, for clients of OpenVidu Meet 3.4 to 3.7',
        examples: ['https://meet.example.com/room/daily-k3j9x0q2ab7c1de?secret=5f6a7b8c9d'],
      }),
    _extraFields: extraFieldNames.optional(),
  })
  .partial()
  .meta({
    id: 'Room',
    description: 'A lasting place with links and settings; `fields` chooses what is shown',
  })
export type RoomView = z.infer<typeof RoomView>

export const RoomList = z.object({
  rooms: z.array(RoomView).meta({ description: 'This page of the list' }),
  pagination,
  _extraFields: extraFieldNames,
})

export const RoomDeleted = z.object({
  successCode: z.string().meta({ description: 'What was done, for programs', examples: ['room_deleted'] }),
  message: z
    .string()
    .meta({ description: 'What was done', examples: ["Room 'daily-k3j9x0q2ab7c1de' deleted successfully"] }),
  room: RoomView.optional().meta({ description: 'The room, where it still exists' }),
})
export const RoomsDeleted = z.object({
  message: z.string().meta({
    description: 'Whether all went well',
    examples: ['All rooms successfully processed for deletion'],
  }),
  deleted: z
    .array(
      RoomDeleted.extend({
        roomId: z.string().meta({ description: 'Id of the room', examples: ['daily-k3j9x0q2ab7c1de'] }),
      }),
    )
    .meta({ description: 'What was done' }),
  failed: z
    .array(
      z.object({
        roomId: z.string().meta({ description: 'Id of the room', examples: ['weekly-0f4m2p8s6t1v3xz'] }),
        error: z.string().meta({ description: 'Name of the fault', examples: ['Room Error'] }),
        message: z
          .string()
          .meta({ description: 'What to do', examples: ["Room 'weekly-0f4m2p8s6t1v3xz' does not exist"] }),
      }),
    )
    .meta({ description: 'What was not, and why' }),
})
